"""What a figure is: one definition, from which every page, report, mail and file takes its value and its rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope as Right
from apps.core import clock
from apps.core.errors import Text
from apps.core.scope import sees_the_whole_group
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import Ask, Measure, Sum, count, read
from apps.reporting.figures.scopes import Scope

Value = int | Decimal | None


class Unit(models.TextChoices):
    NUMBER = "number", _("number")
    EUR = "eur", _("EUR")
    PERCENT = "percent", _("%")
    DAYS = "days", _("days")
    HOURS = "hours", _("hours")


class Good(models.TextChoices):
    """Which way a figure should go."""

    UP = "up", _("more is better")
    DOWN = "down", _("less is better")
    NEITHER = "neither", _("neither")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of the business.

    Attributes:
        name: its name for machines.
        meaning: what exactly is counted, in a sentence.
        right: what its reader must be allowed to: one of our scopes, or a permission.
        measures: what it asks of the totals, in the order in which `work_out` takes the answers.
        rows: the rows that it counts, for a person's eyes.
        is_now: whether it tells how things stand, of which there is no former period.
        column: the column of the rows that adds up to it; empty where the rows are counted or weighed.
        partner_measure: the measure that keeps it per partner; empty where none does.
        is_counted: whether its rows are so few that they are counted when it is asked, without totals; how things stand now.
        of_whole_group: whether its rows belong to no company, so that they are for those who see all of them.
    """

    name: str
    label: Text
    unit: Unit
    meaning: Text
    group: Text
    right: str
    rows: Callable[[Scope, Period], "QuerySet[Any]"]
    measures: tuple[Measure, ...] = ()
    work_out: Callable[..., Value] = count
    good: Good = Good.NEITHER
    is_now: bool = False
    column: str = ""
    partner_measure: str = ""
    is_counted: bool = False
    of_whole_group: bool = False

    def is_for(self, user: Any) -> bool:
        if self.of_whole_group and not sees_the_whole_group(user):
            return False
        if self.right in Right.values:
            return bool(user.has_scope(self.right))
        return bool(user.has_perm(self.right))

    def asks(self, period: Period, today: date) -> list[Ask]:
        return [measure.ask(period, today) for measure in self.measures]

    def of(self, answers: dict[Ask, list[Sum]], period: Period, today: date) -> Value:
        """Its value, from what was read for `asks`."""
        return self.work_out(*(answers[ask] for ask in self.asks(period, today)))

    def value(self, scope: Scope, period: Period) -> Value:
        """None where there is nothing to tell of, such as a share of no steps."""
        if self.is_counted:
            return self.rows(scope, period).count()
        today = clock.today()
        return self.of(read(self.asks(period, today), scope.entities), period, today)

    def rows_url(self, scope: Scope, period: Period) -> str:
        """The page of exactly the rows that it counts."""
        query = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        if len(scope.entities) == 1:
            query["entity"] = str(scope.entities[0])
        return f"{reverse('figure-rows', args=[self.name])}?{urlencode(query)}"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A figure's value in a period, beside that of the period before and of a year before."""

    figure: Figure
    period: Period
    value: Value
    previous: Value
    last_year: Value
    url: str

    @property
    def change(self) -> Decimal | None:
        """In percent of the period before; of a share in points. None where there is nothing to compare with."""
        return change(self.value, self.previous, unit=self.figure.unit)


def change(value: Value, before: Value, *, unit: Unit) -> Decimal | None:
    if value is None or before is None:
        return None
    if unit == Unit.PERCENT:
        return Decimal(value) - Decimal(before)
    if not before:
        return None
    return (100 * (Decimal(value) - Decimal(before)) / abs(Decimal(before))).quantize(Decimal("0.1"))


def readings(figures: Iterable[Figure], scope: Scope, period: Period, *, also: Iterable[Ask] = ()) -> list[Reading]:
    """Each figure that the asker may see, with its comparisons: one statement for all of them.

    `also` is what the rest of the page is going to ask, to be read with them.
    """
    seen: Sequence[Figure] = [figure for figure in figures if figure.is_for(scope.user)]
    answers = read([*asks_of(seen, period), *also], scope.entities)
    return [_reading(figure, scope, _periods(period), answers, clock.today()) for figure in seen]


def asks_of(figures: Iterable[Figure], period: Period) -> list[Ask]:
    """What figures and their comparisons ask of the totals."""
    today = clock.today()
    return [
        ask for figure in figures for each in _periods(period)[: 1 if figure.is_now else None] for ask in figure.asks(each, today)
    ]


def _periods(period: Period) -> tuple[Period, ...]:
    return period, period.previous(), period.last_year()


def _reading(figure: Figure, scope: Scope, periods: tuple[Period, ...], answers: dict[Ask, list[Sum]], today: date) -> Reading:
    if figure.is_counted:
        value = figure.value(scope, periods[0])
        return Reading(
            figure=figure, period=periods[0], value=value, previous=None, last_year=None, url=figure.rows_url(scope, periods[0])
        )
    values = [None if figure.is_now and number else figure.of(answers, each, today) for number, each in enumerate(periods)]
    return Reading(
        figure=figure,
        period=periods[0],
        value=values[0],
        previous=values[1],
        last_year=values[2],
        url=figure.rows_url(scope, periods[0]),
    )
