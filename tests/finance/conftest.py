from decimal import Decimal

import pytest
from django.db import connection, transaction

from apps.core import clock
from apps.core.consistency import checks
from apps.core.keys import new_key
from apps.finance import services
from apps.finance.choices import EntryKind
from apps.finance.models import JournalEntry, JournalLine, LedgerAccount
from apps.finance.queries import trial_balance
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity
from tests.factories.orders import LineItemFactory, order_in
from tests.factories.organizations import AddressFactory, BankAccountFactory, BusinessEntityFactory
from tests.orders.conftest import load


@pytest.fixture
def company(db):
    return company_with_books()


def company_with_books(code: str = "chargecars", *, threshold: str = "2500.00") -> BusinessEntity:
    """A company that may invoice: with a chart of accounts and a bank account."""
    entity = BusinessEntityFactory(entity_code=code, invoice_approval_threshold=Decimal(threshold))
    if not LedgerAccount.objects.exists():
        for other in ("chargecars", "laderthuis", "meterkastthuis", "zaptecshop", "ratioshop"):
            BusinessEntityFactory(entity_code=other)
        load("090_ledger_accounts.json")
    BankAccountFactory(business_entity=entity, is_primary=True)
    return entity


def completed_order(entity: BusinessEntity, *lines: tuple[str, str, str], **fields: object) -> Order:
    """A completed order with lines of (quantity, unit price, rate)."""
    order = order_in("completed", business_entity=entity, installation_address=AddressFactory(), **fields)
    for place, (quantity, price, rate) in enumerate(lines or (("1", "599.00", "0.21"), ("1", "125.00", "0.21")), start=1):
        total = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        LineItemFactory(
            order=order, line_order=place, quantity=Decimal(quantity), unit_price_customer=Decimal(price), tax_rate=Decimal(rate), total=total
        )  # fmt: skip
    return order


@pytest.fixture
def real_books(real_commits):
    """Books two lines into one entry, whatever they are, and commits."""

    def book(*, debit: str, credit: str) -> None:
        entity = company_with_books()
        bank, debtors = (LedgerAccount.objects.get(business_entity=entity, role=role) for role in ("bank", "debtors"))
        with transaction.atomic():
            entry = JournalEntry.objects.create(
                business_entity=entity, kind=EntryKind.PAYMENT, entry_date=clock.today(), booked_at=clock.now(),
                description="Proef", source_type="payment", source_id=new_key(),
            )  # fmt: skip
            JournalLine.objects.create(entry=entry, account=bank, debit=Decimal(debit))
            JournalLine.objects.create(entry=entry, account=debtors, credit=Decimal(credit))

    return book


def balances(entity):
    found = trial_balance(entity, until=clock.today())
    assert sum(each.balance for each in found) == 0
    return {each.account.code: each.balance for each in found if each.balance}


def generated(order, **options):
    (invoice,) = services.invoice_generate(order=order, by=None, **options)
    return invoice


def money_of(order):
    fresh = Order.objects.get(pk=order.pk)
    return fresh.billing_status, fresh.financial_status


def wrong_in(*names):
    """What these checks find on this very connection, which sees what the test has not committed."""
    connection.ensure_connection()
    with transaction.atomic():
        results = list(checks.run(connection.connection, only=names))
    assert [each.error for each in results] == [""] * len(names)
    return [each.name for each in results if not each.ok]
