"""The only source of now and of local days.

Time is stored in UTC and lived in Amsterdam. Code that needs a moment asks here, so that a test can set the clock
and no rule depends on the machine's zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(tz=UTC)


def today() -> date:
    """The present day in Amsterdam."""
    return local_day(now())


def local(moment: datetime) -> datetime:
    """The same moment on the Amsterdam wall clock."""
    return moment.astimezone(AMSTERDAM)


def local_day(moment: datetime) -> date:
    """The Amsterdam day in which a moment falls; 2026-12-31T23:30Z is a day of 2027."""
    return local(moment).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of an Amsterdam day and of the next one, in UTC: 23, 24 or 25 hours apart."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    # Midnight exists and is unambiguous in Amsterdam: its clocks change at two and three o'clock.
    return datetime.combine(day, time(), tzinfo=AMSTERDAM).astimezone(UTC)
