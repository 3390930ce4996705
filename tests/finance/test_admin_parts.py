"""Invoicing an order and crediting lines on staff's pages: looked at first, then made as it was shown."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.finance.models import Invoice, JournalEntry
from apps.organizations.models import NumberSequence
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import user_with

MODELS = ("view_invoice",)


@pytest.fixture
def staff(client, company):
    client.force_login(user_with("finance.invoices", "finance.approve", "finance.credit", "sales.orders", models=MODELS))
    return client


def of_order(order):
    return reverse("admin:invoice_of_order", args=[order.pk])


def credit_of(invoice):
    return reverse("admin:invoice_credit_lines", args=[invoice.pk])


def quantities(document, **given):
    """What is filled in: per line, by its position, how much."""
    return {f"quantity_{line.pk}": given.get(f"line_{line.line_order}", "") for line in document.all()}


def errors(answer):
    form = answer.context["form"]
    return [str(each) for each in form.non_field_errors()], {name: list(found) for name, found in form.errors.items()}


def nothing_was_made():
    assert not Invoice.objects.exists()
    assert not JournalEntry.objects.exists()
    assert not NumberSequence.objects.filter(document_type="invoice", current_value__gt=0).exists()


def test_lines_of_an_order_are_chosen_looked_at_and_invoiced(staff, company):
    order = completed_order(company, ("3", "100.00", "0.21"), ("7.5", "50.00", "0.09"))
    asked = staff.get(of_order(order), headers={"accept-language": "nl"})
    assert 'value="7.5"' in asked.content.decode()  # a comma would leave the browser's field empty
    chosen = {**quantities(order.line_items, line_1="2"), "customer_reference": "PO 7"}

    shown = staff.post(of_order(order), chosen)

    (each,) = shown.context["shown"]
    assert [row[0] for row in each["panel"].rows] == [order.line_items.get(line_order=1).description]
    assert [value.replace("\xa0", " ") for _label, value in each["sums"]] == ["€ 200,00", "€ 42,00", "€ 242,00"]
    nothing_was_made()

    made = staff.post(of_order(order), {**chosen, "confirm": "1"})
    invoice = Invoice.objects.get()
    assert (made.status_code, made.url) == (302, reverse("admin:finance_invoice_change", args=[invoice.pk]))
    assert (invoice.total_amount, invoice.customer_reference, invoice.status) == (Decimal("242.00"), "PO 7", "approved")
    left = staff.get(of_order(order)).context["form"].rows
    assert [(rest.quantity, field.value()) for rest, field in left] == [(1, "1"), (Decimal("7.5"), "7.5")]


def test_it_may_stay_a_draft_whose_reference_is_filled_in_later(staff, company):
    order = completed_order(company)
    chosen = {**quantities(order.line_items, line_1="1"), "draft": "on"}
    assert "INV-" not in staff.post(of_order(order), chosen).content.decode()

    staff.post(of_order(order), {**chosen, "confirm": "1"})

    draft = Invoice.objects.get()
    assert draft.status == "draft"
    button = reverse("admin:finance_invoice_button", args=[draft.pk, "set-customer-reference"])
    staff.post(button, {"customer_reference": " PO 8 "})
    assert Invoice.objects.get().customer_reference == "PO 8"
    staff.post(reverse("admin:finance_invoice_button", args=[draft.pk, "approve-invoice"]))
    staff.post(button, {"customer_reference": "PO 9"})
    assert Invoice.objects.get().customer_reference == "PO 8"


def test_going_back_to_change_makes_nothing(staff, company):
    order = completed_order(company)

    answer = staff.post(of_order(order), {**quantities(order.line_items, line_1="1"), "change": "1"})

    assert answer.context["shown"] == []
    assert [field.value() for _rest, field in answer.context["form"].rows] == ["1", ""]
    nothing_was_made()


@pytest.mark.parametrize("quantity", ["1.001", "-1", "x", "NaN", "0.0001"])
@pytest.mark.parametrize("step", [{}, {"confirm": "1"}])
def test_a_quantity_that_cannot_be_is_refused_at_its_line(staff, company, quantity, step):
    order = completed_order(company)
    second = order.line_items.get(line_order=2)

    answer = staff.post(of_order(order), {**quantities(order.line_items, line_2=quantity), **step})

    assert list(errors(answer)[1]) == [f"quantity_{second.pk}"]
    nothing_was_made()


def test_nothing_chosen_is_said(staff, company):
    order = completed_order(company)

    assert len(errors(staff.post(of_order(order), quantities(order.line_items, line_1="0")))[0]) == 1
    nothing_was_made()


def test_what_the_law_misses_is_said_when_it_is_looked_at(staff, company):
    order = completed_order(company)
    company.bank_accounts.update(is_primary=False)

    refused, _fields = errors(staff.post(of_order(order), quantities(order.line_items, line_1="1")))

    assert len(refused) == 2  # that something is missing, and what
    nothing_was_made()


def test_an_order_of_another_company_and_a_caller_without_the_right(client, staff, company):
    elsewhere = completed_order(company_with_books("laderthuis"))
    assert staff.get(of_order(elsewhere)).status_code == 404
    assert staff.get(credit_of(generated(elsewhere))).status_code == 404

    order = completed_order(company)
    invoice = generated(order)
    client.force_login(user_with("sales.orders", models=("view_order", "view_invoice")))
    assert client.post(of_order(order), {"confirm": "1"}).url == reverse("admin:orders_order_change", args=[order.pk])
    assert client.post(credit_of(invoice), {"confirm": "1"}).status_code == 403
    assert Invoice.objects.filter(order=order).count() == 1


def test_lines_of_an_invoice_are_credited_as_they_were_shown(staff, company):
    invoice = generated(completed_order(company, ("3", "100.00", "0.21"), ("1", "50.00", "0.09")))
    chosen = {**quantities(invoice.lines, line_1="1"), "reason": "Eén te veel"}

    (each,) = staff.post(credit_of(invoice), chosen).context["shown"]
    assert [value.replace("\xa0", " ") for _label, value in each["sums"]] == ["€ -100,00", "€ -21,00", "€ -121,00"]
    assert Invoice.objects.count() == 1

    staff.post(credit_of(invoice), {**chosen, "confirm": "1"})
    note = Invoice.objects.get(credited_invoice=invoice)
    assert (note.total_amount, note.reason, note.invoice_number[:3]) == (Decimal("-121.00"), "Eén te veel", "CN-")
    assert [rest.quantity for rest, _field in staff.get(credit_of(invoice)).context["form"].rows] == [2, 1]


def test_a_discount_alone_is_not_credited(staff, company):
    invoice = generated(completed_order(company, ("1", "100.00", "0.21"), ("1", "-10.00", "0.21")))

    refused, _fields = errors(
        staff.post(credit_of(invoice), {**quantities(invoice.lines, line_2="1"), "reason": "Korting", "confirm": "1"})
    )

    assert len(refused) == 1
    assert Invoice.objects.count() == 1


def test_the_page_of_an_invoice_leads_to_both_ways_of_crediting(staff, company):
    invoice = generated(completed_order(company))

    page = staff.get(reverse("admin:finance_invoice_change", args=[invoice.pk]))

    assert credit_of(invoice) in [address for _words, address in page.context["record_links"]]
    assert "invoice-credit" in [each["button"].slug for each in page.context["record_buttons"]]


def test_many_are_approved_at_once_with_a_result_for_each(staff, company):
    fine, refused = (generated(completed_order(company), draft=True) for _turn in range(2))
    done = generated(completed_order(company))
    refused.billing_organization.default_billing_configuration = {"require_po_number": True}
    refused.billing_organization.save()
    changelist = reverse("admin:finance_invoice_changelist")
    keys = [str(each.pk) for each in (fine, refused, done)]

    begun = staff.post(changelist, {"action": "approve", "_selected_action": keys})
    preview = staff.get(begun.url).context["preview"]
    assert (preview.number, [label for label, _why in preview.refused]) == (3, [done.invoice_number])
    staff.post(begun.url)
    results = staff.get(begun.url)

    assert (results.context["done"], results.context["refused"]) == (1, 2)
    assert [Invoice.objects.get(pk=each.pk).status for each in (fine, refused)] == ["approved", "draft"]
