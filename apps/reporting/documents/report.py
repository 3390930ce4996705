"""What stands in a letter with figures: which of them, beside what, and who moved them. All values come from the definitions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Text
from apps.reporting.choices import Cadence
from apps.reporting.documents.charts import Chart
from apps.reporting.figures import (
    FIGURES,
    Figure,
    Good,
    Mover,
    Period,
    Reading,
    Scope,
    Unit,
    entities_of,
    movers,
    readings,
)
from apps.reporting.figures.alerts import DANGER, alerts
from apps.reporting.figures.series import series
from apps.reporting.figures.words import shown, shown_change, shown_period

IN_A_PERIOD = (
    "orders_new", "orders_value", "orders_completed", "orders_cancelled", "revenue", "invoiced", "received", "commissions",
    "sla_in_time", "sla_late", "holds_created", "holds_resolved",
)  # fmt: skip
AS_IT_STANDS = (
    "orders_open", "sla_overdue", "holds_active", "holds_overdue", "outstanding", "outstanding_overdue", "failed_payments",
)  # fmt: skip
CHART_DAYS = 14
MOVED = Decimal(10)  # percent: what moved less has nobody to name
MOST_MOVED = 6


@dataclass(frozen=True, kw_only=True)
class Line:
    """One figure: its value, and what it is beside other periods."""

    label: Text
    meaning: Text
    value: str
    changes: Sequence[tuple[str, str]]  # the words and their tone
    url: str


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str
    columns: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A figure that moved, and by whom."""

    label: Text
    change: str
    by: Sequence[tuple[Text, str, str]]  # who, by how much, and the page of it


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Something that is to be zero and is not."""

    label: Text
    value: str
    url: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that one letter says, in the language of the moment."""

    title: str
    companies: Sequence[str]
    late_note: str
    tables: Sequence[Table]
    moved: Sequence[Moved]
    charts: Sequence[Chart]
    alerts: Sequence[Attention]


def told_of(cadence: str, day: date) -> Period:
    """Of which days a letter of this day tells: the day before, or the week or the month that ended with it."""
    last = day - timedelta(days=1)
    first: Callable[[date], date] = {
        Cadence.DAILY: lambda last: last,
        Cadence.WEEKLY: lambda last: last - timedelta(days=6),
        Cadence.MONTHLY: lambda last: last.replace(day=1),
    }[Cadence(cadence)]
    return Period(first(last), last)


def so_far(cadence: str, day: date) -> Period:
    """What that is a part of: the month until then, for a month the year."""
    last = day - timedelta(days=1)
    return Period(date(last.year, 1, 1) if cadence == Cadence.MONTHLY else last.replace(day=1), last)


def report_for(user: User, cadence: str, day: date, *, is_late: bool) -> Report:
    """The letter of a day for one colleague. A late one tells of its own days, and leaves out what stood so only then."""
    scope = Scope.of(user)
    period, whole = told_of(cadence, day), so_far(cadence, day)
    is_past = day < clock.today()
    of_period = readings(_figures(IN_A_PERIOD), scope, period)
    of_whole = readings(_figures(IN_A_PERIOD), scope, whole)
    tables = [
        _compared(_title_of(cadence, period, is_past=is_past), of_period),
        _compared(_title_of_whole(cadence, whole), of_whole),
        *([] if is_past else [_standing(readings(_figures(AS_IT_STANDS), scope, period))]),
    ]
    return Report(
        title=_headline(cadence, period),
        companies=_companies(scope),
        late_note=_late_note(day, is_past=is_past) if is_late else "",
        tables=[table for table in tables if table.lines],
        moved=_moved(of_whole, scope),
        charts=_charts(scope, period.last),
        alerts=[] if is_past else _alerts(scope),
    )


def may_have(user: User) -> bool:
    """Whether there is a figure that this person may see."""
    return any(FIGURES[name].is_for(user) for name in (*IN_A_PERIOD, *AS_IT_STANDS)) and bool(Scope.of(user).entities)


def _figures(names: Sequence[str]) -> list[Figure]:
    return [FIGURES[name] for name in names]


def _compared(title: str, found: Sequence[Reading]) -> Table:
    """The figures of which there is something to tell; all of them where there is of none."""
    telling = [reading for reading in found if reading.value or reading.previous or reading.last_year]
    lines = [
        Line(
            label=reading.figure.label,
            meaning=reading.figure.meaning,
            value=shown(reading.value, reading.figure.unit),
            changes=[_against(reading, reading.change), _against(reading, _since_last_year(reading))],
            url=reading.url,
        )
        for reading in telling or found
    ]
    return Table(title=title, columns=[_("Value"), _("Before"), _("Last year")], lines=lines)


def _since_last_year(reading: Reading) -> Decimal | None:
    earlier = Reading(
        figure=reading.figure, period=reading.period, value=reading.value, previous=reading.last_year, last_year=None, url=""
    )
    return earlier.change


def _against(reading: Reading, change: Decimal | None) -> tuple[str, str]:
    return shown_change(change, reading.figure.unit), _tone(reading.figure, change)


def _tone(figure: Figure, change: Decimal | None) -> str:
    if not change or figure.good == Good.NEITHER:
        return "neutral"
    return "success" if (change > 0) is (figure.good == Good.UP) else "danger"


def _standing(found: Sequence[Reading]) -> Table:
    lines = [
        Line(
            label=reading.figure.label,
            meaning=reading.figure.meaning,
            value=shown(reading.value, reading.figure.unit),
            changes=[],
            url=reading.url,
        )
        for reading in found
    ]
    return Table(title=_("As it stands now"), columns=[_("Value")], lines=lines)


def _moved(found: Sequence[Reading], scope: Scope) -> list[Moved]:
    """Who made the figures move that moved most, the largest first."""
    far = [reading for reading in found if reading.change is not None and abs(reading.change) >= MOVED]
    far.sort(key=lambda reading: -abs(reading.change or 0))
    moved = ((reading, movers(reading.figure, scope, reading.period, reading.period.previous())) for reading in far)
    return list(islice((_told(reading, by) for reading, by in moved if by), MOST_MOVED))


def _told(reading: Reading, by: Sequence[Mover]) -> Moved:
    unit = reading.figure.unit
    named = [(mover.label, f"{'+' if mover.change > 0 else ''}{shown(mover.change, unit)}", mover.url) for mover in by]
    return Moved(label=reading.figure.label, change=shown_change(reading.change, unit), by=named)


def _charts(scope: Scope, last: date) -> list[Chart]:
    """The last fourteen days: what came in, and orders that began and ended; of what its reader may see."""
    wanted = [
        ("money", _("Revenue per day"), ["revenue"]),
        ("orders", _("New and completed orders per day"), ["orders_new", "orders_completed"]),
    ]
    days = [last - timedelta(days=number) for number in reversed(range(CHART_DAYS))]
    charts = [
        _chart(name, title, _figures(names), scope, days)
        for name, title, names in wanted
        if all(FIGURES[each].is_for(scope.user) for each in names)
    ]
    return [chart for chart in charts if any(value > 0 for day in chart.values for value in day)]


def _chart(name: str, title: str, figures: Sequence[Figure], scope: Scope, days: Sequence[date]) -> Chart:
    told = series(figures, scope, [Period.day(day) for day in days])
    values = [[Decimal(value or 0) for value in each] for each in told]
    unit = figures[0].unit
    highest = shown(max(value for day in values for value in day), Unit(unit))
    rows = [
        f"{date_format(day, 'SHORT_DATE_FORMAT')}: {', '.join(shown(value, unit) for value in each)}"
        for day, each in zip(days, values, strict=True)
    ]
    return Chart(
        name=name,
        title=title,
        series=[str(figure.label) for figure in figures],
        labels=[str(day.day) for day in days],
        values=values,
        highest=highest,
        words="; ".join(rows),
    )


def _alerts(scope: Scope) -> list[Attention]:
    """What is to be zero and is not, the worst first."""
    found = [alert for alert in alerts(scope) if alert.value]
    found.sort(key=lambda alert: alert.severity != DANGER)
    return [
        Attention(label=alert.figure.label, value=shown(alert.value, alert.figure.unit), url=alert.url, tone=alert.severity)
        for alert in found
    ]


def _companies(scope: Scope) -> list[str]:
    return [entity.entity_name for entity in entities_of(scope.user)]


def _headline(cadence: str, period: Period) -> str:
    if cadence == Cadence.DAILY:
        return _("%(day)s in figures") % {"day": capfirst(date_format(period.last, "l j F"))}
    if cadence == Cadence.WEEKLY:
        return _("The week of %(days)s in figures") % {"days": shown_period(period)}
    return _("%(month)s in figures") % {"month": capfirst(date_format(period.last, "F Y"))}


def _title_of(cadence: str, period: Period, *, is_past: bool) -> str:
    titles = {
        Cadence.DAILY: _("The day") if is_past else _("Yesterday"),
        Cadence.WEEKLY: _("The week"),
        Cadence.MONTHLY: _("The month"),
    }
    return f"{titles[Cadence(cadence)]} ({shown_period(period)})"


def _title_of_whole(cadence: str, whole: Period) -> str:
    title = _("The year so far") if cadence == Cadence.MONTHLY else _("The month so far")
    return f"{title} ({shown_period(whole)})"


def _late_note(day: date, *, is_past: bool) -> str:
    late = _("This letter was due on %(day)s at seven in the morning, and is late.") % {
        "day": date_format(day, "SHORT_DATE_FORMAT")
    }
    then = _("It tells of its own days; how things stood at that moment is not in it.")
    return f"{late} {then}" if is_past else late
