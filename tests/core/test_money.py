"""Money is rounded half up, once, and a document's parts add up to its total."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import money

AMOUNTS = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
RATES = st.sampled_from([Decimal("0.21"), Decimal("0.09"), Decimal(0)])


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.125", "0.13"), ("0.135", "0.14"), ("1.005", "1.01"), ("-0.125", "-0.13"), ("2.344", "2.34")],
)
def test_half_a_cent_goes_away_from_zero(amount, rounded):
    assert money.round_cents(Decimal(amount)) == Decimal(rounded)


def test_vat_is_rounded_per_rate_and_not_per_line():
    ten_small_lines = [(Decimal("0.03"), Decimal("0.21"))] * 10

    totals = money.totals(ten_small_lines)

    assert (totals.excl_vat, totals.vat, totals.incl_vat) == (Decimal("0.30"), Decimal("0.06"), Decimal("0.36"))


def test_rates_stand_apart_from_high_to_low():
    totals = money.totals([(Decimal(100), Decimal("0.09")), (Decimal(599), Decimal("0.21")), (Decimal(1), Decimal("0.09"))])

    assert totals.per_rate == (
        money.VatGroup(rate=Decimal("0.21"), taxable=Decimal(599), vat=Decimal("125.79")),
        money.VatGroup(rate=Decimal("0.09"), taxable=Decimal(101), vat=Decimal("9.09")),
    )


def test_nothing_costs_nothing():
    assert money.totals([]).incl_vat == Decimal("0.00")


@given(lines=st.lists(st.tuples(AMOUNTS, RATES), max_size=40))
def test_a_total_is_the_sum_of_its_parts(lines):
    totals = money.totals(lines)

    assert totals.excl_vat == sum((amount for amount, _ in lines), Decimal(0))
    assert totals.incl_vat == totals.excl_vat + sum((group.vat for group in totals.per_rate), Decimal(0))


@given(lines=st.lists(st.tuples(AMOUNTS, RATES), max_size=40))
def test_vat_is_within_half_a_cent_of_the_exact_amount_per_rate(lines):
    for group in money.totals(lines).per_rate:
        assert abs(group.vat - group.taxable * group.rate) <= Decimal("0.005")


@given(lines=st.lists(st.tuples(AMOUNTS, RATES), max_size=20), data=st.data())
def test_the_order_of_lines_does_not_matter(lines, data):
    assert money.totals(data.draw(st.permutations(lines))) == money.totals(lines)
