"""What stays lying: somebody is asked, then their manager, and the task closes itself when the record moves on."""

from datetime import datetime, timedelta

import pytest
import time_machine

from apps.communication.models import CommunicationMessage
from apps.core.clock import AMSTERDAM
from apps.core.records import ref_to
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.orders.services import order_hold_create, order_hold_resume, remove_order
from apps.workflow import queries, services
from apps.workflow.choices import Level
from apps.workflow.choices import TaskStatus as T
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatusPolicy
from apps.workflow.tasks import process_sla_monitoring
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, order_in
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory, SupervisionFactory
from tests.orders.conftest import user_with
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOBODY = {"notify_customer": False, "notify_partner": False}


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def entity():
    return BusinessEntityFactory()


@pytest.fixture
def leader(entity):
    return user_with(group="TEAM_LEADER", entity=entity)


@pytest.fixture
def manager(entity):
    return user_with(group="MANAGER", entity=entity)


@pytest.fixture
def overdue(clock, entity, leader, manager, deliver_events):
    """Makes an order in planning that was to leave it eight hours ago; after so many hours."""
    StatusPolicyFactory(
        entity_type="order", workflow="installation", status=S.PLANNING, sla_hours=8, label_en="Planning", label_nl="Planning"
    )

    def make(**fields):
        order = order_in(S.PLANNING, business_entity=entity, **fields)
        services.record_creation(order, by=None)
        clock.shift(9 * HOUR)
        process_sla_monitoring()
        deliver_events()
        return order

    return make


def asked():
    return [(task.assigned_to, task.priority, task.status) for task in InternalTask.objects.order_by("created_at")]


def test_whoever_has_the_order_is_asked(overdue, entity, leader):
    owner = user_with("sales.orders", entity=entity)

    order = overdue(order_owner=owner)

    task = InternalTask.objects.get()
    assert (task.assigned_to, task.task_type, task.priority, task.about) == (owner, "escalate", "high", ref_to(order))
    assert task.title == f"Te laat: {order} in “Planning”"
    assert task.business_entity == entity


@pytest.mark.parametrize(
    ("priority", "level"), [("low", "leader"), ("normal", "leader"), ("high", "leader"), ("urgent", "manager")]
)
def test_of_nobody_s_order_a_team_leader_is_asked_of_an_urgent_one_a_manager(overdue, leader, manager, priority, level):
    overdue(priority_level=priority)

    assert asked() == [({"leader": leader, "manager": manager}[level], "urgent" if priority == "urgent" else "high", "open")]


def test_it_is_to_be_done_when_people_are_at_work(overdue, clock, entity, deliver_events):
    BusinessCalendarFactory(business_entity=entity)
    overdue(priority_level="urgent")
    assert asked() == []

    clock.move_to(datetime(2026, 11, 24, 16, 30, tzinfo=AMSTERDAM))
    process_sla_monitoring()
    deliver_events()

    assert InternalTask.objects.get().due_at == datetime(2026, 11, 25, 9, tzinfo=AMSTERDAM)


def test_a_day_later_the_manager_has_the_same_task(overdue, clock, leader, manager, deliver_events):
    overdue()
    assert asked() == [(leader, "high", "open")]

    clock.shift(24 * HOUR)
    process_sla_monitoring()
    deliver_events()

    assert asked() == [(manager, "critical", "open")]


def test_a_task_that_was_finished_too_soon_comes_back_to_the_manager(overdue, clock, leader, manager, deliver_events):
    overdue()
    services.complete_task(task=InternalTask.objects.get(), by=leader)

    clock.shift(24 * HOUR)
    process_sla_monitoring()
    deliver_events()

    assert asked() == [(leader, "high", "completed"), (manager, "critical", "open")]


def test_a_stage_told_twice_asks_once(overdue, entity):
    order = overdue()
    row = EntityCurrentStatus.objects.get(entity_id=order.pk)

    services.see_to_overdue(entity_type="order", entity_id=order.pk, since=row.status_since, stage="breached")

    assert len(asked()) == 1


def test_the_task_is_finished_when_the_order_moves_on(overdue, deliver_events):
    order = overdue()

    services.change_status(order, S.SCHEDULED, context={"planned_start_date": "2026-12-01"}, by=None)
    deliver_events()

    task = InternalTask.objects.get()
    assert (task.status, task.completion_notes) == (T.COMPLETED, "De deadline is niet meer overschreden.")


def test_the_task_is_finished_when_other_hours_give_the_order_more_time(overdue, deliver_events):
    overdue()
    policy = StatusPolicy.objects.get()

    policy.sla_hours = 16
    services.save_policy(policy, by=None)
    deliver_events()

    assert [status for _user, _priority, status in asked()] == ["completed"]


def test_hours_by_which_the_order_stays_late_leave_the_task(overdue, deliver_events):
    overdue()
    policy = StatusPolicy.objects.get()

    policy.sla_hours = 7
    services.save_policy(policy, by=None)
    deliver_events()

    assert [status for _user, _priority, status in asked()] == ["open"]


def test_of_an_order_that_was_removed_nobody_is_asked_or_told(clock, entity, leader, deliver_events):
    owner = user_with("sales.orders", entity=entity)
    order = OrderFactory(business_entity=entity, order_owner=owner)
    StatusPolicyFactory(entity_type="order", workflow=order.workflow_name(), status=order.status, sla_hours=8)
    services.record_creation(order, by=None)
    clock.shift(9 * HOUR)
    assert process_sla_monitoring() == 1

    remove_order(order=order, reason="Dubbel", by=None)
    deliver_events()

    assert asked() == []
    assert not CommunicationMessage.objects.exists()


def test_a_hold_leaves_the_task_and_cancelling_then_ends_it(overdue, deliver_events):
    order = overdue()
    order_hold_create(order=order, hold_reason_category="other", hold_reason_details="Storing", **NOBODY, by=None)
    deliver_events()
    assert [status for _user, _priority, status in asked()] == ["open"]

    order_hold_resume(order=Order.objects.get(pk=order.pk), resolution_notes="Verder", by=None)
    deliver_events()
    assert [status for _user, _priority, status in asked()] == ["open"]

    order_hold_create(
        order=Order.objects.get(pk=order.pk), hold_reason_category="other", hold_reason_details="Weer", **NOBODY, by=None
    )
    services.change_entity_status(entity_type="order", entity_id=order.pk, to_status=S.CANCELLED, transition_reason="Klant stopt",
                                  business_context={"cancellation_code": "other"}, by=None)  # fmt: skip
    deliver_events()

    assert [status for _user, _priority, status in asked()] == ["completed"]


def test_an_order_that_moved_on_before_anybody_was_asked_asks_nobody(clock, entity, deliver_events):
    StatusPolicyFactory(entity_type="order", workflow="installation", status=S.PLANNING, sla_hours=8)
    order = order_in(S.PLANNING, business_entity=entity)
    services.record_creation(order, by=None)
    clock.shift(9 * HOUR)
    process_sla_monitoring()

    services.change_status(order, S.SCHEDULED, context={"planned_start_date": "2026-12-01"}, by=None)
    deliver_events()

    assert asked() == []


def test_a_task_that_is_late_itself_makes_no_other(clock, task, deliver_events):
    StatusPolicyFactory(status=T.IN_PROGRESS, sla_hours=1)
    services.change_status(task, T.IN_PROGRESS, by=None)
    clock.shift(2 * HOUR)
    assert process_sla_monitoring() == 1
    deliver_events()

    assert InternalTask.objects.count() == 1


# Who stands on which level


def test_who_is_arranged_stands_above_who_has_the_role(entity, leader, manager):
    arranged = UserFactory(staff=True)
    SupervisionFactory(business_entity=entity, team_leader=arranged)

    assert queries.supervisor(Level.TEAM_LEADER, entity.pk) == arranged
    assert queries.supervisor(Level.MANAGER, entity.pk) == manager
    assert queries.supervisor(Level.DIRECTOR, entity.pk) == manager


def test_who_left_stands_nowhere(entity, leader, manager):
    gone = UserFactory(staff=True, is_active=False)
    SupervisionFactory(business_entity=entity, team_leader=gone)

    assert queries.supervisor(Level.TEAM_LEADER, entity.pk) == leader


def test_another_company_s_manager_stands_on_no_level_here(entity, manager):
    other = BusinessEntityFactory(entity_code="laderthuis")

    assert queries.supervisor(Level.MANAGER, other.pk) is None
    assert queries.supervisor(Level.MANAGER, None) == manager


def test_of_several_the_longest_there(entity, manager):
    user_with(group="MANAGER", entity=entity)
    MembershipFactory(user=manager, business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert queries.supervisor(Level.MANAGER, entity.pk) == manager
