"""A hold that lasts: who hears of it, when, and once."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from apps.communication.models import CommunicationMessage
from apps.core.clock import AMSTERDAM
from apps.core.records import ref_to
from apps.events.models import ScheduledRun
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order, OrderHold
from apps.orders.services import create_order, order_hold_create, order_hold_resume
from apps.orders.tasks import watch_holds
from apps.organizations.models import BusinessEntity
from apps.workflow.models import InternalTask
from apps.workflow.services import change_entity_status, edit_task
from tests.concurrency import together
from tests.factories.orders import OrderHoldFactory
from tests.factories.organizations import ContactFactory
from tests.factories.workflow import SupervisionFactory
from tests.orders.conftest import load, user_with
from tests.orders.test_placing import order_data

HELD_ON = datetime(2026, 11, 23, 10, tzinfo=AMSTERDAM)


@pytest.fixture
def entity(policies, templates):
    load("020_business_entities.json")
    load("060_channels.json")
    return BusinessEntity.objects.get(entity_code="chargecars")


@pytest.fixture
def clock():
    with time_machine.travel(HELD_ON, tick=False) as clock:
        yield clock


@pytest.fixture
def manager(entity):
    return user_with(group="MANAGER", entity=entity)


@pytest.fixture
def director(entity, manager):
    director = user_with(entity=entity)
    SupervisionFactory(business_entity=entity, director=director)
    return director


@pytest.fixture
def days(clock, deliver_events):
    """Lets so many mornings pass, with the job each hour until eight, and gives the days on which it did something."""

    def pass_by(first, last):
        busy = []
        for day in range(first, last + 1):
            done = 0
            for hour in (6, 7, 8):
                clock.move_to(datetime(2026, 11, 1, hour, 5, tzinfo=AMSTERDAM) + timedelta(days=day - 1))
                done += watch_holds()
                deliver_events()
            busy += [day] * bool(done)
        return busy

    return pass_by


def held(entity, **fields):
    given = {"hold_reason_category": "technical_issue", "hold_reason_details": "Groepenkast te klein", **fields}
    order = create_order(data=order_data(entity), by=None)
    return order_hold_create(order=order, **given, by=None)


def letters(code="hold_follow_up"):
    written = CommunicationMessage.objects.filter(template__template_code=code).order_by("created_at")
    return [(message.language, message.subject) for message in written]


def tasks():
    return [(task.assigned_to, task.priority, task.status) for task in InternalTask.objects.order_by("created_at")]


def test_it_rises_level_by_level_on_the_days_agreed(entity, manager, director, days, deliver_events):
    hold = held(entity, notify_customer=False, notify_partner=False)
    deliver_events()

    assert days(23, 25) == []
    assert days(26, 26) == [26]  # three days for a technical matter
    hold.refresh_from_db()
    assert (hold.escalation_level, hold.escalation_date) == ("manager", date(2026, 11, 29))
    assert tasks() == [(manager, "high", "open")]
    assert InternalTask.objects.get().about == ref_to(hold.order)

    assert days(27, 45) == [29, 32]
    hold.refresh_from_db()
    assert hold.escalation_level == "urgent"
    assert tasks() == [(director, "critical", "open")]


def test_an_expected_day_that_passes_is_the_day_on_which_it_rises(entity, manager, days):
    held(entity, hold_reason_category="permits_pending", estimated_resume_date=date(2026, 11, 25), notify_customer=False)

    assert days(23, 26) == [25]


def test_the_customer_hears_each_week_in_their_language(entity, days, deliver_events):
    hold = held(entity, hold_reason_category="permits_pending", estimated_resume_date=date(2026, 12, 4))
    contact = hold.order.primary_contact
    contact.language = "en"
    contact.save()
    deliver_events()

    assert days(24, 39) == [30, 34, 37]  # the 34th is 4 December, when it should have gone on
    number = hold.order.order_number
    assert letters() == [("en", f"Your order {number} is still on hold")] * 2
    first, second = CommunicationMessage.objects.filter(template__template_code="hold_follow_up").order_by("created_at")
    assert "Expected to resume: 4 December 2026" in first.text
    assert "Expected to resume" not in second.text  # a day that has passed promises nothing


def test_who_was_not_told_of_the_hold_hears_nothing_each_week_either(entity, days, deliver_events):
    held(entity, hold_reason_category="permits_pending", notify_customer=False)
    deliver_events()

    assert days(24, 36) == []
    assert letters() == []


def test_when_it_ends_the_task_is_finished_and_nobody_hears_more(entity, manager, boss, days, deliver_events):
    hold = held(entity)
    days(24, 26)

    order_hold_resume(order=Order.objects.get(pk=hold.order_id), resolution_notes="Opgelost", by=boss)
    deliver_events()

    assert tasks() == [(manager, "high", "completed")]
    assert days(27, 40) == []
    assert letters() == []


def test_a_cancelled_order_asks_nobody_any_more(entity, manager, boss, days, deliver_events):
    hold = held(entity, notify_customer=False)
    days(24, 26)

    change_entity_status(entity_type="order", entity_id=hold.order_id, to_status=S.CANCELLED, transition_reason="Klant stopt",
                         business_context={"cancellation_code": "other"}, by=boss)  # fmt: skip
    deliver_events()

    assert tasks() == [(manager, "high", "completed")]


def test_a_missed_day_is_made_up_for_and_no_day_is_done_twice(entity, manager, director, clock, days, deliver_events):
    hold = held(entity)
    deliver_events()
    assert days(24, 24) == []
    clock.move_to(datetime(2026, 12, 2, 12, tzinfo=AMSTERDAM))  # nobody was there for a week

    assert watch_holds() == 4  # three levels and one letter
    deliver_events()
    assert watch_holds() == 0

    hold.refresh_from_db()
    assert (hold.escalation_level, hold.automatic_followup_date) == ("urgent", date(2026, 12, 7))
    assert len(letters()) == 1
    assert tasks() == [(director, "critical", "open")]


def test_of_weeks_that_were_missed_the_customer_hears_once(entity, clock, days, deliver_events):
    hold = held(entity, hold_reason_category="permits_pending")
    deliver_events()
    days(24, 24)
    clock.move_to(datetime(2026, 12, 9, 12, tzinfo=AMSTERDAM))  # nobody was there on 30 November nor on 7 December

    watch_holds()
    deliver_events()

    hold.refresh_from_db()
    assert hold.automatic_followup_date == date(2026, 12, 14)
    assert len(letters()) == 1


def test_a_task_stays_with_whoever_has_it_where_nobody_stands_on_the_next_level(entity, manager, days):
    held(entity, notify_customer=False)
    days(24, 26)
    colleague = user_with(entity=entity)
    edit_task(task=InternalTask.objects.get(), changes={"assigned_to": colleague}, by=None)
    manager.groups.clear()

    assert days(27, 29) == [29]

    assert tasks() == [(colleague, "urgent", "open")]


def test_test_orders_escalate_to_nobody(entity, clock):
    order = create_order(data=order_data(entity), by=None, is_test=True)
    order_hold_create(order=order, hold_reason_category="technical_issue", hold_reason_details="Proef", by=None)
    clock.shift(timedelta(days=30))

    watch_holds()

    assert OrderHold.objects.get().escalation_level == "none"


@pytest.mark.usefixtures("real_commits")
def test_two_clocks_at_once_do_a_day_once():
    with time_machine.travel(datetime(2026, 11, 26, 7, 5, tzinfo=AMSTERDAM), tick=False):
        hold = OrderHoldFactory(escalation_date=date(2026, 11, 26), order__primary_contact=ContactFactory())

        assert sorted(together([watch_holds, watch_holds])) == [0, 1]

    hold.refresh_from_db()
    assert hold.escalation_level == "manager"
    assert ScheduledRun.objects.filter(job="orders.watch_holds").count() == 1
