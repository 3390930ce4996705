"""The history of a record as people read it: who changed what, when, from which value to which."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

PER_PAGE = 50
TECHNICAL = frozenset({"id", "created_at", "updated_at", "version"})
Names = dict[tuple[Any, Any], str]  # by model and key
KINDS = {"+": _("Created"), "~": _("Changed"), "-": _("Removed")}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field's step."""

    field: Text
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Version:
    """One saved state and how it differs from the one before."""

    at: datetime
    by: str
    kind: Text
    reason: str
    changes: list[Change]


def history_page(record: models.Model, number: str | None) -> tuple[Page, list[Version]]:
    """A page of versions, newest first."""
    rows = record.history.order_by("-history_date", "-history_id")  # type: ignore[attr-defined]
    page = Paginator(rows, PER_PAGE).get_page(number)
    # One row past the page: the last version shown must be compared with something.
    start = page.start_index() - 1 if page.object_list else 0
    shown = list(rows[start : start + PER_PAGE + 1])
    steps = list(zip(shown, [*shown[1:], None], strict=True))[:PER_PAGE]
    names = _names(steps)
    return page, [_version(row, older, names) for row, older in steps]


def _version(row: Any, older: Any, names: Names) -> Version:
    return Version(
        at=row.history_date,
        by=row.actor_label or str(_("the system")),
        kind=KINDS[row.history_type],
        reason=row.history_change_reason or "",
        changes=[
            Change(field=field.verbose_name, old=_readable(older, field, names), new=_readable(row, field, names))
            for field in _changed(row, older)
        ],
    )


def _changed(row: Any, older: Any) -> list[models.Field]:
    """Every field that differs; the library's own comparison leaves out what no form edits, a status before all."""
    if older is None or row.history_type != "~":
        return []
    return [
        field
        for field in row.tracked_fields
        if field.name not in TECHNICAL and getattr(row, field.attname) != getattr(older, field.attname)
    ]


def _names(steps: Sequence[tuple[Any, Any]]) -> Names:
    """What each record is called that a change came from or went to: one query per kind of record, not per change."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for row, older in steps:
        for field in _changed(row, older):
            if isinstance(field, models.ForeignKey):
                wanted[field.related_model] |= {getattr(row, field.attname), getattr(older, field.attname)} - {None}
    return {
        (model, key): str(record) for model, keys in wanted.items() for key, record in model._base_manager.in_bulk(keys).items()
    }


def _readable(row: Any, field: models.Field, names: Names) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, models.ForeignKey) and value is not None:
        return names.get((field.related_model, value), str(value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return display_for_field(value, field, "–") if value != "" else "–"
