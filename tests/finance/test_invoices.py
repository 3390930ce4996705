"""From a completed order to an invoice that stands, is paid and may be taken back; and books that know it."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from stdnum import iso11649

from apps.core import clock
from apps.core.errors import Conflict, Malformed, Refused
from apps.finance import services
from apps.finance.choices import InvoiceStatus as S
from apps.finance.models import Invoice, JournalEntry, Payment, PeriodLock
from apps.finance.services import CreditLine, Wanted
from apps.orders.choices import BillingResponsibility, LineItemType
from apps.organizations.models import NumberSequence
from tests.factories.organizations import OrganizationFactory
from tests.finance.conftest import balances, company_with_books, completed_order, generated, money_of

# An invoice


def test_a_completed_order_is_invoiced_numbered_and_booked_at_once(company):
    order = completed_order(company, ("2", "599.00", "0.21"), ("1", "100.05", "0.09"))

    invoice = generated(order)

    year = clock.today().year
    assert (invoice.invoice_number, invoice.status) == (f"INV-CC-{year}-00001", S.APPROVED)
    assert (invoice.subtotal_excl_tax, invoice.total_tax, invoice.total_amount) == (
        Decimal("1298.05"),
        Decimal("260.58"),  # 251.58 of 1198.00 and 9.00 of 100.05
        Decimal("1558.63"),
    )
    assert invoice.due_date == clock.today() + timedelta(days=company.payment_term_days)
    assert iso11649.is_valid(invoice.payment_reference)
    assert invoice.parties["seller"]["vat_number"] == company.btw_number
    assert balances(company) == {
        "1300": Decimal("1558.63"),
        "1520": Decimal("-251.58"),
        "1521": Decimal("-9.00"),
        "8000": Decimal("-1298.05"),
    }
    assert money_of(order) == ("invoiced", "unpaid")


def test_vat_is_rounded_per_rate_and_not_per_line(company):
    invoice = generated(completed_order(company, *[("1", "0.07", "0.21")] * 10))

    assert (invoice.subtotal_excl_tax, invoice.total_tax) == (Decimal("0.70"), Decimal("0.15"))  # per line it would be 0.10


def test_from_the_threshold_on_an_invoice_waits_for_approval(company):
    below, at = completed_order(company, ("1", "2499.99", "0.21")), completed_order(company, ("1", "2500.00", "0.21"))

    assert generated(below).status == S.APPROVED
    waiting = generated(at)
    assert (waiting.status, waiting.invoice_number, waiting.invoice_date) == (S.DRAFT, None, None)
    assert money_of(at) == ("not_invoiced", "unpaid")
    assert not JournalEntry.objects.of("invoice", waiting.pk).exists()

    approved = services.approve_invoice(invoice=waiting, by=None)
    assert approved.invoice_number.endswith("-00002")


def test_an_order_is_invoiced_in_parts_and_no_more_than_once(company):
    order = completed_order(company, ("3", "100.00", "0.21"), ("1", "50.00", "0.21"))
    first, second = order.line_items.order_by("line_order")

    part = generated(order, line_items_to_invoice=[Wanted(line_item_id=first.pk, quantity=Decimal(1))])
    assert (part.subtotal_excl_tax, money_of(order)[0]) == (Decimal("100.00"), "partially_invoiced")

    with pytest.raises(Malformed) as refusal:
        generated(
            order,
            line_items_to_invoice=[
                Wanted(line_item_id=first.pk, quantity=Decimal("2.001")),
                Wanted(line_item_id=second.pk),
                Wanted(line_item_id=second.pk),
                Wanted(line_item_id=part.pk),
            ],
        )
    assert [(each.pointer, each.code) for each in refusal.value.fields] == [
        ("/line_items_to_invoice/0/quantity", "quantity_not_open"),
        ("/line_items_to_invoice/2/line_item_id", "twice"),
        ("/line_items_to_invoice/3/line_item_id", "unknown_line_item"),
    ]

    assert generated(order).subtotal_excl_tax == Decimal("250.00")
    assert money_of(order)[0] == "invoiced"
    with pytest.raises(Refused) as refusal:
        generated(order)
    assert refusal.value.code == "nothing_to_invoice"


def test_each_who_pays_gets_an_invoice_of_their_own(company):
    partner = OrganizationFactory(partner=True)
    order = completed_order(company, ("1", "100.00", "0.21"), ("1", "70.00", "0.21"), partner_organization=partner)
    line = order.line_items.get(line_order=2)
    line.billing_responsibility = BillingResponsibility.PARTNER
    line.save()

    with pytest.raises(Refused) as refusal:
        services.invoice_generate(order=order, by=None)
    assert refusal.value.code == "contact_missing"
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("fields", [{"is_test": True, "order_number": "TEST-CC-2026-00001"}, {"deleted_at": clock.now()}])
def test_a_test_and_a_removed_order_are_never_invoiced(company, fields):
    with pytest.raises(Refused) as refusal:
        generated(completed_order(company, **fields))

    assert refusal.value.code == "order_not_invoiced"


def test_work_for_a_contractor_is_reverse_charged_and_needs_its_vat_number(company):
    order = completed_order(company, ("1", "100.00", "0.21"), ("1", "500.00", "0.21"))
    order.line_items.filter(line_order=1).update(line_item_type=LineItemType.SERVICE)
    buyer = order.customer_organization
    buyer.default_billing_configuration = {"reverse_charge": True}
    buyer.vat_number = ""
    buyer.save()

    with pytest.raises(Refused) as refusal:
        generated(order)
    assert (refusal.value.code, [each.pointer for each in refusal.value.fields]) == ("invoice_incomplete", ["/buyer/vat_number"])
    assert not Invoice.objects.exists()
    assert not NumberSequence.objects.filter(document_type="invoice", current_value__gt=0).exists()

    buyer.vat_number = "NL818969647B01"
    buyer.save()
    invoice = generated(order)
    assert [(line.vat_category, line.vat_rate, line.vat_reason) for line in invoice.lines.all()] == [
        ("AE", Decimal("0.0000"), "subcontracting"),
        ("S", Decimal("0.2100"), "rate_of_line"),
    ]
    assert (invoice.subtotal_excl_tax, invoice.total_tax) == (Decimal("600.00"), Decimal("105.00"))


@pytest.mark.parametrize(("other", "category"), [(LineItemType.SERVICE, "AE"), (LineItemType.PRODUCT, "S")])
def test_a_discount_on_nothing_but_work_is_reverse_charged_with_it(company, other, category):
    order = completed_order(company, ("1", "500.00", "0.21"), ("1", "300.00", "0.21"), ("1", "-80.00", "0.21"))
    for place, kind in enumerate((LineItemType.SERVICE, other, LineItemType.DISCOUNT), start=1):
        order.line_items.filter(line_order=place).update(line_item_type=kind)
    buyer = order.customer_organization
    buyer.default_billing_configuration, buyer.vat_number = {"reverse_charge": True}, "NL818969647B01"
    buyer.save()

    invoice = generated(order)

    assert [line.vat_category for line in invoice.lines.all()] == ["AE", category, category]


def test_every_missing_item_is_named(company):
    company.bank_accounts.update(is_primary=False)
    order = completed_order(company)
    order.installation_address.country = "BE"
    order.installation_address.save()

    with pytest.raises(Refused) as refusal:
        generated(order)

    assert {each.pointer for each in refusal.value.fields} == {"/seller/iban", "/buyer/address/country"}


def test_a_closed_period_takes_nothing_and_no_number_is_lost(company):
    services.close_period(business_entity=company, until=clock.today())

    with pytest.raises(Refused) as refusal:
        generated(completed_order(company))
    assert refusal.value.code == "period_closed"
    assert not Invoice.objects.exists()

    PeriodLock.objects.all().delete()
    assert generated(completed_order(company)).invoice_number.endswith("-00001")


# What stands, stands


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET total_amount = total_amount + 1, subtotal_excl_tax = subtotal_excl_tax + 1",
        "UPDATE invoice SET invoice_number = 'INV-CC-2026-99999'",
        "UPDATE invoice_line SET description = 'iets anders'",
        "DELETE FROM invoice_line",
        "UPDATE invoice_tax SET amount = 0",
        "UPDATE journal_line SET debit = debit + 1 WHERE debit > 0",
        "DELETE FROM journal_entry",
    ],
)
def test_nobody_changes_what_was_approved(company, statement):
    generated(completed_order(company))

    with pytest.raises(Exception, match=r"final|permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_entry_that_does_not_balance_is_refused_by_the_database(real_books):
    with pytest.raises(IntegrityError, match="does not balance"):
        real_books(debit="10.00", credit="9.99")


# Money


def test_a_payment_settles_and_the_rest_stays_on_account(company):
    order = completed_order(company, ("1", "100.00", "0.21"))
    invoice = generated(order)

    payment = services.payment_receive(
        business_entity=company,
        amount=Decimal("150.00"),
        payment_date=clock.today(),
        payment_method="bank_transfer",
        invoice=invoice,
    )

    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.status, invoice.paid_amount, invoice.balance) == (S.PAID, Decimal("121.00"), Decimal("0.00"))
    assert Payment.objects.get(pk=payment.pk).on_account == Decimal("29.00")
    assert balances(company) == {
        "1100": Decimal("150.00"),
        "1520": Decimal("-21.00"),
        "2990": Decimal("-29.00"),
        "8000": Decimal("-100.00"),
    }
    assert money_of(order) == ("invoiced", "paid")


def test_a_payment_that_was_given_to_the_wrong_invoice_is_taken_back(company):
    wrong, right = generated(completed_order(company)), generated(completed_order(company))
    payment = services.payment_receive(
        business_entity=company, amount=Decimal("300.00"), payment_date=clock.today(), payment_method="ideal", invoice=wrong
    )
    assert Invoice.objects.get(pk=wrong.pk).status == S.PARTIALLY_PAID

    services.take_back(allocation=payment.allocations.get())
    services.allocate(payment=payment, invoice=right)

    wrong, right = Invoice.objects.get(pk=wrong.pk), Invoice.objects.get(pk=right.pk)
    assert (wrong.status, wrong.paid_amount) == (S.SENT, Decimal("0.00"))
    assert (right.status, right.paid_amount) == (S.PARTIALLY_PAID, Decimal("300.00"))
    assert balances(company)["1100"] == Decimal("300.00")
    assert "2990" not in balances(company)
    with pytest.raises(Conflict) as refusal:
        services.take_back(allocation=payment.allocations.get(invoice=wrong))
    assert refusal.value.code == "taken_back"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Decimal("0.00")}, "not_positive"),
        ({"amount": Decimal("-1.00")}, "not_positive"),
        ({"in_days": 1}, "in_the_future"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(company, change, code):
    given = {"amount": Decimal("1.00"), "in_days": 0, **change}
    given["payment_date"] = clock.today() + timedelta(days=given.pop("in_days"))

    with pytest.raises(Malformed) as refusal:
        services.payment_receive(business_entity=company, payment_method="cash", **given)

    assert [each.code for each in refusal.value.fields] == [code]
    assert not Payment.objects.exists()


def test_an_invoice_of_another_company_is_not_paid(company):
    invoice = generated(completed_order(company_with_books("laderthuis")))

    with pytest.raises(Malformed) as refusal:
        services.payment_receive(
            business_entity=company, amount=Decimal("1.00"), payment_date=clock.today(), payment_method="cash", invoice=invoice
        )

    assert [each.code for each in refusal.value.fields] == ["invoice_of_other_entity"]
    assert not Payment.objects.exists()


# All of it


def test_a_reversal_undoes_an_entry_once(company):
    invoice = generated(completed_order(company))
    entry = JournalEntry.objects.of("invoice", invoice.pk).get()

    services.reverse_entry(entry=entry, on=clock.today(), reason="Proef")

    assert balances(company) == {}
    with pytest.raises(Conflict) as refusal:
        services.reverse_entry(entry=entry, on=clock.today(), reason="Nog eens")
    assert refusal.value.code == "already_reversed"
    assert JournalEntry.objects.count() == 2


def test_every_check_agrees_with_what_finance_did(real_commits):
    company = company_with_books()
    paid, credited, part = (generated(completed_order(company)) for _ in range(3))
    services.payment_receive(
        business_entity=company, amount=Decimal("900.00"), payment_date=clock.today(), payment_method="ideal", invoice=paid
    )
    services.invoice_credit(invoice=credited, reason="Fout", by=None)
    services.invoice_credit(invoice=part, lines=[CreditLine(invoice_line_id=part.lines.first().pk)], reason="Deel", by=None)

    call_command(
        "verify",
        only=[
            "invoice_totals",
            "invoice_paid",
            "invoice_booked",
            "journal_balance",
            "invoice_numbers",
            "credit_note_numbers",
            "payment_numbers",
        ],
        stdout=(said := StringIO()),
    )

    assert said.getvalue().splitlines()[-1] == "7 checks, no differences"
