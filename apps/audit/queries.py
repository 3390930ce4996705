"""What the log says, in the words of the records it is about."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import display_for_field
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel, AuditLog
from apps.core.errors import Text
from apps.core.records import entity_types, model_of

SHOWN = (models.DateField, models.TimeField, models.DecimalField)  # a moment is a date too


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One column's step; None where the row was not there before or is not there after."""

    field: Text
    old: Any
    new: Any


@cache
def audited_models() -> dict[str, type[models.Model]]:
    """Every model whose writes are logged, by its table."""
    return {model._meta.db_table: model for model in apps.get_models() if issubclass(model, AuditedModel)}


def record_kind(table_name: str) -> Text:
    """What people call a row of the table."""
    model = model_named(table_name)
    return model._meta.verbose_name or table_name if model else table_name


def model_named(name: str) -> type[models.Model] | None:
    """The model of an entry: a write names its table, what a person did, such as logging in, the kind of its record."""
    model = audited_models().get(name)
    return model_of(name) if model is None and name in entity_types() else model


def field_changes(entry: AuditLog) -> list[FieldChange]:
    """What the write did, column by column."""
    old, new = entry.old_values or {}, entry.new_values or {}
    return [
        FieldChange(
            field=field_label(entry.table_name, column),
            old=_readable(entry.table_name, column, old.get(column)),
            new=_readable(entry.table_name, column, new.get(column)),
        )
        for column in entry.changed_fields
    ]


def field_label(table_name: str, column: str) -> Text:
    field = _field(table_name, column)
    return field.verbose_name if field else column


def _readable(table_name: str, column: str, value: Any) -> Any:
    """A value as its record's page would show it: choices, moments, numbers. The rest is shown as it was written."""
    field = _field(table_name, column)
    if value is None or field is None:
        return value
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if not (field.flatchoices or isinstance(field, SHOWN)):
        return value
    try:
        return display_for_field(field.to_python(value), field, value)
    except ValidationError:
        return value  # of before the column was of this kind


def _field(table_name: str, column: str) -> models.Field | None:
    """None for a column of before a migration took it away."""
    model = audited_models().get(table_name)
    try:
        # By its column, `order_id`, a foreign key is found too.
        return model._meta.get_field(column) if model else None  # type: ignore[return-value]  # never a reverse relation
    except FieldDoesNotExist:
        return None
