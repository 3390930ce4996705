"""Many bookings at once are booked as each of them would be alone."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refused
from apps.core.keys import new_key
from apps.core.records import RecordRef
from apps.finance import services
from apps.finance.choices import AccountRole, EntryKind
from apps.finance.models import JournalEntry, JournalLine
from apps.finance.services import Booking
from tests.finance.conftest import company_with_books
from tests.transactions import undone

DAY = date(2026, 11, 27)


def booking(company, *amounts, on=DAY, description="Proef"):
    """Of (role, amount) pairs."""
    return Booking(
        business_entity=company,
        kind=EntryKind.PAYMENT,
        on=on,
        source=RecordRef(entity_type="payment", entity_id=new_key()),
        description=description,
        postings=[(AccountRole(role), Decimal(amount)) for role, amount in amounts],
    )


def booked():
    lines = JournalLine.objects.order_by("entry__description", "account__code", "account__business_entity")
    entries = JournalEntry.objects.order_by("description", "business_entity")
    return (
        list(lines.values_list("entry__description", "account__business_entity", "account__code", "debit", "credit")),
        list(entries.values_list("description", "business_entity", "kind", "entry_date", "source_type", "source_id")),
    )


def test_many_are_booked_as_each_of_them_is(company):
    other = company_with_books("laderthuis")
    bookings = [
        booking(company, ("bank", "10.00"), ("debtors", "-10.00"), description="Een"),
        booking(other, ("bank", "7.50"), ("debtors", "-5.00"), ("debtors", "-2.50"), description="Twee"),
        booking(company, ("debtors", "1.00"), ("debtors", "-1.00"), description="Niets"),
        booking(company, ("debtors", "3.00"), ("bank", "-3.00"), on=date(2026, 1, 5), description="Drie"),
    ]
    with undone():
        for each in bookings:
            services.post_entries([each])
        singly = booked()

    entries = services.post_entries(bookings)

    assert booked() == singly
    assert [entry and entry.description for entry in entries] == ["Een", "Twee", None, "Drie"]
    assert services.post_entries([]) == []


def test_twenty_cost_as_many_statements_as_two(company):
    def statements(count):
        with CaptureQueriesContext(connection) as asked:
            services.post_entries([booking(company, ("bank", "10.00"), ("debtors", "-10.00")) for _each in range(count)])
        return len(asked)

    assert statements(20) == statements(2)


def test_one_that_is_refused_keeps_all_out(company):
    services.close_period(business_entity=company, until=date(2026, 1, 31))
    bookings = [booking(company, ("bank", "1.00"), ("debtors", "-1.00"), on=day) for day in (DAY, date(2026, 1, 31))]

    with pytest.raises(Refused) as refusal:
        services.post_entries(bookings)

    assert refusal.value.code == "period_closed"
    assert booked() == ([], [])


def test_what_does_not_add_up_is_a_mistake_of_the_caller(company):
    with pytest.raises(ValueError, match=r"Proef: the postings differ by 0\.01"):
        services.post_entries([booking(company, ("bank", "1.00"), ("debtors", "-0.99"))])

    assert booked() == ([], [])
