from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.errors import Malformed
from apps.reporting.figures import Period, Span
from apps.reporting.figures.asking import period_of

DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2030, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-11-27", "2026-11-27", ("2026-11-26", "2026-11-26")),
        ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31")),
        ("2026-11-01", "2026-11-27", ("2026-10-01", "2026-10-27")),
        ("2026-03-01", "2026-03-30", ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31")),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31")),
        ("2024-02-01", "2024-02-29", ("2024-01-01", "2024-01-31")),
        ("2026-11-23", "2026-11-27", ("2026-11-18", "2026-11-22")),
    ],
)
def test_the_period_before_is_the_same_kind_of_period(first, last, before):
    period = Period(date.fromisoformat(first), date.fromisoformat(last))

    assert period.previous() == Period(*map(date.fromisoformat, before))


def test_a_year_before_the_29th_of_february_is_the_28th():
    assert Period.day(date(2024, 2, 29)).last_year() == Period.day(date(2023, 2, 28))
    assert Period.month(date(2024, 2, 9)).last_year() == Period.month(date(2023, 2, 1))


@given(day=DAYS, days=st.integers(0, 800))
@settings(max_examples=25)
def test_the_period_before_ends_the_day_before_or_in_the_months_before(day, days):
    period = Period(day, day + timedelta(days=days))
    before = period.previous()

    assert before.first <= before.last < period.first
    assert before.last == period.first - timedelta(days=1) or period.first.day == before.first.day == 1


def test_a_day_lasts_as_long_as_the_clocks_of_amsterdam_say():
    spring, autumn = Period.day(date(2026, 3, 29)).moments(), Period.day(date(2026, 10, 25)).moments()

    assert spring == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert autumn == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))


def test_named_periods_end_today():
    on = date(2026, 11, 27)

    assert {str(span): Period.named(span, on=on) for span in Span} == {
        "today": Period(on, on),
        "week": Period(date(2026, 11, 23), on),
        "month": Period(date(2026, 11, 1), on),
        "quarter": Period(date(2026, 10, 1), on),
        "year": Period(date(2026, 1, 1), on),
        "7_days": Period(date(2026, 11, 21), on),
        "30_days": Period(date(2026, 10, 29), on),
    }


@pytest.mark.parametrize(
    ("asked", "pointer", "code", "told"),
    [
        ({"from": "2026-02-01", "to": "2026-01-01"}, "/to", "range_reversed", "2026-02-01"),
        ({"from": "2000-01-01", "to": "2026-01-01"}, "/from", "range_too_long", " 5 "),
        ({"from": "1826-01-01", "to": "2026-01-01"}, "/from", "invalid", "2000"),
        ({"from": "2026-02-30"}, "/from", "invalid", "2000"),
        ({"period": "century"}, "/period", "unknown_period", "quarter"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused_with_its_field_and_limit(asked, pointer, code, told):
    with pytest.raises(Malformed) as refused:
        period_of(asked)

    (field,) = refused.value.fields
    assert (field.pointer, field.code) == (pointer, code)
    assert told in str(field.detail)
