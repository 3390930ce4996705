"""Deadlines through their stages: a reminder, a warning, too late, too late for a day; each told once."""

from datetime import datetime
from typing import Any

from apps.core.transactions import in_transaction

BATCH = 1_000

# A stage that was passed over, after an outage or by a short deadline, is not told any more: only the furthest is.
ADVANCE = """
    due (key) AS ({due}),
    moved AS (
        UPDATE {table} AS moving SET
            stage = CASE WHEN escalates_at < %s THEN 4 WHEN sla_deadline < %s THEN 3 WHEN warning_at < %s THEN 2 ELSE 1 END,
            next_stage_at = CASE WHEN escalates_at < %s THEN NULL WHEN sla_deadline < %s THEN escalates_at
                WHEN warning_at < %s THEN sla_deadline ELSE warning_at END,
            is_overdue = is_overdue OR sla_deadline < %s
        FROM due WHERE moving.id = due.key
        RETURNING moving.*
    )
"""
TIMES_NOW = ADVANCE.count("%s")


@in_transaction
def advance(rows: Any, now: datetime, *, limit: int = BATCH) -> list[Any]:
    """Move the rows whose next stage is due, in one statement; gives those that moved, as they are now.

    No more than `limit`, those that are due longest first: ask again until nothing moves. What a colleague has locked is
    passed over and found the next time. Whoever calls publishes `SlaStageReached` for each in the same transaction.

    Args:
        rows: a queryset, or the manager, of a model that is `Staged`.
    """
    parts, parameters = advancing(rows, now, limit=limit)
    return list(rows.model._base_manager.raw(f"WITH {parts} SELECT * FROM moved", parameters))  # noqa: S608 - our own parts


def advancing(rows: Any, now: datetime, *, limit: int) -> tuple[str, list[Any]]:
    """What `advance` does, as parts of a statement for one that does more: `moved` are the rows as they are now."""
    due = rows.filter(next_stage_at__lt=now).order_by("next_stage_at").select_for_update(skip_locked=True, of=("self",))
    chosen, parameters = due.values("pk")[:limit].query.sql_with_params()
    return ADVANCE.format(table=f'"{rows.model._meta.db_table}"', due=chosen), [*parameters, *[now] * TIMES_NOW]
