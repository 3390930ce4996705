"""What partners earn: worked out from what was invoiced, within limits, taken back by credits, approved by people."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.core.errors import Conflict, DomainError, Forbidden, Malformed, Refused
from apps.finance import services
from apps.finance.choices import CommissionMethod
from apps.finance.models import Invoice, JournalEntry, PartnerCommission
from apps.finance.services import CreditLine, Wanted
from apps.finance.services.earning import Earning, rate_of_tier, taken_back
from apps.workflow.services import change_entity_status
from tests.concurrency import together
from tests.factories.finance import CommissionRuleFactory
from tests.factories.orders import OrderOrganizationFactory, order_in
from tests.factories.organizations import OrganizationFactory
from tests.finance.conftest import balances, company_with_books, completed_order, generated, wrong_in
from tests.orders.conftest import load, user_with
from tests.transactions import undone

CHECKS = ["commission_amounts", "commission_booked"]


@pytest.fixture
def partner(company):
    return OrganizationFactory(partner=True)


def agreed(partner, **terms):
    """A percentage unless it says otherwise."""
    if {"fixed_amount", "tiers"} & set(terms):
        terms["rate"] = None
        terms["method"] = CommissionMethod.FIXED if "fixed_amount" in terms else CommissionMethod.TIERED
    return CommissionRuleFactory(organization=partner, business_entity=None, **terms)


def earned(order):
    """What each level earned and has left, after the events of its invoices."""
    services.refresh_commissions(order=order)
    rows = PartnerCommission.objects.filter(order=order).order_by("invoice__approved_at", "commission_level")
    return [(each.commission_level, str(each.commission_amount), str(each.reversed_amount), each.status) for each in rows]


def only(order):
    services.refresh_commissions(order=order)
    return PartnerCommission.objects.for_page().get(order=order)


def pay_all(invoice):
    invoice = Invoice.objects.get(pk=invoice.pk)
    services.payment_receive(
        business_entity=invoice.business_entity, amount=invoice.balance, payment_date=clock.today(), payment_method="ideal",
        invoice=invoice,
    )  # fmt: skip


def all_agree():
    assert wrong_in(*CHECKS) == []


def test_an_approved_invoice_gives_its_partner_a_percentage_of_it(company, partner, deliver_events, data_dir):
    for name in ("060_channels.json", "070_message_templates.json"):
        load(name)
    agreed(partner, rate=Decimal("7.50"))
    order = completed_order(company, ("1", "599.50", "0.21"), partner_organization=partner)
    invoice = generated(order)
    deliver_events()

    commission = PartnerCommission.objects.for_page().get(order=order)

    assert (commission.invoice, commission.beneficiary, commission.business_entity) == (invoice, partner, company)
    assert (commission.base_amount, commission.commission_amount) == (Decimal("599.50"), Decimal("44.96"))  # 44.9625
    assert (commission.status, commission.calculated_on, commission.is_due) == ("pending", clock.today(), False)
    assert {code: balances(company)[code] for code in ("4600", "1600")} == {"4600": Decimal("44.96"), "1600": Decimal("-44.96")}
    with translation.override("en"):
        assert services.explain(commission) == "7.5% of €\u00a0599.50, comes to €\u00a044.96."
    all_agree()


def test_it_is_worked_out_once_however_often_it_is_asked(company, partner):
    agreed(partner)
    order = completed_order(company, partner_organization=partner)
    generated(order)

    assert earned(order) == earned(order) == [(1, "72.40", "0.00", "pending")]
    assert JournalEntry.objects.filter(source_type="partner_commission").count() == 1


def test_nobody_earns_by_an_order_before_it_is_completed(company, partner):
    agreed(partner)
    order = order_in("scheduled", business_entity=company, partner_organization=partner)
    assert earned(order) == []


def test_an_invoice_before_completion_counts_when_the_order_is_completed(company, partner):
    agreed(partner)
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
    generated(order)

    assert services.refresh_completed() == 1
    assert services.refresh_completed() == 0
    assert earned(order) == [(1, "10.00", "0.00", "pending")]


def test_each_level_of_the_channel_has_its_own(company):
    top = OrganizationFactory(partner=True)
    middle = OrganizationFactory(partner=True, parent_organization=top)
    dealer = OrganizationFactory(partner=True)
    for organization, level, rate in ((dealer, 1, "5"), (middle, 2, "3"), (top, 3, "2"), (top, 1, "50")):
        agreed(organization, level=level, rate=Decimal(rate))
    order = completed_order(company, ("1", "1000.00", "0.21"), partner_organization=middle)
    OrderOrganizationFactory(order=order, organization=dealer, relationship_type="dealer")
    generated(order)

    assert earned(order) == [(1, "50.00", "0.00", "pending"), (2, "30.00", "0.00", "pending"), (3, "20.00", "0.00", "pending")]
    rows = PartnerCommission.objects.filter(order=order).order_by("commission_level")
    assert [each.beneficiary for each in rows] == [dealer, middle, top]
    assert [each.parent_commission for each in rows] == [None, rows[0], rows[1]]


def test_what_was_not_agreed_is_inherited_from_above(company):
    top = OrganizationFactory(partner=True, commission_rate=Decimal("4.00"))
    middle = OrganizationFactory(partner=True, parent_organization=top)
    below = OrganizationFactory(partner=True, parent_organization=middle)
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=below)
    generated(order)
    commission = only(order)
    assert (commission.agreed_with, commission.commission_level, commission.commission_amount) == (top, 1, Decimal("4.00"))

    agreed(middle, rate=Decimal("6.00"))
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=below)
    generated(order)
    assert (only(order).agreed_with, only(order).commission_amount) == (middle, Decimal("6.00"))


def test_a_companys_own_agreement_goes_before_the_groups_and_only_the_valid_one_counts(company, partner):
    today = clock.today()
    agreed(partner, rate=Decimal("1.00"))
    agreed(partner, rate=Decimal("2.00"), valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=1))
    agreed(partner, rate=Decimal("3.00"), valid_from=today + timedelta(days=1))
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
    generated(order)
    assert earned(order) == [(1, "1.00", "0.00", "pending")]

    CommissionRuleFactory(organization=partner, business_entity=company, rate=Decimal("9.00"))
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
    generated(order)
    assert earned(order) == [(1, "9.00", "0.00", "pending")]


def test_a_fixed_amount_and_a_limit_hold_per_order_over_its_invoices(company, partner):
    for terms, each in (({"fixed_amount": Decimal("75.00")}, ["75.00", "0.00"]), ({"rate": Decimal(50), "max_per_order": Decimal(80)}, ["50.00", "30.00"])):  # fmt: skip
        rule = agreed(partner, **terms)
        order = completed_order(company, ("1", "100.00", "0.21"), ("1", "100.00", "0.21"), partner_organization=partner)
        for line in order.line_items.all():
            generated(order, line_items_to_invoice=[Wanted(line_item_id=line.pk)])
        assert [row[1] for row in earned(order)] == each
        rule.is_active = False
        rule.save()


def test_tiers_count_the_orders_of_the_month_and_what_was_given_stays(company, partner):
    agreed(partner, tiers=[{"from_orders": 1, "rate": "1.00"}, {"from_orders": 3, "rate": "5.00"}])
    given_to = []
    for _number in range(4):
        order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
        generated(order)
        given_to.append(only(order))

    assert [(each.orders_in_month, each.commission_rate, each.commission_amount) for each in given_to] == [
        (1, 1, Decimal("1.00")), (2, 1, Decimal("1.00")), (3, 5, Decimal("5.00")), (4, 5, Decimal("5.00"))
    ]  # fmt: skip
    with translation.override("nl"):
        assert services.explain(given_to[2]).startswith("5")
    all_agree()


def test_all_levels_together_get_no_more_than_the_invoice(company):
    top = OrganizationFactory(partner=True)
    below = OrganizationFactory(partner=True, parent_organization=top)
    agreed(below, rate=Decimal("80.00"))
    agreed(top, level=2, rate=Decimal("80.00"))
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=below)
    generated(order)
    assert [row[1] for row in earned(order)] == ["80.00", "20.00"]
    all_agree()


def test_a_credit_takes_back_in_proportion_and_all_of_it_for_all(company, partner):
    agreed(partner, fixed_amount=Decimal("10.00"))
    order = completed_order(company, ("3", "10.00", "0.21"), partner_organization=partner)
    invoice = generated(order)
    line = invoice.lines.get()
    assert earned(order) == [(1, "10.00", "0.00", "pending")]

    services.invoice_credit(
        invoice=invoice, lines=[CreditLine(invoice_line_id=line.pk, quantity=Decimal(1))], reason="Retour", by=None
    )
    assert earned(order) == [(1, "10.00", "3.33", "pending")]
    assert balances(company)["1600"] == Decimal("-6.67")

    services.invoice_credit(invoice=invoice, reason="Alles", by=None)
    assert earned(order) == [(1, "10.00", "10.00", "reversed")]
    assert {"1600", "4600"} & set(balances(company)) == set()
    all_agree()

    generated(order)  # invoiced again, given again
    assert earned(order) == [(1, "10.00", "10.00", "reversed"), (1, "10.00", "0.00", "pending")]


def test_a_person_with_the_right_approves_and_small_ones_approve_themselves(company, partner):
    agreed(partner, auto_approve_below=Decimal("10.00"))
    small, large = (completed_order(company, ("1", price, "0.21"), partner_organization=partner) for price in ("99.90", "100.00"))
    for order in (small, large):
        generated(order)
    assert (earned(small), earned(large)) == ([(1, "9.99", "0.00", "approved")], [(1, "10.00", "0.00", "pending")])

    with pytest.raises(Forbidden):
        services.approve_commission(commission=only(large), by=user_with("finance.invoices"))
    assert only(large).status == "pending"
    boss = user_with("finance.approve")
    approved = services.approve_commission(commission=only(large), by=boss)
    assert (approved.status, approved.approved_by, approved.is_due) == ("approved", boss, False)
    with pytest.raises(Conflict):
        services.approve_commission(commission=approved, by=boss)

    pay_all(only(large).invoice)
    assert list(PartnerCommission.objects.due()) == [approved]


def test_a_rejected_one_has_a_reason_and_leaves_no_trace_in_the_books(company, partner):
    agreed(partner)
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
    generated(order)
    boss = user_with("finance.approve")
    with pytest.raises(Refused) as refusal:
        services.reject_commission(commission=only(order), reason=" ", by=boss)
    assert (refusal.value.code, only(order).status) == ("reason_required", "pending")

    change_entity_status(
        entity_type="partner_commission", entity_id=only(order).pk, to_status="rejected", transition_reason="Eigen klant", by=boss
    )

    assert earned(order) == [(1, "10.00", "0.00", "rejected")]
    assert {"1600", "4600"} & set(balances(company)) == set()
    services.invoice_credit(invoice=Invoice.objects.get(order=order), reason="Retour", by=None)
    assert earned(order) == [(1, "10.00", "0.00", "rejected")]
    all_agree()


def test_the_generic_door_takes_no_context_for_a_rejection(company, partner):
    agreed(partner)
    order = completed_order(company, partner_organization=partner)
    generated(order)
    with pytest.raises(Malformed):
        change_entity_status(
            entity_type="partner_commission", entity_id=only(order).pk, to_status="rejected", transition_reason="x",
            business_context={"a": 1}, by=user_with("finance.approve"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "by", "found"),
    [
        ("commission_amount", -1, CHECKS),
        ("reversed_amount", 1, CHECKS),
        ("base_amount", 1, CHECKS[:1]),
        ("granted_before", 700, []),  # no limit per order: it has no part in the sum
        ("given_to_others", 600, []),
    ],
)
def test_the_checks_find_what_was_changed_by_hand(company, partner, column, by, found):
    agreed(partner)
    order = completed_order(company, partner_organization=partner)
    generated(order)
    commission = only(order)
    PartnerCommission.objects.filter(pk=commission.pk).update(**{column: getattr(commission, column) + by})

    assert wrong_in(*CHECKS) == found


amounts = st.decimals("0.01", "99999.99", places=2)


@given(base=amounts, rate=st.decimals(0, 100, places=2), cap=st.none() | amounts, before=amounts, others=amounts)
def test_no_commission_passes_its_limits_and_half_a_cent_is_rounded_up(base, rate, cap, before, others):
    earning = Earning(
        method="percentage", rate=rate, fixed_amount=None, max_per_order=cap, base=base, granted_before=before,
        given_to_others=min(others, base),
    )  # fmt: skip
    assert 0 <= earning.amount <= base - earning.given_to_others
    assert cap is None or earning.amount <= max(cap - before, 0)
    exact = base * rate / 100
    assert -Decimal("0.005") < earning.wanted - exact <= Decimal("0.005")


@given(amount=amounts, base=amounts, parts=st.lists(st.decimals("0.01", "1000.00", places=2), max_size=5))
def test_what_is_taken_back_grows_to_all_of_it_and_no_further(amount, base, parts):
    taken, credited = [], Decimal(0)
    for part in parts:
        credited = min(credited + part, base)
        taken.append(taken_back(amount=amount, base=base, credited=credited))
    assert taken == sorted(taken)
    assert all(0 <= each <= amount for each in taken)
    assert taken_back(amount=amount, base=base, credited=base) == amount


def test_below_the_lowest_tier_there_is_nothing():
    assert rate_of_tier([{"from_orders": 2, "rate": "5.00"}], 1) == 0
    assert rate_of_tier([{"from_orders": 3, "rate": "7.00"}, {"from_orders": 1, "rate": "5"}], 3) == 7


SOME = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(shares=st.lists(st.decimals("0.001", "1.2", places=3), max_size=3), rate=st.decimals("0.01", 100, places=2))
def test_any_credits_leave_what_the_check_works_out(company, shares, rate):
    with undone():
        partner = OrganizationFactory(partner=True)
        agreed(partner, rate=rate)
        order = completed_order(company, ("3", "33.33", "0.21"), partner_organization=partner)
        invoice = generated(order)
        for share in shares:
            part = CreditLine(invoice_line_id=invoice.lines.get().pk, quantity=share)
            with suppress(DomainError), transaction.atomic():
                services.invoice_credit(invoice=invoice, lines=[part], reason="Deel", by=None)
            services.refresh_commissions(order=order)
        all_agree()
        commission = only(order)
        assert -balances(company).get("1600", 0) == commission.commission_amount - commission.reversed_amount


def test_two_at_once_give_it_once_and_every_order_has_its_own_place(real_commits):
    company = company_with_books()
    partner = OrganizationFactory(partner=True)
    agreed(partner, tiers=[{"from_orders": 1, "rate": "1.00"}, {"from_orders": 3, "rate": "5.00"}])
    orders = [completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner) for _number in range(4)]
    for order in orders:
        generated(order)

    together([lambda order=order: services.refresh_commissions(order=order) for order in orders * 2])

    places = PartnerCommission.objects.order_by("orders_in_month").values_list("orders_in_month", flat=True)
    assert list(places) == [1, 2, 3, 4]
    assert balances(company)["1600"] == Decimal("-12.00")
    all_agree()


def test_crediting_while_it_is_worked_out_leaves_nothing_too_much(real_commits):
    company = company_with_books()
    partner = OrganizationFactory(partner=True)
    agreed(partner)
    for _round in range(3):
        order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
        invoice = generated(order)
        together(
            [
                lambda order=order: services.refresh_commissions(order=order),
                lambda invoice=invoice: services.invoice_credit(invoice=invoice, reason="Fout", by=None),
                lambda order=order: services.refresh_commissions(order=order),
            ]
        )
        services.refresh_commissions(order=order)  # as the event of the credit note does
        assert "1600" not in balances(company)
    all_agree()
