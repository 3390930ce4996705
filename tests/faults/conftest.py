from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from apps.partners.models import PartnerIntegration
from apps.partners.simulator import Receiver
from tests.factories.partners import SECRET, PartnerIntegrationFactory
from tests.faults.processes import House
from tests.partners.conftest import Partner, partner_with_key


@pytest.fixture
def house(furnished_commits: str, redis_url: str, tmp_path: Path) -> House:
    """A database with its reference data, where commits are real, and a Redis."""
    return House(database=furnished_commits, redis_url=redis_url, folder=tmp_path)


@pytest.fixture
def ring(redis_url: str) -> Celery:
    """The doorbell of the processes: a test's own Celery has no broker."""
    return Celery(broker=redis_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver({"zon": SECRET}) as receiver:
        yield receiver


@pytest.fixture
def integration(house: House, receiver: Receiver) -> PartnerIntegration:
    return PartnerIntegrationFactory(webhook_url=receiver.url("zon"), rate_limit_config={"requests_per_minute": 60_000})


@pytest.fixture
def partner(integration: PartnerIntegration) -> Partner:
    return partner_with_key(integration)
