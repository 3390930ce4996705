"""Two clocks and a system that is down now and then, day by day: each daily run once, no letter missing or doubled.

A few weeks around the night of the clock in every run; `SIMULATED_DAYS=731` goes through two years, a leap day included.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

import time_machine
from django.contrib.auth.models import Permission

from apps.communication.models import StaffMail
from apps.core import clock
from apps.core.jobs import known
from apps.events.models import ScheduledRun
from apps.reporting.models import ReportMail
from chargecars.celery import app
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.reporting import ReportSubscriptionFactory

DAYS = int(os.environ.get("SIMULATED_DAYS", "21"))
FIRST = date(2027, 1, 1) if DAYS > 366 else date(2027, 3, 18)
# The jobs that have one run a day, and when on the Amsterdam clock.
DAILY: dict[str, time] = {"reporting.send_reports": time(7), "orders.watch_holds": time(7), "communication.staff_digest": time(7)}
ON_TIME = timedelta(hours=2)
BEATS = 2


def wall(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=clock.AMSTERDAM)


@dataclass
class Weather:
    """When the system is down: for minutes, for hours and for days."""

    chance: Random
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)

    def forecast(self, first: date, days: int) -> None:
        moment, end = wall(first + timedelta(days=1), time()), wall(first + timedelta(days=days - 1), time())
        while moment < end:
            moment += timedelta(hours=self.chance.uniform(20, 200))
            lasts = timedelta(hours=self.chance.choice([0.3, 2, 9, 30, 75]) * self.chance.uniform(0.5, 1.5))
            self.outages.append((moment, min(moment + lasts, end)))
            moment += lasts

    def is_up(self, moment: datetime) -> bool:
        return not any(start <= moment < end for start, end in self.outages)


def moments(day: date, chance: Random) -> Iterator[datetime]:
    """When the clocks strike: just before seven and at seven, in the nights in which they change, and at odd times."""
    odd = sorted(time(chance.randrange(24), chance.randrange(60)) for _number in range(2))
    yield from sorted(wall(day, at) for at in {time(2, 30), time(6, 59, 59), time(7), *odd})


def test_each_day_has_its_run_and_its_letters_once(real_commits: str, data_dir) -> None:
    somebody_reads_each_letter()
    chance = Random(DAYS)
    weather = Weather(chance)
    weather.forecast(FIRST, DAYS)
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]

    with time_machine.travel(wall(FIRST, time(6)), tick=False) as traveller:
        for moment in (moment for day in days for moment in moments(day, chance) if weather.is_up(moment)):
            traveller.move_to(moment)
            strike_together()
            assert not taken_too_early(moment), moment

    for job in DAILY:
        assert Counter(ScheduledRun.objects.filter(job=job).values_list("slot", flat=True)) == Counter(map(str, days)), job
    letters = list(ReportMail.objects.all())
    assert Counter((letter.cadence, letter.day) for letter in letters) == Counter(
        [("daily", day) for day in days]
        + [("weekly", day) for day in days if day.weekday() == 0]
        + [("monthly", day) for day in days if day.day == 1]
    )
    assert all(letter.mail_id for letter in letters)
    assert StaffMail.objects.count() == len(letters)
    assert [letter for letter in letters if not came_when_it_could(letter, weather)] == []


def somebody_reads_each_letter() -> None:
    reader = MembershipFactory(user=UserFactory(staff=True), business_entity=BusinessEntityFactory()).user
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "scope_operations_reports"]))
    for cadence in ("daily", "weekly", "monthly"):
        ReportSubscriptionFactory(user=reader, cadence=cadence)


def strike_together() -> None:
    failed = [each for each in together([strike] * BEATS) if isinstance(each, BaseException)]
    assert failed == []


def strike() -> None:
    for name in DAILY:
        assert name in known()
        app.tasks[name].run()


def taken_too_early(moment: datetime) -> list[ScheduledRun]:
    day = clock.local_day(moment)
    early = [job for job, at in DAILY.items() if moment < wall(day, at)]
    return list(ScheduledRun.objects.filter(job__in=early, slot=day.isoformat()))


def came_when_it_could(letter: ReportMail, weather: Weather) -> bool:
    """At seven to the second where the system was up, else later and, when by more than two hours, marked as late."""
    due = wall(letter.day, time(7))
    if letter.written_at < due or letter.is_late is not (letter.written_at > due + ON_TIME):
        return False
    return letter.written_at == due or not weather.is_up(due)
