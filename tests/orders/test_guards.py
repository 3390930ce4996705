"""What stands against a step, and who may take it."""

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import Conflict, Forbidden, Malformed, Refused
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_entity_status, change_status
from tests.factories.orders import LineItemFactory, order_in
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies")


def codes(refusal):
    return [reason["code"] for reason in refusal.value.extra["reasons"]]


def assert_refused(order, target, *expected, reason="", by=None, family=Refused, **context):
    with pytest.raises(family) as refusal:
        change_status(order, target, reason=reason, context=context, by=by)

    assert codes(refusal) == list(expected)
    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.status, fresh.version) == (order.status, order.version)
    assert StatusTransition.objects.count() == 0


def test_intake_is_not_complete_without_an_address():
    assert_refused(order_in(S.NEW_LEAD, installation_address=None), S.INTAKE_COMPLETED, "installation_address_missing")


def test_a_quote_needs_a_line():
    assert_refused(order_in(S.QUOTE_DRAFT), S.QUOTE_READY, "line_items_missing")


def test_no_partner_approves_an_order_that_has_none():
    assert_refused(order_in(S.QUOTE_SENT), S.PARTNER_APPROVED, "partner_missing", reason="Per telefoon")


def test_an_approval_is_noted():
    assert_refused(order_in(S.QUOTE_SENT), S.CUSTOMER_APPROVED, "reason_required")


def test_without_partner_the_customer_decides_alone():
    order = order_in(S.QUOTE_SENT)

    transition = change_status(order, S.BOTH_APPROVED, reason="Akkoord per mail", by=None)

    assert transition.record.status == S.BOTH_APPROVED
    assert transition.transition_reason == "Akkoord per mail"


def test_a_partner_that_pays_nothing_is_not_asked():
    order = order_in(S.QUOTE_SENT, of_partner=True)
    LineItemFactory(order=order)

    assert change_status(order, S.BOTH_APPROVED, reason="Akkoord", by=None).record.status == S.BOTH_APPROVED


def test_a_partner_that_pays_must_approve():
    order = order_in(S.QUOTE_SENT, of_partner=True)
    LineItemFactory(order=order, billing_responsibility="shared")

    assert_refused(order, S.BOTH_APPROVED, "partner_approval_missing", reason="Akkoord")

    first = change_status(order, S.CUSTOMER_APPROVED, reason="Akkoord", by=None).record
    assert change_status(first, S.BOTH_APPROVED, reason="Ook partner", by=None).record.status == S.BOTH_APPROVED


@pytest.mark.parametrize("amount", ["0.00", "5000.00"])
def test_up_to_the_limit_a_wholesale_order_is_approved_at_once(entity, amount):
    order = order_in(
        S.NEW, workflow="wholesale", business_entity=entity, total_excl_vat=Decimal(amount), total_incl_vat=Decimal(amount)
    )
    LineItemFactory(order=order)

    assert change_status(order, S.APPROVED, by=None).record.status == S.APPROVED


def test_above_the_limit_a_manager_approves(entity):
    order = order_in(
        S.NEW,
        workflow="wholesale",
        business_entity=entity,
        total_excl_vat=Decimal("5000.01"),
        total_incl_vat=Decimal("5000.01"),
    )
    LineItemFactory(order=order)

    assert_refused(order, S.APPROVED, "approval_threshold_exceeded")

    waiting = change_status(order, S.PENDING_APPROVAL, by=user_with("sales.orders")).record
    with pytest.raises(Forbidden):
        change_status(waiting, S.APPROVED, by=user_with("sales.orders"))
    assert change_status(waiting, S.APPROVED, by=user_with(group="MANAGER")).record.status == S.APPROVED


def test_without_a_limit_no_amount_is_too_high():
    order = order_in(S.NEW, workflow="wholesale", total_excl_vat=Decimal("900000.00"), total_incl_vat=Decimal("900000.00"))
    LineItemFactory(order=order)

    assert change_status(order, S.APPROVED, by=None).record.status == S.APPROVED


def test_a_rejection_has_a_reason():
    assert_refused(order_in(S.PENDING_APPROVAL, workflow="wholesale"), S.REJECTED, "reason_required")


@pytest.mark.parametrize(("status", "workflow"), [(S.PLANNING, "installation"), (S.APPROVED, "wholesale")])
def test_sales_cancels_before_work_begins(seller, status, workflow):
    order = order_in(status, workflow=workflow)

    assert change_status(order, S.CANCELLED, reason="Klant wil niet", by=seller).record.status == S.CANCELLED


@pytest.mark.parametrize(
    ("status", "workflow"),
    [
        (S.IN_PROGRESS, "installation"),
        (S.IN_PRODUCTION, "wholesale"),
        (S.READY_FOR_DELIVERY, "wholesale"),
        (S.DELIVERED, "wholesale"),
    ],
)
def test_only_a_manager_stops_work_that_has_begun(seller, status, workflow):
    order = order_in(status, workflow=workflow)

    assert_refused(order, S.CANCELLED, "permission_denied", reason="Klant wil niet", by=seller, family=Forbidden)
    assert change_status(order, S.CANCELLED, reason="Klant wil niet", by=user_with(group="MANAGER")).record.status == S.CANCELLED


def test_work_that_has_begun_is_also_a_managers_to_stop_while_it_is_held(seller):
    order = order_in(S.ON_HOLD, held_from=S.IN_PROGRESS)

    assert_refused(order, S.CANCELLED, "permission_denied", reason="Klant wil niet", by=seller, family=Forbidden)


WHO = [
    (S.NEW_LEAD, S.INTAKE_SENT, "sales.quotes"),
    (S.QUOTE_DRAFT, S.QUOTE_READY, "sales.orders"),
    (S.BOTH_APPROVED, S.PLANNING, "operations.planning"),
    (S.BOTH_APPROVED, S.PLANNING, "operations.dispatch"),
    (S.SCHEDULED, S.IN_PROGRESS, "technical.installations"),
    (S.IN_PROGRESS, S.COMPLETED, "operations.planning"),
    (S.PLANNING, S.ON_HOLD, "operations.planning"),
    (S.PLANNING, S.ON_HOLD, "sales.orders"),
]


@pytest.mark.parametrize(("status", "target", "scope"), WHO)
def test_each_step_has_its_right(status, target, scope):
    order = order_in(status)
    LineItemFactory(order=order)

    assert_refused(order, target, "permission_denied", reason="Nodig", by=user_with("support.knowledge"), family=Forbidden)
    assert change_status(order, target, reason="Nodig", by=user_with(scope)).record.status == target


def test_a_step_may_be_told_before_its_day_is_known():
    assert change_status(order_in(S.PLANNING), S.SCHEDULED, by=None).record.planned_start_date is None


def test_what_else_a_context_tells_is_kept_with_the_step(boss):
    order = order_in(S.PLANNING)

    transition = change_entity_status(
        entity_type="order", entity_id=order.pk, to_status=S.SCHEDULED, business_context={"source": "telefoon"}, by=boss
    )

    assert transition.business_context == {"source": "telefoon"}


@pytest.mark.parametrize("day", ["20261201", "2026-02-30", 5, ["2026-12-01"], "1999-12-31", "9999-12-31"])
def test_a_day_from_outside_is_read_strictly(boss, day):
    order = order_in(S.PLANNING)

    with pytest.raises(Malformed) as refusal:
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status=S.SCHEDULED,
            business_context={"planned_start_date": day},
            by=boss,
        )

    assert [(fault.pointer, fault.code) for fault in refusal.value.fields] == [
        ("/business_context/planned_start_date", "invalid")
    ]
    assert Order.objects.get(pk=order.pk).status == S.PLANNING


def test_the_day_is_kept_by_the_generic_door(boss):
    order = order_in(S.PLANNING)

    change_entity_status(
        entity_type="order",
        entity_id=order.pk,
        to_status=S.SCHEDULED,
        business_context={"planned_start_date": "2026-12-01"},
        by=boss,
    )

    assert Order.objects.get(pk=order.pk).planned_start_date == date(2026, 12, 1)


def test_a_day_no_longer_holds_when_it_is_planned_again():
    order = order_in(S.SCHEDULED)

    assert change_status(order, S.PLANNING, by=None).record.planned_start_date is None


def test_completion_notes_the_day():
    order = order_in(S.IN_PROGRESS)

    transition = change_status(order, S.COMPLETED, by=None)

    assert transition.record.actual_completion_date is not None


def test_a_final_status_is_final(boss):
    order = order_in(S.COMPLETED)

    with pytest.raises(Conflict) as refusal:
        change_status(order, S.CANCELLED, reason="Toch niet", by=boss)

    assert refusal.value.code == "invalid_status_transition"
    assert refusal.value.extra == {"current": "completed", "requested": "cancelled", "allowed": []}
