"""INSERT statements that follow the models' own columns, so that a column that is added later is filled too."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import connections, models
from psycopg import sql

from apps.audit.models import AuditedModel

# How a row of a temporary table is told from the row that is stored: it knows who made it.
MADE_BY = "made_by"


def quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def literal(value: Any) -> str:
    return sql.Literal(value).as_string(None)


def texts(values: tuple[str, ...]) -> str:
    """An array of texts."""
    return f"ARRAY[{', '.join(literal(value) for value in values)}]"


def draft_of(model: type[models.Model]) -> str:
    """The name of the temporary table in which rows of a model are made ready."""
    return f"new_{model._meta.db_table}"


def make_draft(model: type[models.Model]) -> str:
    """The temporary table: the model's columns and who made the row."""
    table = quoted(model._meta.db_table)
    return f"CREATE TEMP TABLE {draft_of(model)} (LIKE {table} INCLUDING DEFAULTS, {MADE_BY} integer NOT NULL)"


def fill_draft(model: type[models.Model], values: Mapping[str, str], made_by: str, source: str) -> str:
    """Make rows of a model ready: `values` gives an expression per column; every other column gets its default.

    Raises:
        ValueError: a column that the model does not have.
    """
    fields = {field.column: field for field in model._meta.concrete_fields}
    if strange := sorted(set(values) - set(fields)):
        raise ValueError(f"{model.__name__} has no column {', '.join(strange)}")
    given = {column: values.get(column) or _default(field) for column, field in fields.items()}
    given = {quoted(column): expression for column, expression in given.items() if expression}
    return f"INSERT INTO {draft_of(model)} ({', '.join(given)}, {MADE_BY}) SELECT {', '.join(given.values())}, {made_by} FROM {source}"


def _default(field: "models.Field[Any, Any]") -> str:
    """What Django would store where nothing is given; empty where the database has a default of its own."""
    if field.has_db_default():
        return ""
    return literal(field.get_db_prep_save(field.get_default(), connection=connections["owner"]))


def store_draft(model: type[models.Model]) -> str:
    columns = ", ".join(quoted(field.column) for field in model._meta.concrete_fields)
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) SELECT {columns} FROM {draft_of(model)}"


def with_maker(model: type[models.Model]) -> str:
    """Drafted rows (`made`) with who made them (`actor`)."""
    return f"{draft_of(model)} AS made JOIN bulk_actor AS actor ON actor.number = made.{MADE_BY}"


def write_history(
    model: type[AuditedModel], *, source: str, at: str, kind: str, changed: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Versions of drafted rows: `made` and `actor` of the source; each column as in the row unless `changed` says otherwise."""
    history = model.history.model
    stamps = {
        "history_date": at,
        "history_type": kind,
        "history_change_reason": "''",
        "history_user_id": "actor.id",
        "actor_kind": "actor.kind",
        "actor_label": "actor.label",
        "request_id": "''",
    }
    given = {
        quoted(field.column): stamps.get(field.column) or changed.get(field.column) or f"made.{quoted(field.column)}"
        for field in history._meta.concrete_fields
        if not field.primary_key
    }
    return f"INSERT INTO {quoted(history._meta.db_table)} ({', '.join(given)}) SELECT {', '.join(given.values())} FROM {source}"


def creation(model: type[AuditedModel], *, at_first: Mapping[str, str] = MappingProxyType({})) -> str:
    """The log's rows of drafted rows that were made; `at_first` says what was otherwise then."""
    pairs = ", ".join(f"'{column}', {value}" for column, value in at_first.items())
    values = f"to_jsonb(made) - '{MADE_BY}'" + (f" || jsonb_build_object({pairs})" if pairs else "")
    if model.audit_redacted:
        values = f"chargecars_redact({values}, {texts(model.audit_redacted)})"
    source = f"{draft_of(model)} AS made"
    return log_rows(
        model, at="made.created_at", action="create", old="NULL::jsonb", new=values, actor="made.made_by", source=source
    )


def log_rows(
    model: type[AuditedModel], *, at: str, action: str, old: str, new: str, actor: str, source: str, key: str = "id"
) -> str:
    """Rows for the log about drafted rows: moment, action, table, record, root, old and new values, actor."""
    table = model._meta.db_table
    root_type, root_column = model.audit_root or (table, key)
    return (
        f"SELECT {at} AS at, '{action}' AS action, '{table}' AS table_name, made.{key}::text AS record_id,"
        f" '{root_type}' AS root_type, made.{root_column}::text AS root_id, {old} AS old_values, {new} AS new_values,"
        f" {actor} AS actor FROM {source}"
    )


def write_log(parts: list[str]) -> str:
    """Everything that the triggers would have logged, in order of time."""
    return f"""
        INSERT INTO audit_logs (created_at, action, table_name, record_id, root_type, root_id, old_values, new_values,
            actor_kind, actor_id, actor_label, reason, request_id, source, ip_address)
        SELECT at, action, table_name, record_id, root_type, root_id, old_values, new_values,
            bulk_actor.kind, bulk_actor.id, bulk_actor.label, '', '', 'load_bulk', ''
        FROM ({" UNION ALL ".join(parts)}) AS entry JOIN bulk_actor ON bulk_actor.number = entry.actor
        ORDER BY at
    """
