"""The clock belongs to one visit of a status; a pause stops it, return goes on with it, another status begins a new one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.workflow.calendars import ROUND_THE_CLOCK
from apps.workflow.choices import Severity, Stage
from apps.workflow.sla import Moments, Step, Visit, follow, is_past, severity, stage_moments, visit_of

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
    return visit_of(
        [Step(at=moment, to_status=status) for moment, status in steps], paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK
    )


def deadline(visit, sla_hours):
    moments = visit.moments(sla_hours, ROUND_THE_CLOCK)
    return moments and moments.deadline


def is_late(visit, sla_hours, now):
    """Whether the deadline had passed when the clock last ran."""
    return is_past(deadline(visit, sla_hours), visit.paused_at or now)


def test_a_clock_begins_with_the_visit():
    visit = visit_after((at(9), "planning"))

    assert visit == Visit(status="planning", since=at(9))
    assert deadline(visit, 8) == at(17)


def test_without_an_sla_there_is_no_deadline():
    visit = visit_after((at(9), "planning"))

    assert deadline(visit, None) is None
    assert is_late(visit, None, at(9, day=300)) is False


def test_a_hold_moves_the_deadline_by_the_time_held():
    visit = visit_after((at(9), "planning"), (at(11), "on_hold"), (at(14), "planning"))

    assert visit == Visit(status="planning", since=at(9), held=timedelta(hours=3))
    assert deadline(visit, 8) == at(20)


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
    assert deadline(visit, 8) == at(11, day=1)
    assert deadline(visit, 16) == at(19, day=1)


def test_while_it_is_paused_a_record_does_not_become_late():
    visit = visit_after((at(9), "planning"), (at(16), "on_hold"))

    assert is_late(visit, 8, at(9, day=30)) is False


def test_a_record_that_was_late_stays_late_on_hold():
    visit = visit_after((at(9), "planning"), (at(18), "on_hold"))

    assert is_late(visit, 8, at(9, day=30)) is True


@pytest.mark.parametrize(("minutes", "late"), [(-1, False), (0, False), (1, True)])
def test_a_deadline_is_past_only_after_it(minutes, late):
    assert is_past(at(17), at(17) + timedelta(minutes=minutes)) is late


def test_the_stages_are_three_quarters_nine_tenths_all_and_a_day_later():
    moments = stage_moments(MONDAY, timedelta(hours=8), timedelta(hours=2), ROUND_THE_CLOCK)

    assert moments == Moments(
        reminder_at=at(17),
        warning_at=at(18) + timedelta(minutes=12),
        deadline=at(19),
        escalates_at=at(19, day=1),
    )


@pytest.mark.parametrize(
    ("now", "stage", "then"),
    [
        (at(17), Stage.NONE, at(17)),
        (at(18), Stage.REMINDER_75, at(18) + timedelta(minutes=12)),
        (at(19), Stage.WARNING_90, at(19)),
        (at(20), Stage.BREACHED, at(19, day=1)),
        (at(20, day=1), Stage.ESCALATED, None),
    ],
)
def test_a_stage_is_reached_only_after_its_moment(now, stage, then):
    moments = stage_moments(MONDAY, timedelta(hours=8), timedelta(hours=2), ROUND_THE_CLOCK)

    assert (moments.stage(now), moments.after(stage)) == (stage, then)


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

    assert deadline(visit, 24) - day == timedelta(hours=24)


@given(walks)
def test_step_by_step_is_the_whole_log(walk):
    """What the engine keeps with every change is what the log says."""
    steps = steps_of(walk)
    kept = None
    for step in steps:
        kept = follow(kept, step, paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)

    assert kept == visit_of(steps, paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)


@given(walks, hours)
def test_a_pause_and_return_shift_the_deadline_by_exactly_that_pause(walk, sla_hours):
    steps = steps_of([*walk, ("planning", timedelta(hours=1))])
    before = visit_of(steps, paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)
    held_at, back_at = steps[-1].at + timedelta(hours=2), steps[-1].at + timedelta(hours=7)
    held = [Step(at=held_at, to_status="on_hold"), Step(at=back_at, to_status="planning")]

    after = visit_of([*steps, *held], paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)

    assert after.since == before.since
    assert deadline(after, sla_hours) - deadline(before, sla_hours) == timedelta(hours=5)


@given(walks, hours)
def test_a_hold_neither_makes_late_nor_forgives(walk, sla_hours):
    steps = steps_of([*walk, ("planning", timedelta(hours=1))])
    moment = steps[-1].at + timedelta(hours=3)
    before = visit_of(steps, paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)
    back = moment + timedelta(days=40)

    held = follow(before, Step(at=moment, to_status="on_hold"), paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)
    after = follow(held, Step(at=back, to_status="planning"), paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)

    late = is_late(before, sla_hours, moment)
    assert is_late(held, sla_hours, back) is late
    assert is_late(after, sla_hours, back) is late


@given(walks)
def test_a_visit_begins_at_its_own_first_step_and_is_held_no_longer_than_it_lasts(walk):
    steps = steps_of(walk)
    visit = visit_of(steps, paused_in=PAUSED_IN, calendar=ROUND_THE_CLOCK)
    if visit is None:
        return

    assert Step(at=visit.since, to_status=visit.status) in steps
    assert visit.held <= steps[-1].at - visit.since
    assert (visit.paused_at is not None) is (steps[-1].to_status in PAUSED_IN)
