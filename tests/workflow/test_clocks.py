"""The clocks as rows: begun, paused and continued with each change, flagged when late, recomputed with their policy."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.consistency import Snapshot
from apps.core.records import ref_to
from apps.events.models import OutboxEvent
from apps.workflow import queries, services
from apps.workflow.calendars import ROUND_THE_CLOCK
from apps.workflow.checks.clocks import clocks
from apps.workflow.choices import TaskStatus as S
from apps.workflow.events import SlaStageReached
from apps.workflow.machines import arrows_from
from apps.workflow.models import EntityCurrentStatus, InternalTask
from apps.workflow.services.stages import advance
from apps.workflow.sla import Step, visit_of
from apps.workflow.tasks import process_sla_monitoring
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import StatusPolicyFactory
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def in_progress(clock, task):
    """A task that was begun on Monday at nine, in a status with an SLA of eight hours."""
    policy = StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8)
    services.change_status(task, S.IN_PROGRESS, by=None)
    return Running(task, policy, clock)


class Running:
    """A task under way and the clock on the wall."""

    def __init__(self, task, policy, clock):
        self.key, self.policy, self.clock = task.pk, policy, clock

    @property
    def task(self):
        return InternalTask.objects.get(pk=self.key)

    def go(self, status, *, after=timedelta()):
        self.clock.shift(after)
        services.change_status(self.task, status, by=None)
        return self.standing

    @property
    def standing(self):
        """(status, since, deadline, overdue), moments in hours after Monday nine o'clock."""
        row = queries.current_status(ref_to(self.task))
        deadline = row.sla_deadline and (row.sla_deadline - MONDAY) / HOUR
        return (row.current_status, (row.status_since - MONDAY) / HOUR, deadline, row.is_overdue)


def test_arrival_sets_the_deadline(in_progress):
    assert in_progress.standing == ("in_progress", 0, 8, False)


def test_a_status_without_an_sla_has_no_deadline(clock, task):
    assert queries.current_status(ref_to(task)).sla_deadline is None


def test_a_pause_stops_the_clock_and_return_goes_on_with_it(in_progress):
    assert in_progress.go(S.WAITING, after=2 * HOUR) == ("waiting", 2, None, False)
    assert in_progress.go(S.IN_PROGRESS, after=40 * HOUR) == ("in_progress", 0, 48, False)


def test_each_pause_of_a_visit_moves_the_deadline(in_progress):
    in_progress.go(S.WAITING, after=1 * HOUR)
    in_progress.go(S.IN_PROGRESS, after=2 * HOUR)
    in_progress.go(S.WAITING, after=1 * HOUR)

    assert in_progress.go(S.IN_PROGRESS, after=3 * HOUR) == ("in_progress", 0, 13, False)


def test_another_status_after_a_pause_begins_anew(in_progress):
    StatusPolicyFactory(status=S.COMPLETED, sla_hours=4)
    in_progress.go(S.WAITING, after=1 * HOUR)

    assert in_progress.go(S.COMPLETED, after=1 * HOUR) == ("completed", 2, 6, False)


def test_being_late_is_kept_while_held_and_after(in_progress):
    in_progress.clock.shift(9 * HOUR)
    assert services.process_deadlines(MONDAY + 9 * HOUR) == 1

    assert in_progress.go(S.WAITING) == ("waiting", 9, None, True)
    assert in_progress.go(S.IN_PROGRESS, after=1 * HOUR) == ("in_progress", 0, 9, True)


def test_a_hold_after_the_deadline_is_late_also_before_the_monitoring_saw_it(in_progress):
    assert in_progress.go(S.WAITING, after=9 * HOUR) == ("waiting", 9, None, True)


def test_a_new_status_is_not_late(in_progress):
    assert in_progress.go(S.COMPLETED, after=9 * HOUR) == ("completed", 9, None, False)


def test_the_log_says_how_the_clock_stood_that_was_left(in_progress):
    in_progress.go(S.COMPLETED, after=9 * HOUR)

    step = queries.history(ref_to(in_progress.task)).last()
    assert (step.left_since, step.left_deadline, step.left_overdue) == (MONDAY, MONDAY + 8 * HOUR, True)
    assert (step.status_since, step.sla_deadline) == (MONDAY + 9 * HOUR, None)


# Monitoring


def test_monitoring_flags_what_is_late_and_nothing_else(in_progress, clock):
    clock.shift(8 * HOUR)
    process_sla_monitoring()
    assert in_progress.standing == ("in_progress", 0, 8, False)
    clock.shift(HOUR)

    process_sla_monitoring()

    assert in_progress.standing == ("in_progress", 0, 8, True)
    assert services.process_deadlines(MONDAY + 9 * HOUR) == 0
    assert EntityCurrentStatus.objects.filter(is_overdue=True).count() == 1


def told():
    """(stage, since, deadline), moments in hours after Monday nine o'clock, of every stage that was told."""
    events = OutboxEvent.objects.filter(name=SlaStageReached.name).order_by("occurred_at", "id")
    said = [SlaStageReached.from_payload(event.payload) for event in events]
    return [(each.stage, (each.since - MONDAY) / HOUR, (each.deadline - MONDAY) / HOUR) for each in said]


def test_each_stage_is_told_once_and_only_after_its_moment(in_progress, clock):
    moved = []
    for hour in range(36):
        clock.move_to(MONDAY + hour * HOUR + timedelta(minutes=1))
        moved.append(process_sla_monitoring() + process_sla_monitoring())

    assert [hour for hour, count in enumerate(moved) if count] == [6, 8, 32]
    assert told() == [("reminder_75", 0, 8), ("breached", 0, 8), ("escalated", 0, 8)]  # at 7:12 it looked at 7:01


def test_after_an_outage_only_the_furthest_stage_is_told(in_progress, clock):
    clock.shift(50 * HOUR)

    assert process_sla_monitoring() == 1

    assert told() == [("escalated", 0, 8)]
    assert in_progress.standing == ("in_progress", 0, 8, True)


def test_a_stage_told_before_a_hold_is_not_told_again_after_it(in_progress, clock):
    clock.shift(6.5 * HOUR)
    process_sla_monitoring()
    in_progress.go(S.WAITING)
    clock.shift(100 * HOUR)
    assert process_sla_monitoring() == 0

    in_progress.go(S.IN_PROGRESS)
    assert process_sla_monitoring() == 0
    clock.shift(1 * HOUR)
    process_sla_monitoring()

    assert told() == [("reminder_75", 0, 8), ("warning_90", 0, 108)]


def test_what_a_wider_policy_moves_ahead_is_told_again(in_progress, clock):
    clock.shift(9 * HOUR)
    process_sla_monitoring()

    changed(in_progress.policy, sla_hours=16)
    assert process_sla_monitoring() == 0
    clock.shift(8 * HOUR)
    process_sla_monitoring()

    assert told() == [("breached", 0, 8), ("breached", 0, 16)]


def test_monitoring_takes_many_in_batches(clock, planner):
    StatusPolicyFactory(status=S.OPEN, sla_hours=1)
    for number in range(5):
        services.create_task(title=f"Taak {number}")
    clock.shift(2 * HOUR)

    first = advance(EntityCurrentStatus.objects.all(), MONDAY + 2 * HOUR, limit=2)

    assert [(row.stage, row.is_overdue, row.next_stage_at) for row in first] == [(3, True, MONDAY + 25 * HOUR)] * 2
    assert process_sla_monitoring() == 3


def test_what_is_late_is_listed_before_it_is_flagged(in_progress, planner):
    assert list(queries.overdue(by=planner, now=MONDAY + 8 * HOUR)) == []
    assert [row.entity_id for row in queries.overdue(by=planner, now=MONDAY + 9 * HOUR)] == [in_progress.key]


def test_what_is_not_theirs_is_not_listed(in_progress, colleague):
    assert list(queries.overdue(by=colleague, now=MONDAY + 9 * HOUR)) == []


# A changed policy


def changed(policy, **fields):
    for name, value in fields.items():
        setattr(policy, name, value)
    return services.save_policy(policy, by=None)


def test_a_changed_policy_moves_a_running_clock(in_progress):
    changed(in_progress.policy, sla_hours=16)

    assert in_progress.standing == ("in_progress", 0, 16, False)


def test_a_tighter_policy_makes_late_and_a_wider_one_forgives(in_progress):
    in_progress.clock.shift(5 * HOUR)

    changed(in_progress.policy, sla_hours=4)
    assert in_progress.standing == ("in_progress", 0, 4, True)
    changed(in_progress.policy, sla_hours=6)
    assert in_progress.standing == ("in_progress", 0, 6, False)
    changed(in_progress.policy, sla_hours=None)
    assert in_progress.standing == ("in_progress", 0, None, False)


def test_the_time_held_survives_a_policy_that_changes_in_a_second_hold(in_progress):
    in_progress.go(S.WAITING, after=2 * HOUR)
    in_progress.go(S.IN_PROGRESS, after=3 * HOUR)
    in_progress.go(S.WAITING, after=1 * HOUR)
    in_progress.clock.shift(1 * HOUR)

    changed(in_progress.policy, sla_hours=16)

    assert in_progress.standing == ("waiting", 6, None, False)
    assert in_progress.go(S.IN_PROGRESS, after=1 * HOUR) == ("in_progress", 0, 21, False)


def test_a_paused_clock_is_late_or_not_by_the_new_hours(in_progress):
    in_progress.go(S.WAITING, after=9 * HOUR)

    changed(in_progress.policy, sla_hours=10)
    assert in_progress.standing == ("waiting", 9, None, False)
    changed(in_progress.policy, sla_hours=8)
    assert in_progress.standing == ("waiting", 9, None, True)


def test_a_policy_leaves_the_clocks_of_other_statuses_alone(in_progress):
    in_progress.go(S.COMPLETED, after=1 * HOUR)

    changed(in_progress.policy, sla_hours=1)

    assert in_progress.standing == ("completed", 1, None, False)


def test_the_group_s_policy_leaves_an_entity_with_its_own_alone(clock, planner):
    entity = BusinessEntityFactory()
    group = StatusPolicyFactory(status=S.OPEN, sla_hours=8)
    own = StatusPolicyFactory(status=S.OPEN, sla_hours=2, business_entity=entity)
    tasks = [services.create_task(title="Groep"), services.create_task(title="Eigen", business_entity=entity)]

    def deadlines():
        return [(queries.current_status(ref_to(task)).sla_deadline - MONDAY) / HOUR for task in tasks]

    assert deadlines() == [8, 2]
    changed(group, sla_hours=24)
    assert deadlines() == [24, 2]
    changed(own, sla_hours=4)
    assert deadlines() == [24, 4]


# Whatever happens, the tables say what the log says

moves = st.lists(
    st.tuples(
        st.sampled_from([S.IN_PROGRESS, S.WAITING, S.COMPLETED, S.CANCELLED, "monitor", "policy"]),
        st.integers(min_value=0, max_value=30),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_the_tables_always_say_what_the_log_says(planner, walk):
    with transaction.atomic(), time_machine.travel(MONDAY, tick=False) as clock:
        policy = StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8)
        key = services.create_task(title="Wandeling", assigned_to=planner).pk
        for move, later in walk:
            clock.shift(later * HOUR)
            task = InternalTask.objects.get(pk=key)
            if move == "monitor":
                process_sla_monitoring()
            elif move == "policy":
                changed(policy, sla_hours=later)
            elif move in {arrow.target for arrow in arrows_from(task)}:
                services.change_status(task, move, by=None)
            assert_tables_agree(InternalTask.objects.get(pk=key), policy)
        transaction.set_rollback(True)


def assert_tables_agree(task, policy):
    log = list(queries.history(ref_to(task)))
    row = queries.current_status(ref_to(task))
    steps = (Step(at=step.occurred_at, to_status=step.to_status) for step in log)
    visit = visit_of(steps, paused_in=task.paused_in, calendar=ROUND_THE_CLOCK)
    moments = visit.moments(policy.sla_hours if visit.status == S.IN_PROGRESS else None, ROUND_THE_CLOCK)
    running = None if visit.paused_at else moments
    assert [step.sequence for step in log] == list(range(1, len(log) + 1))
    assert [step.from_status for step in log] == [None, *(step.to_status for step in log[:-1])]
    assert task.status == row.current_status == log[-1].to_status
    assert row.status_since == (visit.paused_at or visit.since)
    assert row.sla_deadline == (running and running.deadline)
    assert row.next_stage_at == (running and running.after(row.stage))
    passed = moments.stage(visit.paused_at or time_now()) if moments else 0
    assert row.stage <= passed
    assert not row.is_overdue or passed >= 3
    assert list(clocks(Snapshot(connection.connection))) == []  # nor does the check, which works it out by SQL


def time_now():
    return datetime.now(tz=UTC)
