"""What people ask of figures by the parameters of an address: of which company, and of which days."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.api.values import is_within_reach, parse_day
from apps.core.errors import FieldError, Malformed
from apps.core.tables import TableFormat
from apps.organizations.models import BusinessEntity
from apps.reporting.figures.periods import Period, Span
from apps.reporting.figures.scopes import Scope, entities_of

JSON = "json"


def period_of(given: Mapping[str, str]) -> Period:
    """The days from `from` to `to`, or those of a `period` with a name; without any this month until today.

    Raises:
        Malformed: a day or name that is none, a reversed range, or one that is too long.
    """
    if not given.get("from") and not given.get("to"):
        name = given.get("period") or Span.MONTH
        if name not in Span.values:
            raise _wrong("period", "unknown_period", _("Write one of: %(names)s.") % {"names": ", ".join(Span.values)})
        return Period.named(name)
    last = _day(given, "to") or clock.today()
    return Period.between(_day(given, "from") or last.replace(day=1), last)


def scope_of(user: Any, given: Mapping[str, str]) -> tuple[Scope, BusinessEntity | None]:
    """The companies of a colleague, or the one whose code or key is given as `entity`; and which one that is.

    Raises:
        Malformed: there is no such company, or it is not theirs.
    """
    wanted = given.get("entity", "")
    if not wanted:
        return Scope.of(user), None
    found = next((each for each in entities_of(user) if wanted in (each.entity_code, str(each.pk))), None)
    if found is None:
        raise _wrong("entity", "unknown_entity", _("There is no such business entity."))
    return Scope.of(user, found), found


def choices_of(given: Mapping[str, str], name: str, known: Sequence[str]) -> list[str]:
    """The values of a filter, apart by commas.

    Raises:
        Malformed: one that is not known.
    """
    values = [value for value in given.get(name, "").split(",") if value]
    if unknown := sorted(set(values) - set(known)):
        raise _wrong(name, "invalid_choice", _("%(value)s is not known.") % {"value": unknown[0]})
    return values


def format_of(given: Mapping[str, str]) -> TableFormat | None:
    """The kind of file that is asked for; None for an answer in JSON.

    Raises:
        Malformed: a kind that there is not.
    """
    chosen = given.get("format") or JSON
    if chosen == JSON:
        return None
    if chosen not in TableFormat.values:
        raise _wrong("format", "invalid_choice", _("%(value)s is not known.") % {"value": chosen})
    return TableFormat(chosen)


def _day(given: Mapping[str, str], name: str) -> date | None:
    if not given.get(name):
        return None
    day = parse_day(given[name])
    if day is None or not is_within_reach(day):
        raise _wrong(name, "invalid", _("Write a day as YYYY-MM-DD, from 2000 to five years ahead."))
    return day


def _wrong(name: str, code: str, detail: Any) -> Malformed:
    return Malformed(detail, fields=[FieldError(pointer=f"/{name}", code=code, detail=detail)])
