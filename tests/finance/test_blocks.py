"""A block of orders is invoiced as each of them would be by itself: row for row, gapless, and whoever is refused hurts nobody."""

from collections import Counter
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.actor import acting
from apps.events.models import EventDelivery, OutboxEvent
from apps.finance import services
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax, JournalEntry, JournalLine, UninvoicedOrder
from apps.finance.services import automatic
from apps.finance.tasks import invoice_completed_orders
from apps.orders.choices import BillingResponsibility, ContactRole, LineItemType
from apps.orders.models import LineItem, Order, OrderContact
from apps.organizations.models import NumberSequence
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from tests.concurrency import together
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import AddressFactory, BankAccountFactory, ContactFactory, OrganizationFactory
from tests.factories.workflow import StatusPolicyFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.finance.test_races import all_agree
from tests.transactions import undone

# The kinds of orders that invoicing tells apart


def plain(company):
    return completed_order(company)


def of_two_rates_and_goods(company):
    order = completed_order(company, ("2", "599.00", "0.21"), ("1", "100.05", "0.09"), ("3", "0.07", "0.00"))
    LineItem.objects.filter(order=order, line_order=1).update(article=ArticleFactory(cost_price=Decimal("333.3350")))
    return order


def of_two_payers(company):
    partner = OrganizationFactory(partner=True, billing_address=AddressFactory(), payment_terms="net_30")
    ContactFactory(organization=partner, is_billing_contact=True)
    order = completed_order(company, partner_organization=partner, partner_reference="GRO-7")
    order.line_items.filter(line_order=2).update(billing_responsibility=BillingResponsibility.PARTNER)
    return order


def agreed(company, **fields):
    order = completed_order(company, ("4", "250.00", "0.21"))
    order.line_items.update(line_item_type=LineItemType.SERVICE)
    for name, value in fields.items():
        setattr(order.customer_organization, name, value)
    order.customer_organization.save()
    return order


def reverse_charged(company):
    return agreed(company, default_billing_configuration={"reverse_charge": True}, vat_number="NL818969647B01")


def with_a_blocked_part(company):
    part = {"wages_percentage": 40, "blocked_percentage": 35, "reference": "G-1"}
    return agreed(company, default_billing_configuration={"g_account": part})


def to_whom_was_named(company):
    order = completed_order(company)
    named = ContactFactory(organization=order.customer_organization, first_name="Ko", is_primary=False)
    OrderContact.objects.create(order=order, contact=named, role=ContactRole.ACCOUNT, is_billing_contact=True)
    return order


def dear(company):
    return completed_order(company, ("1", "9000.00", "0.21"))


def begun(company):
    order = completed_order(company, ("3", "100.00", "0.21"))
    generated(order, line_items_to_invoice=[services.Wanted(line_item_id=order.line_items.get().pk, quantity=Decimal(1))])
    return order


# Those that are refused


def without_address(company):
    return completed_order(company, billing_address=AddressFactory(street="", house_number=None, flag="not_found"))


def without_order_number_of_theirs(company):
    return agreed(company, default_billing_configuration={"require_po_number": True})


def of_nothing(company):
    return completed_order(company, ("1", "0.00", "0.21"))


def of_nobody(company):
    order = completed_order(company)
    order.line_items.filter(line_order=2).update(billing_responsibility=BillingResponsibility.SHARED)
    return order


def credited(company):
    order = completed_order(company, ("2", "100.00", "0.21"))
    invoice = generated(order)
    piece = services.CreditLine(invoice_line_id=invoice.lines.get().pk, quantity=Decimal(1))
    services.invoice_credit(invoice=invoice, lines=[piece], reason="Retour", by=None)
    return order


def dropped(company):
    order = completed_order(company)
    services.cancel_draft(invoice=generated(order, draft=True), reason="Eerst bellen", by=None)
    return order


MADE = (
    plain,
    of_two_rates_and_goods,
    of_two_payers,
    reverse_charged,
    with_a_blocked_part,
    to_whom_was_named,
    dear,
    begun,
)
REFUSED = {
    without_address: "einvoice_incomplete",
    without_order_number_of_theirs: "invoice_incomplete",
    of_nothing: "comes_to_nothing",
    of_nobody: "billed_to_nobody",
    credited: "credited_before",
    dropped: "draft_dropped",
}
ALL = (*MADE, *REFUSED)
OF_THEIR_OWN = {"id", "created_at", "updated_at", "history_id", "history_date"}


@pytest.fixture
def companies(company):
    both = company, company_with_books("laderthuis")
    for each in both:
        BankAccountFactory(business_entity=each, is_blocked=True, is_primary=False)
    return both


def named():
    """What the records that were made are called, whatever their keys."""
    names = {
        str(invoice.pk): f"{invoice.order_id} of {invoice.billing_organization_id}, {invoice.status} {invoice.invoice_number}"
        for invoice in Invoice.objects.all()
    }
    names |= {str(step.pk): f"{step.to_status} of {names.get(str(step.entity_id))}" for step in StatusTransition.objects.all()}
    names |= {str(line.pk): f"line {line.line_order} of {names[str(line.invoice_id)]}" for line in InvoiceLine.objects.all()}
    names |= {str(entry.pk): f"{entry.kind} of {names.get(str(entry.source_id))}" for entry in JournalEntry.objects.all()}
    for event in OutboxEvent.objects.all():
        about = str(event.payload.get("invoice_id") or event.payload.get("entity_id"))
        names[str(event.pk)] = f"{event.name} of {names.get(about)}"
    return names


def written():
    """Every row that invoicing leaves behind, without keys and moments of its own, and how often each table was written to."""
    names = named()

    def told(value):
        if isinstance(value, dict):
            return {key: told(each) for key, each in value.items() if key not in OF_THEIR_OWN}
        return names.get(str(value), value)

    models = (
        Invoice, InvoiceLine, InvoiceTax, StatusTransition, EntityCurrentStatus, OutboxEvent, EventDelivery, JournalEntry,
        JournalLine, UninvoicedOrder, NumberSequence, Order,
    )  # fmt: skip
    tables = [(model.__name__, model.objects) for model in models]
    tables += [(f"{model.__name__} history", model.history) for model in (Invoice, InvoiceLine, InvoiceTax, Order)]
    rows = [repr((name, sorted(told(row).items()))) for name, manager in tables for row in manager.values()]
    log = AuditLog.objects.values_list("table_name", "action", "actor_label", "root_type", "new_values__status")
    return Counter([*rows, *map(repr, log)])


@pytest.mark.parametrize(("kinds", "made"), [(ALL, len(MADE)), ((plain,), 1), ((), 0), ((credited,), 0)])
@time_machine.travel("2026-11-27T12:00:00+01:00", tick=False)
def test_a_block_leaves_what_invoicing_singly_leaves(companies, kinds, made):
    assert _both_ways([kind(companies[place % 2]) for place, kind in enumerate(kinds)]) == made


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(st.tuples(st.sampled_from(ALL), st.integers(0, 1)), min_size=2, max_size=6), own_hours=st.booleans())
@time_machine.travel("2026-11-27T12:00:00+01:00", tick=False)
def test_any_block_does(companies, kinds, own_hours):
    """`_both_ways` compares the two, row for row."""
    with undone():
        if own_hours:
            StatusPolicyFactory(entity_type="invoice", status="draft", sla_hours=8, business_entity=companies[0])
        orders = [kind(companies[at]) for kind, at in kinds]

        assert _both_ways(orders) == sum(kind in MADE for kind, _at in kinds)


def _both_ways(orders):
    keys = [order.pk for order in orders]

    def fresh():
        found = Order.objects.in_bulk(keys)
        return [found[key] for key in keys]

    with undone(), acting(kind="task", label="Klok"):
        done = [services.try_to_invoice(order=order) for order in fresh()]
        singly = written()
    with acting(kind="task", label="Klok"):
        made = automatic.invoice_block(fresh())
        together = written()
    assert made == sum(done)
    assert (together - singly, singly - together) == (Counter(), Counter())
    return made


def test_numbers_have_no_gap_and_follow_the_orders(companies):
    kinds = (plain, credited, of_two_payers, without_address, plain, of_nobody, plain)
    orders = [kind(companies[0]) for kind in kinds]
    before = NumberSequence.objects.get(business_entity=companies[0], document_type="invoice").current_value

    automatic.invoice_block(orders)

    made = Invoice.objects.exclude(invoice_type="credit_note").order_by("invoice_number").values_list("order", "invoice_number")
    numbers = [(key, int(number[-5:]) - before) for key, number in made if int(number[-5:]) > before]
    first, _credited, of_two, _refused, second, _unpaid, third = (order.pk for order in orders)
    assert numbers == [(first, 1), (of_two, 2), (of_two, 3), (second, 4), (third, 5)]


def test_whoever_is_refused_says_why_and_hurts_nobody(companies):
    orders = {kind: kind(companies[0]) for kind in (*REFUSED, plain)}

    assert automatic.invoice_block(list(orders.values())) == 1

    found = dict(UninvoicedOrder.objects.values_list("order", "code"))
    assert found == {orders[kind].pk: code for kind, code in REFUSED.items()}
    assert Order.objects.get(pk=orders[plain].pk).billing_status == "invoiced"


def test_what_only_comes_out_when_all_is_written_refuses_that_one_alone(companies):
    """Here books that are closed; their company's orders say so, the other's are invoiced."""
    closed, fine = plain(companies[0]), plain(companies[1])
    services.close_period(business_entity=companies[0], until=clock.today())

    assert automatic.invoice_block([closed, fine]) == 1

    assert dict(UninvoicedOrder.objects.values_list("order", "code")) == {closed.pk: "period_closed"}
    assert list(Invoice.objects.values_list("order", "status")) == [(fine.pk, "approved")]


def test_ten_cost_as_many_statements_as_two(companies):
    def statements(count):
        orders = [of_two_rates_and_goods(companies[0]) for _each in range(count)]
        with CaptureQueriesContext(connection) as asked:
            assert automatic.invoice_block(orders) == count
        return len(asked)

    assert statements(10) == statements(2)


# Together with others


@pytest.fixture
def committed(real_commits):
    return company_with_books()


def test_two_workers_and_a_person_invoice_each_order_once(committed, monkeypatch):
    monkeypatch.setattr(automatic, "BLOCK", 4)
    orders = [plain(committed) for _each in range(18)]

    results = together(
        [invoice_completed_orders, invoice_completed_orders]
        + [lambda order=order: services.invoice_generate(order=order, by=None) for order in (orders[2], orders[9])]
    )

    invoice_completed_orders()  # whoever was passed over because somebody had it in hand
    assert all(isinstance(result, int) for result in results[:2]), results
    assert sorted(Invoice.objects.values_list("order", flat=True)) == sorted(order.pk for order in orders)
    numbers = sorted(int(number[-5:]) for number in Invoice.objects.values_list("invoice_number", flat=True))
    assert numbers == list(range(1, 19))
    assert not UninvoicedOrder.objects.waiting().exists()
    all_agree(committed)
