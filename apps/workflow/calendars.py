"""Working time: which hours of which days count, in Amsterdam, and how much of it passes between two moments.

A calendar keeps add(add(t, a), b) == add(t, a + b) and between(t, add(t, a)) == a. What it counts is time that really
passes: of a night in which the clocks change it counts the hours that were there.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, chain, product
from typing import Protocol

from apps.core.clock import AMSTERDAM, local

HOURS = re.compile(r"([0-9]{1,2})[:.]([0-9]{2}) *[-–] *([0-9]{1,2})[:.]([0-9]{2})")
NOTHING = timedelta()
DAY = timedelta(days=1)
DAY_END, CHANGE = 24 * 60, 60  # in minutes
LEAST_A_WEEK = timedelta(hours=1)  # with less, the longest deadline would lie beyond all calendars


class Calendar(Protocol):
    """What counts as working time."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` of working time has passed since `start`."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time that passed from `start` to `end`; none where the moments are the wrong way round."""

    def at_work(self, moment: datetime) -> datetime:
        """The first moment, from this one on, at which people are at work."""


class RoundTheClock:
    """Every hour counts, day and night."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        return start + amount

    def between(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, NOTHING)

    def at_work(self, moment: datetime) -> datetime:
        return moment


ROUND_THE_CLOCK: Calendar = RoundTheClock()


@dataclass(frozen=True, order=True)
class Hours:
    """From when to when the business is open on one day, as minutes after midnight on the wall clock; 1440 is its end."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= DAY_END:
            raise ValueError(f"{self} is no part of a day")

    def __str__(self) -> str:
        return f"{_clock_time(self.opens)}-{_clock_time(self.closes)}"


Opening = tuple[Hours, ...]


def opening(hours: Iterable[Hours]) -> Opening:
    """The hours of one day in their order; those that touch become one.

    Raises:
        ValueError: two of them overlap.
    """
    joined: list[Hours] = []
    for each in sorted(hours):
        if joined and each.opens < joined[-1].closes:
            raise ValueError(f"{joined[-1]} and {each} overlap")
        if joined and each.opens == joined[-1].closes:
            each = Hours(joined.pop().opens, each.closes)  # noqa: PLW2901 - it takes in the one before
        joined.append(each)
    return tuple(joined)


def opening_from(text: str) -> Opening:
    """The hours of one day as people write them: 09:00-12:30, 13:00-17:00; nothing where it is closed.

    Raises:
        ValueError: they are not written like this, or overlap.
    """
    return opening(_hours_from(part) for part in text.split(",") if part.strip())


def _hours_from(part: str) -> Hours:
    found = HOURS.fullmatch(part.strip())
    if found is None:
        raise ValueError(f"{part} is no such thing as 09:00-17:00")
    opens, opens_past, closes, closes_past = map(int, found.groups())
    return Hours(_minutes(opens, opens_past), _minutes(closes, closes_past))


def _minutes(hours: int, minutes: int) -> int:
    if minutes >= 60:
        raise ValueError(f"an hour has no minute {minutes}")
    return hours * 60 + minutes


def is_enough(week: Sequence[Opening]) -> bool:
    """Whether there is work enough in a week for a calendar."""
    return sum((_length(hours) for hours in chain.from_iterable(week)), NOTHING) >= LEAST_A_WEEK


@dataclass(frozen=True)
class _Year:
    """The intervals in which a year's work is done, and how much of it is done before each begins."""

    starts: Sequence[datetime]
    ends: Sequence[datetime]
    before: Sequence[timedelta]
    total: timedelta

    def worked(self, moment: datetime) -> timedelta:
        """The working time of the year up to a moment in it."""
        place = bisect_right(self.starts, moment) - 1
        if place < 0:
            return NOTHING
        return self.before[place] + (min(moment, self.ends[place]) - self.starts[place])

    def moment(self, worked: timedelta) -> datetime:
        """The first moment at which so much of the year's work is done; it is more than none and no more than all."""
        place = bisect_left(self.before, worked) - 1
        return self.starts[place] + (worked - self.before[place])


@dataclass(frozen=True, eq=False)
class BusinessHours:
    """A week's opening hours, and the days on which they are others.

    Attributes:
        week: the hours of each day, Monday first.
        holidays: the days of a year on which the business is closed.
        exceptions: days with hours of their own, none where it is closed; they stand above holidays.
    """

    week: Sequence[Opening]
    holidays: Callable[[int], frozenset[date]] = lambda _year: frozenset()
    exceptions: Mapping[date, Opening] = field(default_factory=dict)
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not is_enough(self.week):
            raise ValueError("a week has less than an hour of work")

    def add(self, start: datetime, amount: timedelta) -> datetime:
        if amount <= NOTHING:
            return start
        number = local(start).year
        wanted = self._year(number).worked(start) + amount
        while wanted > self._year(number).total:
            wanted -= self._year(number).total
            number += 1
        return self._year(number).moment(wanted)

    def between(self, start: datetime, end: datetime) -> timedelta:
        if end <= start:
            return NOTHING
        first, last = local(start).year, local(end).year
        whole = sum((self._year(number).total for number in range(first, last)), NOTHING)
        return whole + self._year(last).worked(end) - self._year(first).worked(start)

    def at_work(self, moment: datetime) -> datetime:
        number = local(moment).year
        while True:
            year = self._year(number)
            place = bisect_right(year.ends, moment)
            if place < len(year.ends):
                return max(moment, year.starts[place])
            number += 1

    def opening_of(self, day: date) -> Opening:
        """The hours of one day; none where the business is closed."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays(day.year) else self.week[day.weekday()]

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            self._years[number] = self._work_of(number)
        return self._years[number]

    def _work_of(self, number: int) -> _Year:
        intervals = [interval for day in _days_of(number) for interval in self._intervals(day)]
        lengths = [end - start for start, end in intervals]
        *before, total = accumulate(lengths, initial=NOTHING)
        return _Year([start for start, _end in intervals], [end for _start, end in intervals], before, total)

    def _intervals(self, day: date) -> list[tuple[datetime, datetime]]:
        """When the wall clock shows an opening hour: of an hour that is skipped never, of one that comes twice both times."""
        found = []
        for hours, (first, last, offset) in product(self.opening_of(day), _stretches(day)):
            opens, closes = max(hours.opens, first), min(hours.closes, last)
            if opens < closes:
                midnight = datetime.combine(day, time(), tzinfo=UTC) - offset
                found.append((midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)))
        return sorted(found)


def _stretches(day: date) -> list[tuple[int, int, timedelta]]:
    """The parts of a day in which the wall clock runs on: from and until which minute, and how far it is ahead of UTC.

    It is put on or back at one o'clock UTC (article 3 of Directive 2000/84/EC).
    """
    began, ended = (_offset(datetime.combine(each, time(), tzinfo=AMSTERDAM)) for each in (day, day + DAY))
    if began == ended:
        return [(0, DAY_END, began)]
    until, since = (CHANGE + offset // timedelta(minutes=1) for offset in (began, ended))
    return [(0, until, began), (since, DAY_END, ended)]


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or NOTHING


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def _length(hours: Hours) -> timedelta:
    return timedelta(minutes=hours.closes - hours.opens)


def _clock_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
