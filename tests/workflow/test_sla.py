"""The clock belongs to one visit of a status; a pause stops it, return goes on with it, another status begins a new one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.workflow.choices import Severity
from apps.workflow.sla import (
    Step,
    Visit,
    add_working_time,
    follow,
    is_past,
    severity,
    visit_of,
    working_time_between,
)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PAUSED_IN = frozenset({"on_hold", "parked"})
STATUSES = ("planning", "scheduled", "on_hold", "parked")

hours = st.integers(min_value=0, max_value=2000)
pauses = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=90))
walks = st.lists(st.tuples(st.sampled_from(STATUSES), pauses), max_size=30)


def at(hour, *, day=0):
    return MONDAY.replace(hour=hour) + timedelta(days=day)


def steps_of(walk):
    """Steps at rising moments, from (status, how long after the one before)."""
    moment = MONDAY
    steps = []
    for status, later in walk:
        moment += later
        steps.append(Step(at=moment, to_status=status))
    return steps


def visit_after(*steps):
    return visit_of([Step(at=moment, to_status=status) for moment, status in steps], paused_in=PAUSED_IN)


def test_a_clock_begins_with_the_visit():
    visit = visit_after((at(9), "planning"))

    assert visit == Visit(status="planning", since=at(9))
    assert visit.deadline(8) == at(17)


def test_without_an_sla_there_is_no_deadline():
    visit = visit_after((at(9), "planning"))

    assert visit.deadline(None) is None
    assert visit.is_overdue(None, at(9, day=300)) is False


def test_a_hold_moves_the_deadline_by_the_time_held():
    visit = visit_after((at(9), "planning"), (at(11), "on_hold"), (at(14), "planning"))

    assert visit == Visit(status="planning", since=at(9), held=timedelta(hours=3))
    assert visit.deadline(8) == at(20)


def test_every_hold_of_a_visit_counts():
    visit = visit_after((at(9), "planning"), (at(10), "on_hold"), (at(11), "planning"), (at(12), "on_hold"), (at(14), "planning"))

    assert visit.held == timedelta(hours=3)


def test_another_status_after_a_hold_begins_anew():
    visit = visit_after((at(9), "planning"), (at(10), "on_hold"), (at(11), "scheduled"))

    assert visit == Visit(status="scheduled", since=at(11))


def test_a_detour_through_another_status_begins_anew():
    visit = visit_after((at(9), "planning"), (at(10), "on_hold"), (at(11), "scheduled"), (at(12), "planning"))

    assert visit == Visit(status="planning", since=at(12))


def test_from_one_pause_to_another_the_clock_stays_paused():
    visit = visit_after((at(9), "planning"), (at(10), "on_hold"), (at(12), "parked"), (at(15), "planning"))

    assert visit == Visit(status="planning", since=at(9), held=timedelta(hours=5))


def test_a_record_that_was_made_on_hold_has_no_clock_yet():
    assert visit_after((at(9), "on_hold")) is None
    assert visit_after((at(9), "on_hold"), (at(10), "planning")) == Visit(status="planning", since=at(10))


def test_the_time_held_survives_a_policy_that_changes_in_the_second_hold():
    """From 8 hours to 16 in the middle of a hold: what was held before and after counts, by the new hours."""
    visit = visit_after(
        (at(9), "planning"),
        (at(17), "on_hold"),
        (at(9, day=1), "planning"),
        (at(10, day=1), "on_hold"),
        (at(12, day=1), "planning"),
    )

    assert visit.held == timedelta(hours=18)
    assert visit.deadline(8) == at(11, day=1)
    assert visit.deadline(16) == at(19, day=1)


def test_while_it_is_paused_a_record_does_not_become_late():
    visit = visit_after((at(9), "planning"), (at(16), "on_hold"))

    assert visit.is_overdue(8, at(9, day=30)) is False


def test_a_record_that_was_late_stays_late_on_hold():
    visit = visit_after((at(9), "planning"), (at(18), "on_hold"))

    assert visit.is_overdue(8, at(9, day=30)) is True


@pytest.mark.parametrize(("minutes", "late"), [(-1, False), (0, False), (1, True)])
def test_a_deadline_is_past_only_after_it(minutes, late):
    assert is_past(at(17), at(17) + timedelta(minutes=minutes)) is late


@pytest.mark.parametrize(
    ("late_by", "expected"),
    [
        (timedelta(minutes=1), Severity.INFO),
        (timedelta(hours=24), Severity.INFO),
        (timedelta(hours=24, seconds=1), Severity.WARNING),
        (timedelta(hours=72), Severity.WARNING),
        (timedelta(hours=72, seconds=1), Severity.CRITICAL),
    ],
)
def test_severity_grows_with_the_delay(late_by, expected):
    assert severity(MONDAY, MONDAY + late_by) == expected


@pytest.mark.parametrize(
    ("day", "what"),
    [(datetime(2026, 3, 28, 20, 0, tzinfo=UTC), "spring"), (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), "autumn")],
)
def test_an_hour_is_an_hour_when_the_clocks_change(day, what):
    visit = Visit(status="planning", since=day)

    assert visit.deadline(24) - day == timedelta(hours=24)


@given(pauses, pauses)
def test_working_time_adds_up(first, second):
    assert add_working_time(add_working_time(MONDAY, first), second) == add_working_time(MONDAY, first + second)
    assert working_time_between(MONDAY, add_working_time(MONDAY, first)) == first


@given(pauses)
def test_time_never_runs_backwards(amount):
    assert working_time_between(MONDAY + amount, MONDAY) == timedelta()


@given(walks)
def test_step_by_step_is_the_whole_log(walk):
    """What the engine keeps with every change is what the log says."""
    steps = steps_of(walk)
    kept = None
    for step in steps:
        kept = follow(kept, step, paused_in=PAUSED_IN)

    assert kept == visit_of(steps, paused_in=PAUSED_IN)


@given(walks, hours)
def test_a_pause_and_return_shift_the_deadline_by_exactly_that_pause(walk, sla_hours):
    steps = steps_of([*walk, ("planning", timedelta(hours=1))])
    before = visit_of(steps, paused_in=PAUSED_IN)
    held_at, back_at = steps[-1].at + timedelta(hours=2), steps[-1].at + timedelta(hours=7)
    held = [Step(at=held_at, to_status="on_hold"), Step(at=back_at, to_status="planning")]

    after = visit_of([*steps, *held], paused_in=PAUSED_IN)

    assert after.since == before.since
    assert after.deadline(sla_hours) - before.deadline(sla_hours) == timedelta(hours=5)


@given(walks, hours)
def test_a_hold_neither_makes_late_nor_forgives(walk, sla_hours):
    steps = steps_of([*walk, ("planning", timedelta(hours=1))])
    moment = steps[-1].at + timedelta(hours=3)
    before = visit_of(steps, paused_in=PAUSED_IN)
    back = moment + timedelta(days=40)

    held = follow(before, Step(at=moment, to_status="on_hold"), paused_in=PAUSED_IN)
    after = follow(held, Step(at=back, to_status="planning"), paused_in=PAUSED_IN)

    late = before.is_overdue(sla_hours, moment)
    assert held.is_overdue(sla_hours, back) is late
    assert after.is_overdue(sla_hours, back) is late


@given(walks)
def test_a_visit_begins_at_its_own_first_step_and_is_held_no_longer_than_it_lasts(walk):
    steps = steps_of(walk)
    visit = visit_of(steps, paused_in=PAUSED_IN)
    if visit is None:
        return

    assert Step(at=visit.since, to_status=visit.status) in steps
    assert visit.held <= steps[-1].at - visit.since
    assert (visit.paused_at is not None) is (steps[-1].to_status in PAUSED_IN)
