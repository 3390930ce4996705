"""Days are lived in Amsterdam and stored in UTC, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import clock


def test_the_last_half_hour_of_a_utc_year_is_next_year_in_amsterdam():
    assert clock.local_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24), (date(2028, 2, 29), 24)]
)
def test_a_day_has_the_hours_that_its_clocks_give_it(day, hours):
    start, end = clock.day_bounds(day)

    assert end - start == timedelta(hours=hours)


@given(day=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_days_tile_time_without_hole_or_overlap(day):
    start, end = clock.day_bounds(day)

    assert clock.local_day(start) == day
    assert clock.local_day(end - timedelta(microseconds=1)) == day
    assert clock.day_bounds(day + timedelta(days=1))[0] == end
