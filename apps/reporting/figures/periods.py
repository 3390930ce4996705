"""Spans of days, by the clock of Amsterdam, and the ones that they are compared with."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.core.errors import FieldError, Malformed

ONE_DAY = timedelta(days=1)
MOST_YEARS = 5
A_MONTH, HALF_A_YEAR, SUNDAY = 31, 184, 6
MOST_DAYS = 366 * MOST_YEARS


class Span(models.TextChoices):
    """The periods that people ask for by name: each up to and including today."""

    TODAY = "today", gettext_lazy("Today")
    WEEK = "week", gettext_lazy("This week")
    MONTH = "month", gettext_lazy("This month")
    QUARTER = "quarter", gettext_lazy("This quarter")
    YEAR = "year", gettext_lazy("This year")
    DAYS_7 = "7_days", gettext_lazy("Last 7 days")
    DAYS_30 = "30_days", gettext_lazy("Last 30 days")


_FIRST_DAYS: dict[Span, Callable[[date], date]] = {
    Span.TODAY: lambda day: day,
    Span.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Span.MONTH: lambda day: day.replace(day=1),
    Span.QUARTER: lambda day: date(day.year, day.month - (day.month - 1) % 3, 1),
    Span.YEAR: lambda day: date(day.year, 1, 1),
    Span.DAYS_7: lambda day: day - timedelta(days=6),
    Span.DAYS_30: lambda day: day - timedelta(days=29),
}


@dataclass(frozen=True, order=True)
class Period:
    """From the first to the last day, both counted."""

    first: date
    last: date

    @classmethod
    def named(cls, span: str, *, on: date | None = None) -> "Period":
        """The span that ends today, or on another day."""
        day = on or clock.today()
        return cls(_FIRST_DAYS[Span(span)](day), day)

    @classmethod
    def day(cls, day: date) -> "Period":
        return cls(day, day)

    @classmethod
    def month(cls, day: date) -> "Period":
        """The whole month in which a day lies."""
        return cls(day.replace(day=1), _in_month(day.year, day.month, 31))

    @classmethod
    def between(cls, first: date, last: date) -> "Period":
        """A span that somebody asked for.

        Raises:
            Malformed: it ends before it begins (range_reversed), or lasts longer than can be worked out (range_too_long).
        """
        if last < first:
            detail = _("The last day lies before the first: %(first)s.") % {"first": first.isoformat()}
            raise Malformed(detail, fields=[FieldError(pointer="/to", code="range_reversed", detail=detail)])
        if (last - first).days >= MOST_DAYS:
            detail = _("At most %(years)s years at once; the first day may be %(first)s.") % {
                "years": MOST_YEARS,
                "first": (last - timedelta(days=MOST_DAYS - 1)).isoformat(),
            }
            raise Malformed(detail, fields=[FieldError(pointer="/from", code="range_too_long", detail=detail)])
        return cls(first, last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def previous(self) -> "Period":
        """The same before it: whole months before whole months, the same days of the month before for a month that has begun,
        as many days otherwise.
        """
        if self.first.day == 1 and (self._is_whole_months() or self._months() == 1):
            return self._months_back(self._months())
        return Period(self.first - timedelta(days=self.days), self.first - ONE_DAY)

    def last_year(self) -> "Period":
        """The same days a year before."""
        return self._months_back(12)

    def stretches(self) -> list["Period"]:
        """Its parts, one after the other: days, of more than a month weeks from Monday on, of more than half a year months."""
        ends = [day for day in self._each_day() if day == self.last or self._ends_a_stretch(day)]
        firsts = [self.first, *(end + ONE_DAY for end in ends[:-1])]
        return [Period(first, last) for first, last in zip(firsts, ends, strict=True)]

    def moments(self) -> tuple[datetime, datetime]:
        """Its first moment and the first one after it."""
        return clock.day_bounds(self.first)[0], clock.day_bounds(self.last)[1]

    def _each_day(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.days))

    def _ends_a_stretch(self, day: date) -> bool:
        if self.days <= A_MONTH:
            return True
        return day.weekday() == SUNDAY if self.days <= HALF_A_YEAR else (day + ONE_DAY).day == 1

    def _is_whole_months(self) -> bool:
        return self.first.day == 1 and (self.last + ONE_DAY).day == 1

    def _months(self) -> int:
        """In how many months it lies."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def _months_back(self, months: int) -> "Period":
        last_day = 31 if self._is_whole_months() else self.last.day
        return Period(_back(self.first, months, self.first.day), _back(self.last, months, last_day))


def _back(day: date, months: int, day_of_month: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return _in_month(number // 12, number % 12 + 1, day_of_month)


def _in_month(year: int, month: int, day: int) -> date:
    """That day of a month, or its last one."""
    return date(year, month, min(day, monthrange(year, month)[1]))
