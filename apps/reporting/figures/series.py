"""Figures along the days of a period, or its months: all of them read at once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from apps.core import clock
from apps.reporting.figures.figure import Figure, Value
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import Ask, read
from apps.reporting.figures.scopes import Scope

MOST_DAYS = 31  # beside each other; what is longer goes by months


def stretches(period: Period) -> list[Period]:
    """A period day by day, a longer one month by month."""
    if period.days <= MOST_DAYS:
        return [Period.day(period.first + timedelta(days=number)) for number in range(period.days)]
    found, first = [], period.first
    while first <= period.last:
        whole = Period.month(first)
        found.append(Period(first, min(whole.last, period.last)))
        first = whole.last + timedelta(days=1)
    return found


def series(figures: Sequence[Figure], scope: Scope, parts: Sequence[Period], *, also: Iterable[Ask] = ()) -> list[list[Value]]:
    """Of each part the value of each figure; `also` is what the rest of the page is going to ask."""
    today = clock.today()
    asks = [ask for figure in figures for part in parts for ask in figure.asks(part, today)]
    answers = read([*asks, *also], scope.entities)
    return [[figure.of(answers, part, today) for figure in figures] for part in parts]
