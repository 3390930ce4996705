"""Quiet hours: what waits, and until when, in every night of the year."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.communication.quiet import is_open, next_open
from apps.core.clock import local

BY_DAY = (time(8), time(20))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
HOURS = st.tuples(st.times(), st.times()).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(tuple)


@settings(max_examples=25)
@given(MOMENTS, HOURS)
def test_it_comes_within_the_hours_at_the_first_chance_and_never_before(moment, hours):
    found = next_open(hours, moment)

    assert found >= moment
    assert is_open(hours, found) or local(found).time() >= hours[0]  # an hour that is skipped may swallow short hours
    if not is_open(hours, moment):
        assert found - moment <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-04T06:59:59", "2026-03-04T07:00:00"),
        ("2026-03-04T07:00:00", "2026-03-04T07:00:00"),
        ("2026-03-04T18:59:59", "2026-03-04T18:59:59"),
        ("2026-03-04T19:00:00", "2026-03-05T07:00:00"),
        ("2026-03-28T22:00:00", "2026-03-29T06:00:00"),  # the night that is an hour short
        ("2026-10-24T22:00:00", "2026-10-25T07:00:00"),  # the night that is an hour long
        ("2026-12-31T23:30:00", "2027-01-01T07:00:00"),
    ],
)
def test_from_eight_to_eight_on_an_amsterdam_wall(moment, opens):
    assert next_open(BY_DAY, datetime.fromisoformat(f"{moment}+00:00")) == datetime.fromisoformat(f"{opens}+00:00")


@pytest.mark.parametrize(
    ("begins", "moment", "opens"),
    [
        (time(2, 30), "2026-03-29T00:45:00", "2026-03-29T01:30:00"),  # there is no half past two: it comes after three
        (time(2, 30), "2026-10-24T23:00:00", "2026-10-25T00:30:00"),  # there are two of them: the first
    ],
)
def test_hours_that_begin_while_the_clock_is_moved(begins, moment, opens):
    found = next_open((begins, time(20)), datetime.fromisoformat(f"{moment}+00:00"))

    assert found == datetime.fromisoformat(f"{opens}+00:00")


def test_mail_disturbs_nobody():
    night = datetime(2026, 3, 4, 2, tzinfo=UTC)

    assert next_open(None, night) == night
