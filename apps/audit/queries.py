"""What the log says, in the words of the records it is about."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from apps.audit.models import AuditedModel, AuditLog
from apps.core.errors import Text


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
    model = audited_models().get(table_name)
    return model._meta.verbose_name or table_name if model else table_name


def field_changes(entry: AuditLog) -> list[FieldChange]:
    """What the write did, column by column."""
    old, new = entry.old_values or {}, entry.new_values or {}
    return [
        FieldChange(field=field_label(entry.table_name, column), old=old.get(column), new=new.get(column))
        for column in entry.changed_fields
    ]


def field_label(table_name: str, column: str) -> Text:
    model = audited_models().get(table_name)
    if model is None:
        return column
    try:
        # By its column, `order_id`, a foreign key is found too.
        return model._meta.get_field(column).verbose_name  # type: ignore[union-attr]  # a column is no reverse relation
    except FieldDoesNotExist:
        return column  # of before a migration took it away
