"""What the law adds to a claim that is not paid in time: the costs of collecting it, and the interest between businesses."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from apps.core.money import ZERO, round_cents

# Art. 2 Besluit vergoeding voor buitengerechtelijke incassokosten: of the first 2,500 EUR 15%, and so on.
TIERS = (
    (Decimal(2_500), Decimal("0.15")),
    (Decimal(2_500), Decimal("0.10")),
    (Decimal(5_000), Decimal("0.05")),
    (Decimal(190_000), Decimal("0.01")),
    (Decimal("Infinity"), Decimal("0.005")),
)
LEAST_COSTS, MOST_COSTS = Decimal("40.00"), Decimal("6775.00")
DAYS_OF_A_YEAR = 365

Rates = Sequence[tuple[date, Decimal]]


def collection_costs(principal: Decimal) -> Decimal:
    """The most that may be asked for collecting so much, in EUR; without VAT, which our companies reclaim.

    Several claims on one debtor that are collected together count as their sum (art. 2 of the same decree).
    """
    left, costs = principal, ZERO
    for width, rate in TIERS:
        part = min(left, width)
        costs += part * rate
        left -= part
    return min(max(round_cents(costs), LEAST_COSTS), MOST_COSTS)


def trade_interest(principal: Decimal, *, due: date, until: date, rates: Rates) -> Decimal:
    """The statutory interest between businesses in EUR, from the day after `due` up to and including `until`.

    It is simple within a year, and after each whole year what has grown bears interest too (art. 6:119a, third paragraph,
    BW). `rates` are (from, percentage a year), the earliest first; a day before the first of them bears none.
    """
    grown, this_year = principal, ZERO
    for start, end, percentage, is_year_full in _stretches(due, until, rates):
        this_year += grown * percentage / 100 * (end - start).days / DAYS_OF_A_YEAR
        if is_year_full:
            grown, this_year = grown + this_year, ZERO
    return round_cents(grown + this_year - principal)


def _stretches(due: date, until: date, rates: Rates) -> Iterator[tuple[date, date, Decimal, bool]]:
    """Spans (after the first day, up to the second) in which one rate holds, and whether a year of the claim ends there."""
    changes = {start - timedelta(days=1) for start, _percentage in rates}
    years = set(_anniversaries(due, until))
    start = due
    for end in sorted({day for day in changes | years if due < day < until} | {until}):
        if end > start:
            yield start, end, _rate_on(start + timedelta(days=1), rates), end in years
        start = end


def _anniversaries(due: date, until: date) -> Iterator[date]:
    for year in range(due.year + 1, until.year + 1):
        try:
            day = due.replace(year=year)
        except ValueError:  # 29 February
            day = date(year, 3, 1)
        if day <= until:
            yield day


def _rate_on(day: date, rates: Rates) -> Decimal:
    return next((percentage for start, percentage in reversed(rates) if start <= day), Decimal(0))
