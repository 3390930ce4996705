"""Credit notes: never more than is left, the rounding on the last, and what was paid is free again."""

from decimal import Decimal

import pytest

from apps.core import clock
from apps.core.errors import Conflict, Malformed, Refused
from apps.finance import services
from apps.finance.choices import InvoiceStatus as S
from apps.finance.models import Invoice, InvoiceLine, Payment
from apps.finance.services import CreditLine
from tests.finance.conftest import balances, completed_order, generated, money_of


def test_an_invoice_is_credited_as_a_whole_and_can_be_made_anew(company):
    order = completed_order(company)
    invoice = generated(order)

    note = services.invoice_credit(invoice=invoice, reason="Verkeerde prijs", by=None)

    assert note.invoice_number == f"CN-CC-{clock.today().year}-00001"
    assert note.total_amount == -invoice.total_amount
    assert Invoice.objects.get(pk=invoice.pk).status == S.CREDITED
    assert balances(company) == {"8000": Decimal("-724.00"), "8100": Decimal("724.00")}
    assert money_of(order) == ("credited", "unpaid")
    assert generated(order).total_amount == invoice.total_amount


def test_the_last_credit_takes_what_rounding_left_over(company):
    invoice = generated(completed_order(company, ("3", "0.335", "0.21"), ("1", "100.00", "0.21")))
    line = invoice.lines.get(line_order=1)
    assert (line.total, invoice.total_tax) == (Decimal("1.01"), Decimal("21.21"))

    notes = [
        services.invoice_credit(
            invoice=invoice, lines=[CreditLine(invoice_line_id=line.pk, quantity=Decimal(1))], reason="Retour", by=None
        )
        for _ in range(3)
    ]
    assert [note.subtotal_excl_tax for note in notes] == [Decimal("-0.34"), Decimal("-0.34"), Decimal("-0.33")]
    services.invoice_credit(invoice=invoice, reason="Alles", by=None)

    credited = Invoice.objects.get(pk=invoice.pk)
    assert (credited.status, credited.credited_amount) == (S.CREDITED, invoice.total_amount)
    assert "1520" not in balances(company)
    with pytest.raises(Conflict) as refusal:
        services.invoice_credit(invoice=invoice, reason="Nog eens", by=None)
    assert refusal.value.code == "not_creditable"


def test_more_than_is_left_is_never_credited(company):
    invoice = generated(completed_order(company, ("2", "100.00", "0.21")))
    line = invoice.lines.get()
    services.invoice_credit(
        invoice=invoice, lines=[CreditLine(invoice_line_id=line.pk, quantity=Decimal("1.5"))], reason="Retour", by=None
    )

    with pytest.raises(Malformed) as refusal:
        services.invoice_credit(
            invoice=invoice, lines=[CreditLine(invoice_line_id=line.pk, quantity=Decimal("0.501"))], reason="Meer", by=None
        )

    assert [each.code for each in refusal.value.fields] == ["quantity_not_creditable"]
    assert Invoice.objects.filter(credited_invoice=invoice).count() == 1


def test_what_was_paid_for_a_credited_line_is_free_on_account(company):
    invoice = generated(completed_order(company, ("1", "100.00", "0.21"), ("1", "50.00", "0.21")))
    payment = services.payment_receive(
        business_entity=company, amount=Decimal("181.50"), payment_date=clock.today(), payment_method="ideal", invoice=invoice
    )

    services.invoice_credit(
        invoice=invoice, lines=[CreditLine(invoice_line_id=invoice.lines.get(line_order=2).pk)], reason="Retour", by=None
    )

    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.status, invoice.paid_amount, invoice.credited_amount) == (S.PAID, Decimal("121.00"), Decimal("60.50"))
    assert Payment.objects.get(pk=payment.pk).on_account == Decimal("60.50")
    assert balances(company)["2990"] == Decimal("-60.50")


def test_a_credit_needs_a_reason(company):
    invoice = generated(completed_order(company))

    with pytest.raises(Refused) as refusal:
        services.invoice_credit(invoice=invoice, reason="  ", by=None)

    assert refusal.value.code == "reason_required"
    assert InvoiceLine.objects.count() == 2
