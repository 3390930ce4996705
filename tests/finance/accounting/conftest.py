import pytest
import time_machine

from apps.finance.models import AccountingConnection
from apps.finance.services import accounting
from tests.fakes.exact import FakeExact
from tests.fakes.xero import FakeXero
from tests.finance.accounting.desk import NOON, connected, point_exact, point_xero
from tests.finance.conftest import company_with_books


@pytest.fixture
def company(db):
    return company_with_books()


@pytest.fixture
def exact(settings):
    fake = FakeExact().start()
    point_exact(settings, fake)
    yield fake
    fake.stop()


@pytest.fixture
def xero(settings):
    fake = FakeXero().start()
    point_xero(settings, fake)
    yield fake
    fake.stop()


@pytest.fixture
def at():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def exact_connection(at, exact, company) -> AccountingConnection:
    """The company's Exact Online, open to us."""
    return connected(company, exact, "exact")


@pytest.fixture
def xero_connection(at, xero, company) -> AccountingConnection:
    return connected(company, xero, "xero")


@pytest.fixture
def send():
    """What the clock does: put in line what is not yet, and send what is due. Gives how many rows were tried."""

    def run() -> int:
        accounting.queue_missing()
        return accounting.send_exports()

    return run
