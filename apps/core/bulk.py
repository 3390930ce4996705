"""Many rows in one statement whose text is the same however many they are: each column travels as one list.

What `bulk_create` and `bulk_update` do with a place for every value, which PostgreSQL has to parse anew for each number of
rows; one record alone goes without lists. The database's triggers see every row, so the history and the audit log are the
same as with `save()`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

from apps.core.prepared import AS_IT_IS, execute, insert_all, update

LENGTH = re.compile(r"\(.*\)")


def insert_many(records: Sequence[models.Model]) -> None:
    """Store new records of one model; what the database fills in is read when it is first asked for.

    Raises:
        IntegrityError: as `save()`.
    """
    if len(records) < 2:
        insert_all(records)
        return
    meta = records[0]._meta
    columns = {field: [field.pre_save(record, True) for record in records] for field in meta.local_concrete_fields}
    given = {field: values for field, values in columns.items() if not isinstance(values[0], DatabaseDefault)}
    sql = f'INSERT INTO "{meta.db_table}" ({_names(given)}) SELECT * FROM unnest({_lists(given)})'  # noqa: S608 - our own names
    execute(sql, [_sent(field, values) for field, values in given.items()])
    filled = [field.attname for field in columns if field not in given]
    for record in records:
        for name in filled:
            del record.__dict__[name]  # so Django reads it when it is asked for
        record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - Django's own mark


def update_many(records: Sequence[models.Model], names: Iterable[str]) -> None:
    """Store these fields of records of one model, as `save(update_fields=names)` does of each.

    Raises:
        LookupError: one of them is not there.
    """
    if len(records) < 2:
        for record in records:
            update(record, names)
        return
    meta = records[0]._meta
    fields = [field for name in sorted(names) if isinstance(field := meta.get_field(name), models.Field)]
    columns = {field: [field.pre_save(record, False) for record in records] for field in [meta.pk, *fields]}
    settings = ", ".join(f'"{field.column}" = given."{field.column}"' for field in fields)
    key = f'"{meta.pk.column}"'
    sql = (
        f'UPDATE "{meta.db_table}" AS held SET {settings} '  # noqa: S608 - our own names
        f"FROM unnest({_lists(columns)}) AS given ({_names(columns)}) WHERE held.{key} = given.{key} RETURNING 1"
    )
    found = execute(sql, [_sent(field, values) for field, values in columns.items()])
    if len(found) != len(records):
        raise LookupError(f"of {len(records)} rows of {meta.label} only {len(found)} are there")


def _names(fields: Iterable[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _lists(fields: Iterable[Any]) -> str:
    """A place per column."""
    return ", ".join(map(_list, fields))


@cache
def _list(field: Any) -> str:
    """Without its length, as a cast would cut off what is too long: the column itself refuses that."""
    return f"%s::{LENGTH.sub('', field.db_type(connections[DEFAULT_DB_ALIAS]))}[]"


def _sent(field: Any, values: list[Any]) -> list[Any]:
    plain = AS_IT_IS.get(type(field))
    connection = connections[DEFAULT_DB_ALIAS]
    sent = [value if value is None or type(value) is plain else field.get_db_prep_save(value, connection) for value in values]
    # A member of an enumeration is a text of another type, and a list has one type.
    return [str(value) if isinstance(value, str) else value for value in sent]
