"""Deadlines of orders in the hours that their company is at work, through holds and changes of what they run by."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.clock import AMSTERDAM
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.orders.services import order_hold_create, order_hold_resume
from apps.workflow import queries, services
from apps.workflow.models import BusinessCalendar, CalendarDay, EntityCurrentStatus, StatusPolicy
from apps.workflow.tasks import process_sla_monitoring
from tests.factories.orders import order_in
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory
from tests.transactions import undone

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, tzinfo=AMSTERDAM)
HOUR = timedelta(hours=1)


def at(day, hour, minute=0):
    """A moment of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=AMSTERDAM)


class Planned:
    """An order in planning since Monday nine o'clock, with eight working hours to leave it, and the clock on the wall."""

    def __init__(self, clock, hours=8):
        self.clock = clock
        order = order_in(S.PLANNING)
        self.key, self.entity = order.pk, order.business_entity
        self.calendar = BusinessCalendarFactory(business_entity=self.entity)
        self.policy = StatusPolicyFactory(entity_type="order", workflow="installation", status=S.PLANNING, sla_hours=hours)
        services.record_creation(order, by=None)

    @property
    def row(self):
        return EntityCurrentStatus.objects.get(entity_id=self.key)

    @property
    def order(self):
        return Order.objects.get(pk=self.key)

    @property
    def due(self):
        return self.row.sla_deadline

    def hold(self, moment):
        self.clock.move_to(moment)
        order_hold_create(order=self.order, hold_reason_category="other", hold_reason_details="Storing", by=None)

    def resume(self, moment):
        self.clock.move_to(moment)
        order_hold_resume(order=self.order, resolution_notes="Verder", by=None)

    def allow(self, hours):
        self.policy.sla_hours = hours
        services.save_policy(self.policy, by=None)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def planned(clock):
    return Planned(clock)


def test_the_time_held_is_the_working_time_held_and_survives_a_new_policy(planned):
    assert planned.due == at(23, 17)

    planned.hold(at(23, 17))
    planned.resume(at(24, 9))
    assert planned.due == at(23, 17)  # no hour of work lay in between

    planned.hold(at(24, 10))
    planned.allow(16)
    assert (planned.due, planned.row.is_overdue) == (None, False)
    planned.resume(at(24, 12))

    assert planned.due == at(25, 11)


def test_a_hold_does_not_wash_an_overdue_order_clean(planned):
    planned.clock.move_to(at(24, 10))
    process_sla_monitoring()

    planned.hold(at(24, 10))
    assert (planned.due, planned.row.is_overdue) == (None, True)
    planned.resume(at(30, 12))

    assert planned.row.is_overdue
    assert planned.due < at(30, 12)
    assert planned.row.stage == 3


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    late=st.integers(1, 40), spans=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=4),
    watched=st.booleans(),
)  # fmt: skip
def test_no_holds_whatever_wash_an_overdue_order_clean(late, spans, watched):
    with undone(), time_machine.travel(MONDAY, tick=False) as clock:
        planned = Planned(clock)
        moment = at(23, 17) + late * HOUR
        clock.move_to(moment)
        if watched:
            process_sla_monitoring()
        for held, back in spans:
            planned.hold(moment)
            assert planned.row.is_overdue
            moment += held * HOUR
            planned.resume(moment)
            assert planned.row.is_overdue
            moment += back * HOUR
            clock.move_to(moment)
            process_sla_monitoring()
            assert planned.row.is_overdue


def test_no_calendar_counts_every_hour(planned):
    services.delete_calendar(planned.calendar, by=None)

    assert planned.due == at(23, 17)
    planned.allow(24)
    assert planned.due == at(24, 9)


def test_a_calendar_sets_the_running_clocks_of_its_company_anew(planned):
    other = order_in(S.PLANNING, business_entity__entity_code="laderthuis")
    services.record_creation(other, by=None)
    planned.allow(12)
    assert planned.due == at(24, 13)

    calendar = BusinessCalendar.objects.get()
    calendar.monday = "09:00-12:30, 13:00-15:00"
    services.save_calendar(calendar, by=None)

    assert planned.due == at(24, 15, 30)
    assert EntityCurrentStatus.objects.get(entity_id=other.pk).sla_deadline == at(23, 21)


def test_a_day_that_becomes_a_holiday_moves_what_runs_and_back(planned):
    planned.allow(12)
    day = CalendarDay(calendar=planned.calendar, day=date(2026, 11, 24), reason="Brugdag")

    services.save_calendar(planned.calendar, days=[day], by=None)
    assert planned.due == at(25, 13)

    services.save_calendar(planned.calendar, removed=[day], by=None)
    assert planned.due == at(24, 13)


def test_a_paused_clock_goes_on_by_the_new_calendar(planned):
    planned.hold(at(23, 11))
    planned.calendar.tuesday = ""
    services.save_calendar(planned.calendar, by=None)
    assert planned.due is None

    planned.resume(at(25, 10))  # Monday 11 to 17 and Wednesday 9 to 10 were held

    assert planned.due == at(25, 16)


def test_a_policy_deleted_while_clocks_run_leaves_them_to_the_group_s_or_to_none(planned):
    own = StatusPolicyFactory(entity_type="order", workflow="installation", status=S.PLANNING, sla_hours=2,
                              business_entity=planned.entity)  # fmt: skip
    services.save_policy(own, by=None)
    planned.clock.move_to(at(23, 12))
    process_sla_monitoring()
    assert (planned.due, planned.row.is_overdue, planned.row.stage) == (at(23, 11), True, 3)

    services.delete_policy(own, by=None)
    assert (planned.due, planned.row.is_overdue, planned.row.stage) == (at(23, 17), False, 0)

    services.delete_policy(planned.policy, by=None)
    assert (planned.due, planned.row.next_stage_at) == (None, None)
    assert StatusPolicy.objects.count() == 0


def test_reminders_and_escalations_wait_until_people_are_at_work(planned):
    planned.allow(32)  # three quarters at Wednesday's closing, nine tenths on Thursday, all at Thursday's closing

    row = planned.row
    assert (row.reminder_at, row.warning_at) == (at(26, 9), at(26, 13, 48))
    assert (row.sla_deadline, row.escalates_at) == (at(26, 17), at(30, 9))  # Friday 17:00 is Monday


@pytest.mark.parametrize(
    ("begins", "hours", "due"),
    [
        (datetime(2026, 12, 24, 16, tzinfo=AMSTERDAM), 2, datetime(2026, 12, 28, 10, tzinfo=AMSTERDAM)),  # Christmas
        (datetime(2026, 12, 31, 16, tzinfo=AMSTERDAM), 2, datetime(2027, 1, 4, 10, tzinfo=AMSTERDAM)),  # New Year's Day
        (datetime(2026, 4, 3, 16, tzinfo=AMSTERDAM), 2, datetime(2026, 4, 7, 10, tzinfo=AMSTERDAM)),  # Easter Monday
        (datetime(2030, 5, 3, 16, tzinfo=AMSTERDAM), 10, datetime(2030, 5, 7, 10, tzinfo=AMSTERDAM)),  # 5 May is a Sunday
        (datetime(2025, 5, 2, 16, tzinfo=AMSTERDAM), 2, datetime(2025, 5, 6, 10, tzinfo=AMSTERDAM)),  # a fifth year
        (datetime(2026, 5, 4, 16, tzinfo=AMSTERDAM), 2, datetime(2026, 5, 5, 10, tzinfo=AMSTERDAM)),  # not a fifth year
        (datetime(2028, 2, 28, 16, tzinfo=AMSTERDAM), 9, datetime(2028, 2, 29, 17, tzinfo=AMSTERDAM)),
        (datetime(2026, 3, 27, 16, tzinfo=AMSTERDAM), 2, datetime(2026, 3, 30, 10, tzinfo=AMSTERDAM)),  # over a DST night
    ],
)
def test_national_holidays_count_no_time(db, begins, hours, due):
    with time_machine.travel(begins, tick=False) as clock:
        assert Planned(clock, hours).due == due


def test_the_same_calendar_is_read_from_its_row_whenever_it_is_asked(planned, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = queries.calendar_of(planned.entity.pk)
    assert queries.calendar_of(planned.entity.pk) is first

    planned.calendar.friday = ""
    services.save_calendar(planned.calendar, by=None)

    assert queries.calendar_of(planned.entity.pk) is not first
