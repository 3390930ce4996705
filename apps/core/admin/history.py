"""The history of a record as people read it: who changed what, when, from which value to which."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

PER_PAGE = 50
TECHNICAL = frozenset({"id", "created_at", "updated_at", "version"})
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
    return page, [_version(row, older) for row, older in zip(shown, [*shown[1:], None], strict=True)][:PER_PAGE]


def _version(row: Any, older: Any) -> Version:
    return Version(
        at=row.history_date,
        by=row.actor_label or str(_("the system")),
        kind=KINDS[row.history_type],
        reason=row.history_change_reason or "",
        changes=_changes(row, older) if older is not None and row.history_type == "~" else [],
    )


def _changes(row: Any, older: Any) -> list[Change]:
    model = row.instance_type
    delta = row.diff_against(older, foreign_keys_are_objs=True)
    return [
        Change(
            field=model._meta.get_field(change.field).verbose_name,
            old=_readable(model, change.field, change.old),
            new=_readable(model, change.field, change.new),
        )
        for change in delta.changes
        if change.field not in TECHNICAL
    ]


def _readable(model: type[models.Model], name: str, value: Any) -> Any:
    if value is None or value == "":
        return "–"
    choices = dict(getattr(model._meta.get_field(name), "flatchoices", None) or ())
    return choices.get(value, value)
