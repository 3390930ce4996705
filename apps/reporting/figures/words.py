"""Figures as people read them."""

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.chips import euro
from apps.reporting.figures.figure import Unit, Value
from apps.reporting.figures.periods import Period

NOTHING = "–"


def shown(value: Value, unit: str) -> str:
    """A value with its unit; a dash where there is nothing to tell of."""
    if value is None:
        return NOTHING
    if unit == Unit.EUR:
        return euro(Decimal(value))
    if unit == Unit.PERCENT:
        return f"{_number(value, 1)}%"
    if unit == Unit.DAYS:
        return _("%(number)s days") % {"number": _number(value, 1)}
    if unit == Unit.HOURS:
        return _("%(number)s hours") % {"number": _number(value, 1)}
    return _number(value, 0)


def shown_change(change: Decimal | None, unit: str) -> str:
    """How much a figure changed, with its sign: in per cent, of a share in points."""
    if change is None:
        return NOTHING
    text = f"{'+' if change > 0 else ''}{_number(change, 1)}"
    return _("%(number)s points") % {"number": text} if unit == Unit.PERCENT else f"{text}%"


def shown_period(period: Period) -> str:
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (period.first, period.last))
    return first if period.first == period.last else f"{first} – {last}"


def shown_day(day: date) -> str:
    """Short, for below a bar: 28 Nov; in Dutch months have no capital."""
    return date_format(day, pgettext("date format", "j M"))


def shown_month(day: date) -> str:
    return date_format(day, pgettext("date format", "M Y"))


def _number(value: int | Decimal, places: int) -> str:
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
