from collections.abc import Mapping
from typing import Any

from django.db import connection, connections, transaction
from psycopg.types.json import Jsonb

from apps.audit.choices import AuditAction
from apps.core.records import RecordRef


@transaction.atomic
def log_act(
    action: AuditAction,
    ref: RecordRef | None = None,
    *,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Log an act that writes no row, such as a login, an export or a look at something confidential.

    Who acted is what `apps.core.actor` says; the database refuses the actions that its trigger logs.
    """
    parameters: list[Any] = [
        action.value,
        ref.entity_type if ref else "",
        str(ref.entity_id) if ref else "",
        Jsonb(dict(context)) if context else None,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT chargecars_log_act(%s, %s, %s, %s)", parameters)


@transaction.atomic
def keep_partitions() -> None:
    """Have a partition ready for this month and the three after it, and drop those past every retention period."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chargecars_keep_audit_partitions()")


def log_export(what: Mapping[str, Any]) -> None:
    """Log that somebody took rows out of a list: of which page, by which filter, in which columns, how many."""
    log_act(AuditAction.EXPORT, context=what)


def prepare_partitions_as_owner() -> None:
    """The same in a restored database, where the application may do nothing yet: the backup may be months old."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT chargecars_keep_audit_partitions()")
