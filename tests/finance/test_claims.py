"""What the law adds to a claim: worked examples, and what holds of any claim."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.finance.services.claims import collection_costs, trade_interest

RATES = [(date(2024, 7, 1), Decimal("12.25")), (date(2025, 1, 1), Decimal("11.15")), (date(2025, 7, 1), Decimal("10.15"))]
amounts = st.decimals("0.01", "5000000", places=2)


@pytest.mark.parametrize(
    ("principal", "costs"),
    [
        ("0.01", "40.00"),
        ("266.66", "40.00"),
        ("266.70", "40.01"),
        ("724.79", "108.72"),
        ("2500.00", "375.00"),
        ("5000.00", "625.00"),
        ("10000.00", "875.00"),
        ("200000.00", "2775.00"),
        ("1000000.00", "6775.00"),
        ("5000000.00", "6775.00"),
    ],
)
def test_the_costs_follow_the_decree(principal, costs):
    assert collection_costs(Decimal(principal)) == Decimal(costs)


@given(amounts, amounts)
def test_who_owes_more_never_owes_less_in_costs(one, other):
    less, more = sorted((one, other))

    assert Decimal(40) <= collection_costs(less) <= collection_costs(more) <= Decimal(6775)


@pytest.mark.parametrize(
    ("due", "until", "interest"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), "0.00"),
        (date(2026, 1, 1), date(2026, 1, 22), "5.84"),  # 1000 x 10.15% x 21 / 365
        (date(2025, 6, 20), date(2025, 7, 11), "6.11"),  # ten days of 11.15%, eleven of 10.15%
        (date(2025, 7, 1), date(2026, 7, 1), "101.50"),
        (date(2025, 7, 1), date(2027, 7, 1), "213.30"),  # the second year over 1101.50
        (date(2024, 6, 20), date(2024, 7, 1), "0.34"),  # before the first rate none
    ],
)
def test_the_interest_is_that_of_each_day(due, until, interest):
    assert trade_interest(Decimal(1000), due=due, until=until, rates=RATES) == Decimal(interest)


@given(amounts, st.dates(date(2024, 7, 1), date(2026, 12, 31)), st.integers(0, 900))
def test_interest_grows_with_every_day_and_never_shrinks(principal, due, days):
    today = due + timedelta(days=days)

    now = trade_interest(principal, due=due, until=today, rates=RATES)
    tomorrow = trade_interest(principal, due=due, until=today + timedelta(days=1), rates=RATES)

    assert Decimal(0) <= now <= tomorrow
    assert tomorrow <= principal * Decimal("0.1225") * Decimal("1.1225") ** 3 * (days + 1) / 365 + Decimal("0.01")
