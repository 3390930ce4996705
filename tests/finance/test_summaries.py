"""Months per company: worked out from orders, documents and books, a part at a time, and the same as all at once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.finance import services
from apps.finance.models import FinancialSummary
from apps.finance.queries.summaries import SUMMED
from apps.orders.models import Order
from tests.factories.finance import CommissionRuleFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, OrganizationFactory
from tests.finance.conftest import completed_order, generated, wrong_in
from tests.orders.conftest import user_with
from tests.transactions import undone

COLUMNS = ("business_entity", "year", "month", *SUMMED, "outstanding_amount")


def months():
    return list(FinancialSummary.objects.order_by("business_entity", "year", "month").values_list(*COLUMNS))


def month_of(company, day=None):
    day = day or clock.today()
    return FinancialSummary.objects.get(business_entity=company, year=day.year, month=day.month)


def pay(invoice, amount):
    services.payment_receive(
        business_entity=invoice.business_entity, amount=Decimal(amount), payment_date=clock.today(), payment_method="ideal",
        invoice=invoice,
    )  # fmt: skip


def test_a_month_is_what_its_orders_documents_and_bookings_give(company):
    partner = OrganizationFactory(partner=True)
    CommissionRuleFactory(organization=partner, business_entity=None)
    order = completed_order(company, ("1", "200.00", "0.21"), partner_organization=partner)
    Order.objects.filter(pk=order.pk).update(total_excl_vat=Decimal("200.00"), total_incl_vat=Decimal("200.00"))
    OrderFactory(business_entity=company)
    OrderFactory(business_entity=company, is_test=True, order_number="TEST-CC-2026-00001")
    OrderFactory(business_entity=company, deleted_at=clock.now())
    invoice = generated(order)
    services.refresh_commissions(order=order)
    pay(invoice, "42.00")

    assert services.update_financial_summaries() == 1

    row = month_of(company)
    assert {name: getattr(row, name) for name in (*SUMMED, "outstanding_amount")} == {
        "total_revenue": Decimal("200.00"),
        "total_costs": Decimal("20.00"),
        "total_profit": Decimal("180.00"),
        "invoice_count": 1,
        "payment_count": 1,
        "debtors_movement": Decimal("200.00"),
        "partner_commission_total": Decimal("20.00"),
        "order_count": 2,
        "completed_order_count": 1,
        "average_order_value": Decimal("100.00"),
        "outstanding_amount": Decimal("200.00"),
    }
    assert wrong_in("financial_summaries") == []


def test_a_credit_note_takes_revenue_back_and_is_no_invoice(company):
    invoice = generated(completed_order(company, ("1", "100.00", "0.21")))
    services.invoice_credit(invoice=invoice, reason="Retour", by=None)
    services.update_financial_summaries()
    row = month_of(company)
    assert (row.total_revenue, row.invoice_count, row.outstanding_amount) == (0, 1, 0)


def test_an_order_belongs_to_the_month_of_amsterdam(company):
    order = OrderFactory(business_entity=company)
    Order.objects.filter(pk=order.pk).update(created_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    services.update_financial_summaries()
    assert month_of(company, date(2026, 2, 1)).order_count == 1


def test_what_is_open_runs_on_from_month_to_month(company):
    today = clock.today()
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=3)
    invoice = generated(completed_order(company, ("1", "100.00", "0.21")))
    services.update_financial_summaries()
    with time_machine.travel(datetime(next_month.year, next_month.month, next_month.day, 12, tzinfo=UTC)):
        pay(invoice, "21.00")
    services.update_financial_summaries()
    assert [month_of(company, day).outstanding_amount for day in (today, next_month)] == [Decimal("121.00"), Decimal("100.00")]


def test_only_what_changed_is_worked_out_again(company):
    old = OrderFactory(business_entity=company)
    Order.objects.filter(pk=old.pk).update(created_at=datetime(2025, 3, 1, 12, tzinfo=UTC))
    generated(completed_order(company))
    services.update_financial_summaries()
    later = clock.now() + timedelta(days=1)
    FinancialSummary.objects.update(calculated_at=later)

    assert services.update_financial_summaries() == 0
    assert services.update_financial_summaries(everything=True) == 2
    assert month_of(company, date(2025, 3, 1)).calculated_at < later


def test_where_much_changed_all_is_worked_out_and_comes_to_the_same(company):
    for month in range(1, 8):
        order = OrderFactory(business_entity=company)
        Order.objects.filter(pk=order.pk).update(created_at=datetime(2025, month, 1, 12, tzinfo=UTC))
    generated(completed_order(company))

    assert services.update_financial_summaries() == 8
    found = months()
    assert services.update_financial_summaries(everything=True) == 8
    assert months() == found


def test_a_month_from_which_everything_went_is_empty(company):
    order = OrderFactory(business_entity=company)
    services.update_financial_summaries()
    Order.objects.filter(pk=order.pk).update(deleted_at=clock.now())
    services.update_financial_summaries()
    assert (month_of(company).order_count, month_of(company).average_order_value) == (0, 0)


def test_it_takes_few_statements_however_much_there_is(company):
    for _number in range(3):
        generated(completed_order(company))
    with CaptureQueriesContext(connection) as asked:
        services.update_financial_summaries()
    assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) == 5


def test_the_command_says_how_many(company):
    OrderFactory(business_entity=company)
    call_command("update_financial_summaries", "--all", stdout=(said := StringIO()))
    assert said.getvalue() == "1 months\n"


def test_the_check_finds_a_month_that_was_written_by_hand(company):
    generated(completed_order(company))
    services.update_financial_summaries()
    # As if it had been worked out well after all that is in it.
    FinancialSummary.objects.update(calculated_at=clock.now() + timedelta(hours=1))
    assert wrong_in("financial_summaries") == []
    FinancialSummary.objects.update(invoice_count=7)
    assert wrong_in("financial_summaries") == ["financial_summaries"]


acts = st.lists(
    st.tuples(st.sampled_from(["order", "invoice", "pay", "credit", "remove", "update"]), st.integers(0, 2), st.integers(0, 70)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_piece_by_piece_is_the_same_as_all_at_once(company, acts):
    """Whatever happens in whichever month, with runs in between."""
    with undone():
        orders, invoices, start = [], [], clock.now() - timedelta(days=200)
        for what, place, days in acts:
            start += timedelta(days=days)
            with time_machine.travel(start):
                _do(what, place, company, orders, invoices)
        services.update_financial_summaries()
        piecemeal = months()
        FinancialSummary.objects.update(
            total_revenue=1, total_costs=1, total_profit=0, order_count=9, debtors_movement=5, outstanding_amount=5
        )
        services.update_financial_summaries(everything=True)
        assert months() == piecemeal


def _do(what, place, company, orders, invoices):
    match what:
        case "order":
            orders.append(completed_order(company, ("1", "100.00", "0.21")))
            Order.objects.filter(pk=orders[-1].pk).update(created_at=clock.now())
        case "invoice" if orders:
            invoices.append(generated(orders.pop()))
        case "pay" if invoices:
            pay(invoices[place % len(invoices)], "10.00")
        case "credit" if invoices:
            services.invoice_credit(invoice=invoices.pop(), reason="Retour", by=None)
        case "remove" if orders:
            Order.objects.filter(pk=orders.pop().pk).update(deleted_at=clock.now())
        case "update":
            services.update_financial_summaries()


@pytest.mark.parametrize("scope", [True, False])
def test_staff_see_the_months_of_their_own_companies(company, scope, client):
    generated(completed_order(company))
    services.update_financial_summaries()
    entity = company if scope else BusinessEntityFactory(entity_code="laderthuis")
    client.force_login(user_with(models=("view_financialsummary",), entity=entity))
    rows = client.get(reverse("admin:finance_financialsummary_changelist")).context["cl"].result_list
    assert [each.business_entity for each in rows] == ([company] if scope else [])
