"""Invoicing by the clock: completed orders within the day, never what a person decided on, and never in silence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from apps.core import clock
from apps.core.contributions import Viewer
from apps.finance import services
from apps.finance.contributions import tiles
from apps.finance.models import Invoice, UninvoicedOrder
from apps.finance.tasks import invoice_completed_orders, mark_overdue
from apps.orders.choices import ContactRole
from apps.orders.models import Order, OrderContact
from tests.factories.accounts import UserFactory
from tests.factories.orders import order_in
from tests.factories.organizations import AddressFactory, ContactFactory
from tests.finance.conftest import company_with_books, completed_order, generated, money_of

TODAY = date(2026, 11, 27)  # a Friday


def waiting():
    return {row.order.order_number: row.code for row in UninvoicedOrder.objects.waiting().select_related("order")}


def unbillable(company):
    """An order whose customer has no address for the invoice."""
    return completed_order(company, billing_address=AddressFactory(street="", house_number=None, flag="not_found"))


def test_completed_orders_are_invoiced_once(company):
    first, second = completed_order(company), completed_order(company_with_books("laderthuis"))
    underway = order_in("in_progress", business_entity=company, installation_address=AddressFactory())

    assert (invoice_completed_orders(), invoice_completed_orders()) == (2, 0)

    assert [money_of(order)[0] for order in (first, second, underway)] == ["invoiced", "invoiced", "not_invoiced"]
    assert (Invoice.objects.count(), waiting()) == (2, {})


def test_a_dear_one_waits_for_approval_and_is_not_made_twice(company):
    completed_order(company, ("1", "9000.00", "0.21"))

    assert (invoice_completed_orders(), invoice_completed_orders()) == (1, 0)
    assert [invoice.status for invoice in Invoice.objects.all()] == ["draft"]
    assert waiting() == {}


def test_one_that_is_refused_says_why_and_stops_no_other(company):
    refused, fine = unbillable(company), completed_order(company)

    assert invoice_completed_orders() == 1

    assert [money_of(order)[0] for order in (refused, fine)] == ["not_invoiced", "invoiced"]
    (row,) = UninvoicedOrder.objects.all()
    assert (row.order, row.code) == (refused, "einvoice_incomplete")
    since = row.since

    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert invoice_completed_orders() == 0
        row.refresh_from_db()
        assert (row.since, row.tried_at) == (since, clock.now())
    refused.billing_address.street = "Dorpsstraat"
    refused.billing_address.save()
    assert (invoice_completed_orders(), waiting()) == (1, {})


def test_nobody_is_sent_a_bill_of_nothing(company):
    order = completed_order(company, ("1", "0.00", "0.21"))
    order_without_lines = order_in("completed", business_entity=company, installation_address=AddressFactory())

    assert invoice_completed_orders() == 0
    assert waiting() == dict.fromkeys([order.order_number, order_without_lines.order_number], "comes_to_nothing")


@pytest.mark.parametrize("fields", [{"is_test": True, "order_number": "TEST-CC-2026-00009"}, {"deleted_at": clock.now()}])
def test_a_test_and_a_removed_order_are_left_alone(company, fields):
    completed_order(company, **fields)

    assert invoice_completed_orders() == 0
    assert not UninvoicedOrder.objects.exists()


def test_what_came_from_elsewhere_long_ago_is_left_alone(company):
    order = completed_order(company)
    Order.objects.filter(pk=order.pk).update(actual_completion_date=clock.today() - timedelta(days=61))

    assert invoice_completed_orders() == 0


def test_what_a_person_took_back_or_dropped_waits_for_a_person(company):
    credited, dropped = completed_order(company, ("2", "100.00", "0.21")), completed_order(company)
    invoice = generated(credited)
    part = services.CreditLine(invoice_line_id=invoice.lines.get().pk, quantity=Decimal(1))
    services.invoice_credit(invoice=invoice, lines=[part], reason="Retour", by=None)
    services.cancel_draft(invoice=generated(dropped, draft=True), reason="Eerst bellen", by=None)

    assert invoice_completed_orders() == 0

    assert waiting() == {credited.order_number: "credited_before", dropped.order_number: "draft_dropped"}
    generated(dropped)  # by hand
    assert waiting() == {credited.order_number: "credited_before"}


@pytest.mark.parametrize(
    ("frequency", "completed", "is_invoiced"),
    [
        ("immediate", TODAY, True),
        ("weekly", TODAY, False),
        ("weekly", date(2026, 11, 22), True),  # a Sunday: that week is over
        ("weekly", date(2026, 11, 23), False),
        ("monthly", date(2026, 11, 1), False),
        ("monthly", date(2026, 10, 31), True),
    ],
)
def test_who_is_invoiced_by_the_week_or_month_waits_for_its_end(company, frequency, completed, is_invoiced):
    with time_machine.travel("2026-11-27T12:00:00+01:00", tick=False):
        order = completed_order(company)
        order.customer_organization.default_billing_configuration = {"invoice_frequency": frequency}
        order.customer_organization.save()
        Order.objects.filter(pk=order.pk).update(actual_completion_date=completed)

        assert invoice_completed_orders() == int(is_invoiced)
        assert waiting() == {}


def test_an_invoice_goes_to_who_was_named_for_it(company):
    order = completed_order(company)
    buyer = order.customer_organization
    bookkeeper = ContactFactory(organization=buyer, first_name="Bo", is_primary=False, is_billing_contact=True)
    named = ContactFactory(organization=buyer, first_name="Ko", is_primary=False)

    by_flag = generated(order, draft=True)
    services.cancel_draft(invoice=by_flag, reason="x", by=None)
    OrderContact.objects.create(order=order, contact=named, role=ContactRole.values[0], is_billing_contact=True)
    by_order = generated(order, draft=True)

    assert (by_flag.billing_contact, by_order.billing_contact) == (bookkeeper, named)


# Overdue


def sent(company, *, days_ago):
    with time_machine.travel(clock.now() - timedelta(days=days_ago), tick=False):
        return services.send_invoice(invoice=generated(completed_order(company, ("1", "100.00", "0.21"))), by=None)


def pay(invoice, amount):
    services.payment_receive(
        business_entity=invoice.business_entity, amount=Decimal(amount), payment_date=clock.today(), payment_method="ideal", invoice=invoice
    )  # fmt: skip


def standing(invoice):
    return Invoice.objects.get(pk=invoice.pk).status


def test_what_is_not_paid_in_time_becomes_overdue_with_its_order(company):
    late, in_part, on_the_day, paid = (sent(company, days_ago=days) for days in (15, 15, 14, 15))
    pay(in_part, "21.00")
    pay(paid, "121.00")
    approved = generated(completed_order(company))

    assert (mark_overdue(), mark_overdue()) == (2, 0)

    assert [standing(each) for each in (late, in_part, on_the_day, paid, approved)] == [
        "overdue", "overdue", "sent", "paid", "approved",
    ]  # fmt: skip
    assert [money_of(each.order)[1] for each in (late, in_part, on_the_day, paid)] == ["overdue", "overdue", "unpaid", "paid"]
    pay(late, "121.00")
    assert (standing(late), money_of(late.order)[1]) == ("paid", "paid")


# Where people see it


def test_staff_see_what_waits_why_and_try_again(admin_client, company):
    order = unbillable(company)
    invoice_completed_orders()
    row = UninvoicedOrder.objects.get()
    changelist = reverse("admin:finance_uninvoicedorder_changelist")
    assert row.reason in admin_client.get(changelist).content.decode()
    button = reverse("admin:finance_uninvoicedorder_button", args=[row.pk, "try-again"])

    admin_client.post(button, follow=True)
    assert money_of(order)[0] == "not_invoiced"
    order.billing_address.street = "Dorpsstraat"
    order.billing_address.save()
    admin_client.post(button, follow=True)

    assert money_of(order)[0] == "invoiced"
    assert row.reason not in admin_client.get(changelist).content.decode()


def test_the_order_s_page_tells_its_invoices_or_why_there_is_none(admin_client, company):
    order, refused = completed_order(company), unbillable(company)
    invoice_completed_orders()

    def page(of):
        return admin_client.get(reverse("admin:orders_order_change", args=[of.pk])).content.decode()

    invoice = Invoice.objects.get(order=order)
    assert f'href="{reverse("admin:finance_invoice_change", args=[invoice.pk])}"' in page(order)
    assert UninvoicedOrder.objects.get(order=refused).reason in page(refused)


def test_the_home_page_counts_them_within_the_reader_s_companies(company):
    unbillable(company)
    invoice_completed_orders()

    def counted(**viewer):
        return [tile.value for tile in tiles(Viewer(**viewer)) if "uninvoicedorder" in tile.url]

    everything = UserFactory(superuser=True)
    assert counted(user=everything) == [1]
    assert counted(user=everything, business_entity=company.pk) == [1]
    assert counted(user=everything, business_entity=company_with_books("laderthuis").pk) == [0]
    assert counted(user=UserFactory(staff=True)) == []
