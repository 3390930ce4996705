"""When a job runs: at an interval, or at fixed times on the Amsterdam clock."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.core.clock import AMSTERDAM, local, now

LONGEST = timedelta(days=31)
LATE_AFTER = 3  # missed turns
GRACE = timedelta(minutes=2)  # what a start, a deploy or a busy minute may cost a job that runs every few seconds
PARTS = {
    "minute": gettext_lazy("minute"),
    "hour": gettext_lazy("hour"),
    "day_of_month": gettext_lazy("day of the month"),
    "month_of_year": gettext_lazy("month"),
    "day_of_week": gettext_lazy("day of the week"),
}


def interval(every: int, period: str) -> IntervalSchedule:
    """An interval that a job can have, not stored yet.

    Raises:
        ValidationError: nothing, less than nothing, or more than a month.
    """
    if every < 1:
        raise ValidationError(_("The least is 1."))
    try:
        length = timedelta(**{period: every})
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise ValidationError(_("The longest interval is %(days)s days.") % {"days": LONGEST.days})
    return IntervalSchedule(every=every, period=period)


def fixed_times(text: str) -> CrontabSchedule:
    """What a line in the form of cron means, not stored yet.

    Raises:
        ValidationError: it says which part is wrong, or that such a moment never comes.
    """
    parts = text.split()
    if len(parts) != len(PARTS):
        raise ValidationError(
            _("Five parts are needed (minute, hour, day of the month, month, day of the week); this has %(count)s.")
            % {"count": len(parts)}
        )
    times = CrontabSchedule(timezone=AMSTERDAM, **dict(zip(PARTS, parts, strict=True)))
    for name, value in zip(PARTS, parts, strict=True):
        try:
            times._meta.get_field(name).clean(value, times)
        except ValidationError as error:
            raise ValidationError(_("“%(value)s” is no %(part)s.") % {"value": value, "part": PARTS[name]}) from error
    try:
        turn_after(times, now())
    except (RuntimeError, ValueError) as error:  # 30 February
        raise ValidationError(_("Such a moment never comes.")) from error
    return times


def turn_after(rhythm: IntervalSchedule | CrontabSchedule, moment: datetime) -> datetime:
    """The first turn after a moment."""
    if isinstance(rhythm, IntervalSchedule):
        return moment + timedelta(**{rhythm.period: rhythm.every})
    start, wait, _at = rhythm.schedule.remaining_delta(moment.astimezone(rhythm.timezone))
    return (start + wait).astimezone(moment.tzinfo)


def next_turn(task: PeriodicTask, last: datetime | None) -> datetime | None:
    """When a job's turn comes, given when it last began; a turn that has passed is due now."""
    rhythm = task.interval or task.crontab
    if not task.enabled or rhythm is None:
        return None
    return max(turn_after(rhythm, last or task.date_changed), now())


def is_late(task: PeriodicTask, last: datetime | None) -> bool:
    """Whether a job that is switched on missed three turns."""
    rhythm = task.interval or task.crontab
    if not task.enabled or rhythm is None:
        return False
    turn = last or task.date_changed
    for _turn in range(LATE_AFTER):
        turn = turn_after(rhythm, turn)
    return turn + GRACE < now()


def in_words(task: PeriodicTask) -> str:
    if task.interval:
        return _every(*in_largest_unit(task.interval))
    if task.crontab:
        return _("at %(times)s") % {"times": cron_line(task.crontab)}
    return ""


def cron_line(times: CrontabSchedule) -> str:
    return " ".join(getattr(times, name) for name in PARTS)


def in_largest_unit(length: IntervalSchedule) -> tuple[int, str]:
    """3600 seconds are an hour."""
    seconds = int(timedelta(**{length.period: length.every}).total_seconds())
    units = ((86_400, IntervalSchedule.DAYS), (3_600, IntervalSchedule.HOURS), (60, IntervalSchedule.MINUTES))
    return next(((seconds // size, unit) for size, unit in units if seconds % size == 0), (seconds, IntervalSchedule.SECONDS))


def moment_in_words(moment: datetime | None) -> str:
    """To the second: some jobs run every five."""
    return f"{date_format(local(moment), 'SHORT_DATE_FORMAT')} {local(moment):%H:%M:%S}" if moment else ""


def _every(count: int, period: str) -> str:
    words = {
        IntervalSchedule.SECONDS: ngettext("every second", "every %(count)s seconds", count),
        IntervalSchedule.MINUTES: ngettext("every minute", "every %(count)s minutes", count),
        IntervalSchedule.HOURS: ngettext("every hour", "every %(count)s hours", count),
        IntervalSchedule.DAYS: ngettext("every day", "every %(count)s days", count),
    }
    return words[period] % {"count": count}
