"""Invoices, credit notes and payments reach Xero, and what is open there is what is open here."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.finance import services
from apps.finance.models import AccountingExport, Invoice, PaymentAllocation
from apps.finance.services import accounting
from tests.fakes.server import writing
from tests.finance.accounting.desk import connected, fresh, states
from tests.finance.conftest import completed_order, generated
from tests.transactions import undone

pytestmark = pytest.mark.django_db


def paid(company, invoice, amount):
    return services.payment_receive(
        business_entity=company, amount=Decimal(amount), payment_date=fresh(invoice).invoice_date,
        payment_method="bank_transfer", invoice=fresh(invoice),
    )  # fmt: skip


def test_an_invoice_is_booked_there_as_it_is_here(xero, xero_connection, company, send):
    invoice = generated(completed_order(company, ("1", "599.00", "0.21"), ("3", "33.33", "0.09")))

    send()

    (booked,) = xero.documents["Invoices"].values()
    assert (booked["Type"], booked["InvoiceNumber"], booked["Status"], booked["LineAmountTypes"], booked["CurrencyCode"]) == (
        "ACCREC", invoice.invoice_number, "AUTHORISED", "Exclusive", "EUR",
    )  # fmt: skip
    assert (booked["Date"], booked["DueDate"]) == (invoice.invoice_date.isoformat(), invoice.due_date.isoformat())
    assert [(line["AccountCode"], line["LineAmount"], line["TaxType"], line["TaxAmount"]) for line in booked["LineItems"]] == [
        ("8000", 599.0, "OUTPUT21", 125.79),
        ("8000", 99.99, "OUTPUT9", 9.0),
    ]
    assert booked["Contact"]["Name"].endswith(" (900000001)")
    assert xero.owed() == {invoice.invoice_number: invoice.total_amount}


def test_a_payment_closes_it_there_too(xero, xero_connection, company, send):
    invoice = generated(completed_order(company))
    paid(company, invoice, "100.00")
    paid(company, invoice, invoice.total_amount - 100)

    send()

    assert states() == [("invoice", "done"), ("payment", "done"), ("payment", "done")]
    assert xero.owed() == {invoice.invoice_number: Decimal(0)}


def test_a_payment_that_is_taken_back_is_taken_back_there(xero, xero_connection, company, send):
    invoice = generated(completed_order(company))
    paid(company, invoice, "100.00")
    send()

    services.take_back(allocation=PaymentAllocation.objects.get())
    send()

    assert states() == [("invoice", "done"), ("payment", "done"), ("payment_removed", "done")]
    assert xero.owed() == {invoice.invoice_number: invoice.total_amount}


def test_a_payment_taken_back_before_it_was_sent_is_not_sent(xero, xero_connection, company, send):
    invoice = generated(completed_order(company))
    paid(company, invoice, "100.00")
    accounting.queue_missing()
    services.take_back(allocation=PaymentAllocation.objects.get())

    send()

    assert states() == [("invoice", "done"), ("payment", "skipped"), ("payment_removed", "skipped")]
    assert "Payments" not in xero.paths("PUT")


def test_crediting_what_was_paid_frees_the_payment_first(xero, xero_connection, company, send):
    invoice = generated(completed_order(company))
    paid(company, invoice, invoice.total_amount)
    send()

    services.invoice_credit(invoice=fresh(invoice), reason="Retour", by=None)
    send()

    assert states() == [("invoice", "done"), ("payment", "done"), ("payment_removed", "done"), ("credit_note", "done")]
    assert xero.owed() == {invoice.invoice_number: Decimal(0)}
    (note,) = xero.documents["CreditNotes"].values()
    assert (note["Type"], note["AmountDue"], len(note["Allocations"])) == ("ACCRECCREDIT", Decimal(0), 1)


def test_of_an_invoice_that_xero_never_had_the_credit_note_stands_alone(xero, xero_connection, company, at, send):
    old = generated(completed_order(company))
    at.shift(timedelta(days=2))
    type(xero_connection).objects.update(starts_on="2026-03-03")
    services.invoice_credit(invoice=fresh(old), reason="Retour", by=None)

    send()

    (note,) = xero.documents["CreditNotes"].values()
    assert (states(), note["Allocations"]) == ([("credit_note", "done")], [])


@pytest.mark.parametrize("keeps_keys", [True, False], ids=["Xero knows the key", "Xero forgot the key"])
def test_answers_that_are_lost_make_nothing_twice(xero, xero_connection, company, at, send, keeps_keys):
    xero.keeps_keys = keeps_keys
    invoice = generated(completed_order(company))
    paid(company, invoice, "100.00")
    services.invoice_credit(
        invoice=fresh(invoice),
        lines=[services.CreditLine(invoice_line_id=invoice.lines.last().pk)],
        reason="Retour",
        by=None,
    )
    xero.lost = 4

    for _attempt in range(8):
        send()
        at.shift(timedelta(minutes=15))

    assert {state for _kind, state in states()} == {"done"}
    assert sorted(xero.numbers()) == ["CN-CC-2026-00001", "INV-CC-2026-00001"]
    assert xero.owed() == {invoice.invoice_number: fresh(invoice).balance}


def test_each_call_shows_a_key_of_its_own_and_a_repeat_the_same(xero, xero_connection, company, at, send):
    generated(completed_order(company))
    xero.faults.append(writing(503))

    send()
    at.shift(timedelta(minutes=1))
    send()

    keys = [call.headers["idempotency-key"] for call in xero.calls if call.method == "PUT"]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(keys[0]) == 64


def test_when_the_minute_is_full_the_rest_waits_and_nobody_asks_again(xero, xero_connection, company, at, send):
    xero.per_minute = 3
    for _ in range(5):
        generated(completed_order(company))

    send()
    assert [state for _kind, state in states()] == ["done"] * 3 + ["todo"] * 2
    asked = len(xero.calls)
    at.shift(timedelta(seconds=30))
    send()
    assert len(xero.calls) == asked
    at.shift(timedelta(minutes=1))
    send()

    assert [state for _kind, state in states()] == ["done"] * 5
    assert set(AccountingExport.objects.values_list("attempts", flat=True)) <= {1, 2}


def test_what_they_say_of_a_refusal_is_told(xero, xero_connection, company, send):
    xero_connection.codes.filter(subject="vat_standard").update(code="OUTPUT99")
    generated(completed_order(company))

    send()

    row = AccountingExport.objects.get()
    assert (row.state, row.last_error) == (
        "parked", "The TaxType code does not exist or cannot be used for this type of transaction.",
    )  # fmt: skip


lines = st.lists(
    st.tuples(
        st.integers(1, 9).map(str),
        st.decimals("0.01", "199.99", places=2).map(str),
        st.sampled_from(["0.21", "0.09", "0.00"]),
    ),
    min_size=1,
    max_size=6,
)


@given(lines=lines, share=st.integers(0, 3), notes=st.booleans())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_invoiced_paid_and_credited_is_open_there_as_here(xero, at, company, send, lines, share, notes):
    with undone():
        company.invoice_approval_threshold = Decimal("9999999.00")
        company.save()
        xero.documents = {"Invoices": {}, "CreditNotes": {}}
        connected(company, xero, "xero")
        at.shift(timedelta(minutes=2))
        invoice = generated(completed_order(company, *lines))
        part = (invoice.total_amount * share / 3).quantize(Decimal("0.01"))
        if part > 0:
            paid(company, invoice, part)
        if notes:
            services.invoice_credit(
                invoice=fresh(invoice),
                lines=[services.CreditLine(invoice_line_id=invoice.lines.first().pk)],
                reason="Retour",
                by=None,
            )

        send()

        assert {state for _kind, state in states()} <= {"done", "skipped"}
        assert xero.owed() == {invoice.invoice_number: Invoice.objects.get(pk=invoice.pk).balance}
