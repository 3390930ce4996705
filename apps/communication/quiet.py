"""When people may be disturbed. What comes at another hour waits; nothing is dropped."""

from datetime import UTC, datetime, time, timedelta

from apps.core.clock import AMSTERDAM, local

Hours = tuple[time, time]


def is_open(hours: Hours | None, moment: datetime) -> bool:
    """Whether the clock on an Amsterdam wall stands within the hours; the last one is over when it strikes."""
    if hours is None:
        return True
    begins, ends = hours
    return begins <= local(moment).time() < ends


def next_open(hours: Hours | None, moment: datetime) -> datetime:
    """The moment itself where that is within the hours, else when they begin next.

    In the night that an hour is skipped a beginning within it comes at its end: never too early, and by the wall right.
    """
    if hours is None or is_open(hours, moment):
        return moment
    day = local(moment).date()
    begins = [datetime.combine(day + timedelta(days=ahead), hours[0], tzinfo=AMSTERDAM).astimezone(UTC) for ahead in (0, 1)]
    return next(begin for begin in begins if begin > moment)
