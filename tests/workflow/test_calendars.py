"""Working time: hours of the week, breaks, closed days and the nights in which the clocks change."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.core.clock import AMSTERDAM, day_bounds, local
from apps.workflow.calendars import ROUND_THE_CLOCK, BusinessHours, Hours, opening

NINE_TO_FIVE = (Hours(9 * 60, 17 * 60),)
WITH_LUNCH = (Hours(9 * 60, 12 * 60 + 30), Hours(13 * 60, 17 * 60))
ALL_DAY = (Hours(0, 24 * 60),)
CLOSED = ()
OFFICE = BusinessHours(week=(*[NINE_TO_FIVE] * 5, CLOSED, CLOSED))
HOUR = timedelta(hours=1)


def on(month, day, hour, minute=0, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (on(11, 23, 9), 8, on(11, 23, 17)),  # Monday to its evening, not to the next morning
        (on(11, 23, 9), 9, on(11, 24, 10)),
        (on(11, 23, 17), 1, on(11, 24, 10)),
        (on(11, 27, 16), 2, on(11, 30, 10)),  # over the weekend
        (on(11, 28, 12), 1, on(11, 30, 10)),  # from within it
        (on(11, 28, 12), 0, on(11, 28, 12)),
        (on(12, 31, 16), 2, on(1, 1, 10, year=2027)),  # Thursday to Friday over the year's end
        (on(2, 28, 16, year=2028), 9, on(2, 29, 17, year=2028)),
    ],
)
def test_working_time_is_counted_in_opening_hours(start, amount, end):
    assert OFFICE.add(start, amount * HOUR) == end
    assert OFFICE.between(start, end) == amount * HOUR


def test_a_break_does_not_count():
    with_lunch = BusinessHours(week=[WITH_LUNCH] * 7)

    assert with_lunch.add(on(11, 23, 9), 4 * HOUR) == on(11, 23, 13, 30)
    assert with_lunch.between(on(11, 23, 12), on(11, 23, 14)) == HOUR * 3 / 2


def test_a_day_of_its_own_stands_above_a_holiday_and_the_week():
    calendar = BusinessHours(
        week=OFFICE.week,
        holidays=lambda year: frozenset({date(year, 12, 25), date(year, 12, 24)}),
        exceptions={date(2026, 12, 24): (Hours(600, 660),), date(2026, 12, 28): CLOSED, date(2026, 12, 26): (Hours(600, 660),)},
    )

    open_days = [day for day in range(22, 31) if calendar.opening_of(date(2026, 12, day))]

    assert open_days == [22, 23, 24, 26, 29, 30]
    assert calendar.between(on(12, 24, 0), on(12, 29, 0)) == 2 * HOUR


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (on(11, 23, 9), on(11, 23, 9)),
        (on(11, 23, 12), on(11, 23, 12)),
        (on(11, 23, 17), on(11, 24, 9)),
        (on(11, 28, 0), on(11, 30, 9)),
        (on(12, 31, 20), on(1, 1, 9, year=2027)),
    ],
)
def test_people_are_at_work_in_the_opening_hours(moment, expected):
    assert OFFICE.at_work(moment) == expected
    assert ROUND_THE_CLOCK.at_work(moment) == moment


@pytest.mark.parametrize(
    ("day", "hours", "worked"),
    [
        (date(2026, 3, 29), ALL_DAY, 23),
        (date(2026, 10, 25), ALL_DAY, 25),
        (date(2026, 3, 29), (Hours(120, 180),), 0),  # the hour that is not there
        (date(2026, 3, 29), (Hours(60, 150), Hours(180, 240)), 2),
        (date(2026, 10, 25), (Hours(120, 180),), 2),  # the hour that is there twice
    ],
)
def test_a_night_in_which_the_clocks_change_has_the_hours_that_were_there(day, hours, worked):
    calendar = BusinessHours(week=[ALL_DAY] * 7, exceptions={day: hours})

    assert calendar.between(*day_bounds(day)) == worked * HOUR


def test_hours_that_touch_are_one_and_hours_that_overlap_are_none():
    assert opening([Hours(720, 1020), Hours(540, 720)]) == NINE_TO_FIVE
    with pytest.raises(ValueError, match="overlap"):
        opening([Hours(540, 720), Hours(700, 1020)])


@pytest.mark.parametrize(("opens", "closes"), [(540, 540), (600, 540), (-1, 60), (0, 1441)])
def test_hours_lie_within_a_day(opens, closes):
    with pytest.raises(ValueError, match="no part of a day"):
        Hours(opens, closes)


def test_a_week_without_work_is_no_calendar():
    with pytest.raises(ValueError, match="less than an hour"):
        BusinessHours(week=[CLOSED] * 7)


quarters = st.integers(min_value=0, max_value=95).map(lambda quarter: quarter * 15)
days = st.lists(st.tuples(quarters, quarters), max_size=3).map(
    lambda pairs: opening(_apart(Hours(min(pair), max(pair) + 15) for pair in pairs))
)
weeks = st.lists(days, min_size=7, max_size=7).filter(
    lambda week: any(each.closes - each.opens >= 60 for day in week for each in day)
)
# Around both DST nights, the year's end and the leap day.
edges = st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31), date(2028, 2, 29), date(2027, 5, 5)])
moments = st.builds(lambda day, away: day_bounds(day)[0] + away, edges,
                    st.timedeltas(min_value=timedelta(days=-4), max_value=timedelta(days=4)))  # fmt: skip
amounts = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=9))
shut = st.frozensets(st.builds(lambda day, away: day + timedelta(days=away), edges, st.integers(-5, 5)), max_size=6)
calendars = st.builds(
    lambda week, closed, others: BusinessHours(week=week, holidays=lambda _year: closed, exceptions=others),
    weeks, shut, st.dictionaries(st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)]), days),
)  # fmt: skip


def _apart(hours):
    kept = []
    for each in sorted(hours):
        if not kept or kept[-1].closes <= each.opens:
            kept.append(each)
    return kept


# Hours that begin, end and lie within the hour that comes twice in autumn and not at all in spring.
NIGHT_SHIFTS = BusinessHours(week=[(Hours(0, 130), Hours(135, 140), Hours(150, 300))] * 7)


@settings(max_examples=60, deadline=None)
@given(calendars | st.just(ROUND_THE_CLOCK), moments, amounts, amounts)
@example(OFFICE, on(11, 23, 9), 8 * HOUR, 0 * HOUR)
def test_working_time_adds_up(calendar, start, first, second):
    once = calendar.add(start, first)

    assert calendar.add(once, second) == calendar.add(start, first + second)
    assert calendar.between(start, once) == first
    assert once >= start


@settings(max_examples=60, deadline=None)
@given(calendars, moments, moments)
@example(NIGHT_SHIFTS, day_bounds(date(2026, 10, 25))[0], day_bounds(date(2026, 10, 25))[1])
@example(NIGHT_SHIFTS, day_bounds(date(2026, 3, 29))[0], day_bounds(date(2026, 3, 29))[1])
def test_working_time_is_what_each_hour_brought(calendar, one, other):
    """Counted minute by minute from the wall clock, by a loop that shares nothing with the calendar."""
    start, end = (moment.replace(second=0, microsecond=0) for moment in sorted([one, other]))
    end = min(end, start + timedelta(days=2))

    minutes = int((end - start) / timedelta(minutes=1))
    counted = sum(_is_open(calendar, start + timedelta(minutes=minute)) for minute in range(minutes))

    assert calendar.between(start, end) == timedelta(minutes=counted)
    assert calendar.between(end, start) == timedelta()


def _is_open(calendar, moment):
    wall = local(moment)
    minute = wall.hour * 60 + wall.minute
    return any(each.opens <= minute < each.closes for each in calendar.opening_of(wall.date()))
