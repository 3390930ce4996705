"""An order that falls asleep, as the business tells it.

It stands in planning, in a company that works from nine to five. Nobody looks at it. Its owner is reminded, then asked; a day
later their manager is. The manager plans it, and the task about it is gone by itself.
"""

from collections.abc import Callable
from datetime import date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.core.clock import AMSTERDAM
from apps.events.models import OutboxEvent
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.workflow import services
from apps.workflow.events import SlaStageReached
from apps.workflow.models import CalendarDay, EntityCurrentStatus, InternalTask
from apps.workflow.tasks import process_sla_monitoring
from tests.factories.accounts import UserFactory
from tests.factories.orders import order_in
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory, SupervisionFactory

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 5) -> datetime:
    """November 2026: the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=AMSTERDAM)


def told() -> list[str]:
    events = OutboxEvent.objects.filter(name=SlaStageReached.name).order_by("occurred_at")
    return [event.payload["stage"] for event in events]


def test_an_order_that_falls_asleep_is_woken_up(client: Client, deliver_events: Callable[[], int]) -> None:
    entity = BusinessEntityFactory()
    owner, manager = UserFactory(staff=True), UserFactory(superuser=True, last_name="de Baas")
    MembershipFactory(user=owner, business_entity=entity)
    SupervisionFactory(business_entity=entity, manager=manager)
    StatusPolicyFactory(entity_type="order", workflow="installation", status=S.PLANNING, sla_hours=16)

    with time_machine.travel(at(23, 9, 0), tick=False) as clock:
        # The company is closed on Tuesday.
        calendar = BusinessCalendarFactory(business_entity=entity)
        services.save_calendar(
            calendar, days=[CalendarDay(calendar=calendar, day=date(2026, 11, 24), reason="Brugdag")], by=manager
        )
        order = order_in(S.PLANNING, business_entity=entity, order_owner=owner)
        services.record_creation(order, by=owner)

        def hour_of_the_clock(moment: datetime) -> None:
            clock.move_to(moment)
            process_sla_monitoring()
            deliver_events()

        # On Monday and on the closed day nothing happens; on Wednesday the time runs out.
        for hour in (12, 17):
            hour_of_the_clock(at(23, hour))
        hour_of_the_clock(at(24, 12))
        assert told() == []
        for hour in (13, 14, 15, 16, 17):
            hour_of_the_clock(at(25, hour))
        assert told() == ["reminder_75", "warning_90", "breached"]

        # Its owner is asked to get it on, and sees so first thing in the list of tasks.
        task = InternalTask.objects.get()
        assert (task.assigned_to, task.priority) == (owner, "high")
        assert EntityCurrentStatus.objects.get(entity_id=order.pk).is_overdue

        # A day later their manager has the task.
        hour_of_the_clock(at(26, 16))
        assert told() == ["reminder_75", "warning_90", "breached"]
        hour_of_the_clock(at(27, 9))
        task = InternalTask.objects.get()
        assert told()[-1] == "escalated"
        assert (task.assigned_to, task.priority) == (manager, "critical")

        client.force_login(manager, backend="apps.accounts.backends.LoginBackend")
        mine = client.get(reverse("admin:workflow_internaltask_changelist"), {"whose": "mine"})
        assert [found.title for found in mine.context["cl"].result_list] == [task.title]

        # The manager finds a day; the order moves on and the task about it is done.
        services.change_status(
            Order.objects.get(pk=order.pk), S.SCHEDULED, context={"planned_start_date": "2026-12-01"}, by=manager
        )
        hour_of_the_clock(at(27, 10))

        task = InternalTask.objects.get()
        assert task.status == "completed"
        assert not EntityCurrentStatus.objects.get(entity_id=order.pk).is_overdue
        assert len(told()) == 4
