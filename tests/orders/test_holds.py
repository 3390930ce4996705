"""A hold suspends an order with its reason, and ends where work goes on."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.core import clock
from apps.core.errors import Conflict, Forbidden, Malformed, Refused
from apps.events.models import OutboxEvent
from apps.orders.choices import ESCALATES_AFTER, HoldReason, OrderStatus
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order, OrderHold
from apps.orders.services import bulk_hold, order_hold_create, order_hold_resume
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services import change_entity_status, record_creation
from tests.factories.orders import OrderFactory, OrderHoldFactory, order_in, statuses_in
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies")


def held(order, *, by=None, **fields):
    given = {"hold_reason_category": "supplier_delay", "hold_reason_details": "Laadpaal niet leverbaar"}
    return order_hold_create(order=order, **(given | fields), by=by)


def test_a_hold_remembers_all_that_matters(seller):
    hold = held(order_in(S.PLANNING), estimated_resume_date=clock.today() + timedelta(days=30), by=seller)

    order = Order.objects.get(pk=hold.order_id)
    assert (order.status, order.held_from, order.version) == (S.ON_HOLD, S.PLANNING, 2)
    assert (hold.previous_status, hold.created_by, hold.is_active) == (S.PLANNING, seller, True)
    assert hold.escalation_date == clock.today() + timedelta(days=7)
    assert hold.automatic_followup_date == clock.today() + timedelta(days=7)
    step = StatusTransition.objects.get()
    assert (step.to_status, step.transition_reason) == (S.ON_HOLD, "Laadpaal niet leverbaar")
    assert step.business_context["hold_reason_category"] == "supplier_delay"


@pytest.mark.parametrize("reason", HoldReason.values)
@pytest.mark.parametrize("expected_in", [None, 2, 100])
def test_it_escalates_after_the_days_of_its_reason_or_when_it_should_end(reason, expected_in):
    expected = clock.today() + timedelta(days=expected_in) if expected_in is not None else None

    hold = held(order_in(S.PLANNING), hold_reason_category=reason, estimated_resume_date=expected)

    usual = clock.today() + ESCALATES_AFTER[reason]
    assert hold.escalation_date == (min(usual, expected) if expected else usual)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"hold_reason_category": "no_idea"}, "/hold_reason_category"),
        ({"estimated_resume_date": date(2020, 1, 1)}, "/estimated_resume_date"),
    ],
)
def test_an_unreasonable_hold_is_refused(fields, pointer):
    order = order_in(S.PLANNING)

    with pytest.raises(Refused) as refusal:
        held(order, **fields)

    assert [fault.pointer for fault in refusal.value.fields] == [pointer]
    assert_untouched(order)


def test_a_hold_has_a_reason():
    order = order_in(S.PLANNING)

    with pytest.raises(Refused) as refusal:
        held(order, hold_reason_details="  ")

    assert refusal.value.code == "reason_required"
    assert_untouched(order)


def assert_untouched(order):
    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.status, fresh.held_from, fresh.version) == (order.status, order.held_from, order.version)
    assert StatusTransition.objects.count() == OrderHold.objects.count() == OutboxEvent.objects.count() == 0


@pytest.mark.parametrize("status", [S.COMPLETED, S.CANCELLED])
def test_a_final_order_is_not_held(status):
    order = order_in(status)

    with pytest.raises(Conflict) as refusal:
        held(order)

    assert refusal.value.code == "invalid_status_transition"
    assert_untouched(order)


def test_a_held_order_is_not_held_again():
    hold = held(order_in(S.PLANNING))

    with pytest.raises(Conflict):
        held(Order.objects.get(pk=hold.order_id))

    assert OrderHold.objects.get() == hold


def test_holding_is_a_right():
    order = order_in(S.PLANNING)

    with pytest.raises(Forbidden):
        held(order, by=user_with("technical.installations"))

    assert_untouched(order)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("workflow", "held_from"),
    [
        (workflow, held_from)
        for workflow in ("installation", "wholesale")
        for status, held_from in statuses_in(workflow)
        if status == S.ON_HOLD
    ],
)
def test_from_everywhere_back_to_where_it_was(workflow, held_from):
    order = order_in(held_from, workflow=workflow)
    planned = order.planned_start_date
    hold = held(order)

    resumed = order_hold_resume(
        order=Order.objects.get(pk=order.pk), resolution_notes="Weer leverbaar", by=user_with("sales.orders")
    )

    assert (resumed.status, resumed.held_from, resumed.planned_start_date) == (held_from, "", planned)
    ended = OrderHold.objects.get(pk=hold.pk)
    assert (ended.is_active, ended.resolution_notes) == (False, "Weer leverbaar")
    assert ended.resolved_at == StatusTransition.objects.get(to_status=held_from).occurred_at


def test_it_may_go_on_to_what_follows():
    hold = held(order_in(S.PLANNING))

    resumed = order_hold_resume(
        order=hold.order,
        resolution_notes="Klant terug",
        new_status=S.SCHEDULED,
        new_planned_date=date(2026, 12, 1),
        by=None,
    )

    assert (resumed.status, resumed.planned_start_date) == (S.SCHEDULED, date(2026, 12, 1))


def test_a_new_day_is_kept_where_the_order_returns():
    hold = held(order_in(S.PLANNING))

    resumed = order_hold_resume(order=hold.order, resolution_notes="Klant terug", new_planned_date=date(2026, 12, 1), by=None)

    assert (resumed.status, resumed.planned_start_date) == (S.PLANNING, date(2026, 12, 1))


def test_going_on_meets_the_guards_of_that_step():
    hold = held(order_in(S.QUOTE_DRAFT))

    with pytest.raises(Refused) as refusal:
        order_hold_resume(order=hold.order, resolution_notes="Verder", new_status=S.QUOTE_READY, by=None)

    assert [reason["code"] for reason in refusal.value.extra["reasons"]] == ["line_items_missing"]
    assert OrderHold.objects.get().is_active


def test_going_on_needs_the_right_of_that_step():
    hold = held(order_in(S.PLANNING))

    with pytest.raises(Forbidden):
        order_hold_resume(
            order=hold.order,
            resolution_notes="Verder",
            new_status=S.SCHEDULED,
            new_planned_date=date(2026, 12, 1),
            by=user_with("sales.orders"),
        )

    assert OrderHold.objects.get().is_active


def test_it_does_not_leap():
    hold = held(order_in(S.PLANNING))

    with pytest.raises(Conflict) as refusal:
        order_hold_resume(order=hold.order, resolution_notes="Verder", new_status=S.IN_PROGRESS, by=None)

    assert (refusal.value.code, refusal.value.extra["allowed"]) == (
        "invalid_status_transition",
        ["planning", "scheduled", "cancelled"],
    )
    assert Order.objects.get().status == S.ON_HOLD


def test_what_is_not_held_cannot_be_resumed():
    order = order_in(S.PLANNING)

    with pytest.raises(Conflict) as refusal:
        order_hold_resume(order=order, resolution_notes="Verder", by=None)

    assert refusal.value.code == "not_on_hold"
    assert_untouched(order)


def test_an_order_that_was_held_by_a_step_alone_is_not_stuck():
    order = order_in(S.ON_HOLD, held_from=S.PLANNING)

    assert order_hold_resume(order=order, resolution_notes="Verder", by=None).status == S.PLANNING


def test_an_approval_is_not_asked_for_again_after_a_hold():
    order = order_in(S.PARTNER_APPROVED, of_partner=True)
    held(order)
    Order.objects.filter(pk=order.pk).update(partner_organization=None)

    resumed = order_hold_resume(order=Order.objects.get(), resolution_notes="Verder", by=None)

    assert resumed.status == S.PARTNER_APPROVED


def by_the_generic_door(order, to_status, *, by, reason="", **context):
    return change_entity_status(
        entity_type="order",
        entity_id=order.pk,
        to_status=to_status,
        transition_reason=reason,
        business_context=context,
        by=by,
    )


def test_the_generic_door_holds_by_the_same_act(boss):
    order = order_in(S.PLANNING)

    by_the_generic_door(
        order,
        S.ON_HOLD,
        by=boss,
        hold_reason_category="weather_delay",
        hold_reason_details="Code rood",
        estimated_resume_date=(clock.today() + timedelta(days=1)).isoformat(),
        notify_customer=False,
    )

    hold = OrderHold.objects.get()
    assert (hold.hold_reason_category, hold.hold_reason_details, hold.created_by) == ("weather_delay", "Code rood", boss)
    assert OutboxEvent.objects.get(name="orders.order_held").payload == {
        "hold_id": str(hold.pk),
        "notify_customer": False,
        "notify_partner": True,
    }


def test_the_reason_of_a_change_is_explanation_enough(boss):
    by_the_generic_door(order_in(S.PLANNING), S.ON_HOLD, by=boss, reason="Klant op vakantie")

    assert OrderHold.objects.values_list("hold_reason_category", "hold_reason_details").get() == (
        "other",
        "Klant op vakantie",
    )


@pytest.mark.parametrize(
    ("context", "pointer"),
    [
        ({"hold_reason_details": 5}, "hold_reason_details"),
        ({"notify_customer": "yes"}, "notify_customer"),
        ({"estimated_resume_date": "31-12-2026"}, "estimated_resume_date"),
    ],
)
def test_the_generic_door_reads_strictly(boss, context, pointer):
    order = order_in(S.PLANNING)

    with pytest.raises(Malformed) as refusal:
        by_the_generic_door(order, S.ON_HOLD, by=boss, reason="Nodig", **context)

    assert [fault.pointer for fault in refusal.value.fields] == [f"/business_context/{pointer}"]
    assert_untouched(order)


def test_the_generic_door_ends_a_hold(boss):
    hold = held(order_in(S.PLANNING))

    by_the_generic_door(hold.order, S.PLANNING, by=boss, reason="Weer leverbaar")

    ended = OrderHold.objects.get()
    assert (ended.is_active, ended.resolution_notes, ended.resolved_by) == (False, "Weer leverbaar", boss)


def test_cancelling_ends_the_hold_and_tells_nobody_that_work_goes_on(boss):
    hold = held(order_in(S.PLANNING))

    by_the_generic_door(hold.order, S.CANCELLED, by=boss, reason="Klant stopt")

    assert not OrderHold.objects.get().is_active
    assert not OutboxEvent.objects.filter(name="orders.order_resumed").exists()


def test_the_clock_stands_still_and_goes_on(boss):
    order = order_in(S.PLANNING)
    record_creation(order, by=None)
    running = EntityCurrentStatus.objects.get(entity_id=order.pk)

    hold = held(order)
    paused = EntityCurrentStatus.objects.get(entity_id=order.pk)
    order_hold_resume(order=hold.order, resolution_notes="Verder", by=boss)
    resumed = EntityCurrentStatus.objects.get(entity_id=order.pk)

    assert paused.sla_deadline is None
    assert resumed.status_since == running.status_since
    assert resumed.sla_deadline - running.sla_deadline == OrderHold.objects.get().resolved_at - hold.held_at


def test_many_are_held_each_for_itself(seller):
    good, final = order_in(S.PLANNING), order_in(S.COMPLETED)
    stranger = OrderFactory(business_entity__entity_code="laderthuis")

    results = bulk_hold(
        order_ids=[final.pk, good.pk, stranger.pk],
        hold_reason_category="other",
        hold_reason_details="Storing",
        by=seller,
    )

    assert [(result.order_id, result.hold is not None, result.error and result.error.code) for result in results] == [
        (final.pk, False, "invalid_status_transition"),
        (good.pk, True, None),
        (stranger.pk, False, "not_found"),
    ]
    assert OrderHold.objects.get().order == good


@pytest.mark.django_db
class TestTheDatabaseItself:
    def refuses(self, make):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()

    def test_allows_one_active_hold_per_order(self):
        hold = OrderHoldFactory()

        self.refuses(lambda: OrderHoldFactory(order=hold.order))
        assert OrderHoldFactory(order=hold.order, is_active=False, resolved_at=clock.now()).pk

    def test_wants_a_status_of_the_orders_own_workflow(self):
        self.refuses(lambda: OrderFactory(status=OrderStatus.APPROVED))
        self.refuses(lambda: OrderFactory(wholesale=True, status=OrderStatus.PLANNING))

    def test_wants_to_know_where_a_held_order_was(self):
        self.refuses(lambda: OrderFactory(status=OrderStatus.ON_HOLD))
        self.refuses(lambda: OrderFactory(held_from=OrderStatus.NEW_LEAD))
        self.refuses(lambda: OrderFactory(status=OrderStatus.ON_HOLD, held_from=OrderStatus.APPROVED))

    def test_wants_an_address_a_day_and_a_sum_that_adds_up(self):
        self.refuses(lambda: OrderFactory(status=OrderStatus.PLANNING, installation_address=None))
        self.refuses(lambda: OrderFactory(status=OrderStatus.COMPLETED))
        self.refuses(lambda: OrderFactory(total_incl_vat=1))

    def test_keeps_test_numbers_and_test_orders_together(self):
        self.refuses(lambda: OrderFactory(is_test=True))
        self.refuses(lambda: OrderFactory(order_number="TEST-CC-2026-00001"))
