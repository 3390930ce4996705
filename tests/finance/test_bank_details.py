"""A batch that came in as one line, and the CAMT.054 that says what it is made of: whichever comes first, each is matched."""

from decimal import Decimal

import pytest

from apps.finance import services
from apps.finance.models import BankTransaction, Invoice, JournalEntry
from tests.finance.bank.camt_files import booking, document, notice, payment, statement
from tests.finance.bank.reading import DAAN
from tests.finance.banking import imported, our_account
from tests.finance.conftest import balances, completed_order, generated, wrong_in
from tests.orders.conftest import Caller, user_with

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def api(client, company):
    our_account(company)
    return Caller(client, user_with("finance.payments"))


@pytest.fixture
def invoices(company):
    return [generated(completed_order(company, ("1", price, "0.21"))) for price in ("100.00", "200.00")]


def whole(amount="363.00"):
    return document(statement(booking(amount), opening="0.00", closing=amount)).encode()


def parts(*invoices, amount="363.00"):
    paid = [
        payment(f"factuur {each}", price=f"{each.total_amount}", end_to_end=f"E-{each}", iban=DAAN, name="Daan")
        for each in invoices
    ]
    return document(notice(booking(amount, *paid)), message="054", version="08").encode()


def of_state(state):
    return list(BankTransaction.objects.filter(state=state).order_by("amount").values_list("amount", flat=True))


def both_are_paid(company, *invoices):
    services.payment_reconcile()
    assert [Invoice.objects.get(pk=each.pk).status for each in invoices] == ["paid", "paid"]
    assert of_state("split") == [Decimal("363.00")]
    assert of_state("matched") == [Decimal("121.00"), Decimal("242.00")]
    assert balances(company)["1100"] == Decimal("363.00")
    assert {"1300", "2990"}.isdisjoint(balances(company))
    assert not wrong_in("bank_booked", "invoice_paid")


def test_a_batch_is_taken_apart_and_its_payments_find_their_invoices(api, company, invoices):
    imported(api, whole())
    services.payment_reconcile()
    assert of_state("open") == [Decimal("363.00")]

    told = imported(api, parts(*invoices))

    assert (told["state"], told["lines"], told["new_lines"], told["errors"]) == ("imported", 2, 2, [])
    assert JournalEntry.objects.filter(kind="bank").count() == 1
    both_are_paid(company, *invoices)


def test_details_that_come_first_wait_for_their_statement(api, company, invoices):
    first = imported(api, parts(*invoices))
    assert (first["state"], first["new_lines"], first["finished_at"]) == ("waiting", 0, None)
    assert not BankTransaction.objects.exists()

    imported(api, whole())

    again = api.get(f"bank-statements/{first['id']}").json()
    assert (again["state"], again["new_lines"]) == ("imported", 2)
    both_are_paid(company, *invoices)


def test_details_told_twice_are_told_once(api, company, invoices):
    imported(api, whole())
    imported(api, parts(*invoices))
    once_more = imported(api, parts(*invoices).replace(b"<Id>N1</Id>", b"<Id>N2</Id>"))

    assert (once_more["state"], once_more["new_lines"]) == ("imported", 0)
    both_are_paid(company, *invoices)


def test_a_line_that_a_person_settled_stays_as_it_is(api, company, invoices):
    imported(api, whole())
    services.bank_line_match(
        bank_transaction=BankTransaction.objects.get(), parts=[services.Part(invoice=each) for each in invoices]
    )

    told = imported(api, parts(*invoices))

    assert (told["state"], told["new_lines"]) == ("imported", 0)
    assert of_state("matched") == [Decimal("363.00")]


@pytest.mark.parametrize("other", [b"B-78", b""])
def test_details_of_another_booking_wait(api, company, invoices, other):
    imported(api, whole())
    told = imported(api, parts(*invoices).replace(b"B-77", other))

    assert (told["state"], told["new_lines"]) == ("waiting", 0)
    assert of_state("open") == [Decimal("363.00")]


def test_of_two_bookings_that_look_alike_none_is_taken_apart(api, company, invoices):
    two = booking("363.00") + booking("363.00")
    imported(api, document(statement(two, opening="0.00", closing="726.00")).encode())

    assert imported(api, parts(*invoices))["state"] == "waiting"
    assert of_state("open") == [Decimal("363.00")] * 2


def test_what_a_line_told_itself_is_not_told_again(api, company, invoices):
    own = payment(f"factuur {invoices[0]}", end_to_end="E-9", iban=DAAN)
    imported(api, document(statement(booking("121.00", own), opening="0.00", closing="121.00")).encode())

    told = imported(api, parts(invoices[0], amount="121.00"))

    assert (told["state"], told["new_lines"]) == ("imported", 0)
    assert of_state("split") == []


def test_parts_are_undone_one_by_one(api, company, invoices):
    imported(api, whole())
    imported(api, parts(*invoices))
    services.payment_reconcile()

    services.bank_line_undo(bank_transaction=BankTransaction.objects.get(amount="121.00"), by=None)

    assert [Invoice.objects.get(pk=each.pk).paid_amount for each in invoices] == [0, Decimal("242.00")]
    assert balances(company)["2990"] == Decimal("-121.00")
    assert not wrong_in("bank_booked", "invoice_paid")
