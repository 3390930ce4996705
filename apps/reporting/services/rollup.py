"""The totals of the figures: brought up to date with what the triggers wrote, or worked out anew from all rows."""

from typing import Any

from django.db import connection

from apps.core import clock
from apps.core.transactions import in_transaction, lock_name
from apps.reporting.models import FigureState
from apps.reporting.models.facts import EVERY_TOTAL, FINGERPRINT, running

COLUMNS = "measure, entity_id, day, key, count, amount"
ONCE = "measure, is_month, day, entity_id, key"
# One statement sees one moment: what it takes away it has added, and what is written meanwhile stays for the next time.
ADD = f"""
    WITH taken AS (DELETE FROM figure_change RETURNING {COLUMNS})
    INSERT INTO figure_total ({COLUMNS}) {running("SELECT * FROM taken")}
    ON CONFLICT ({ONCE}) DO UPDATE
    SET count = figure_total.count + excluded.count, amount = figure_total.amount + excluded.amount
"""  # noqa: S608 - names of columns alone
# A total that is known is worked out also where nothing is left of it.
REBUILD = f"""
    WITH gone AS (DELETE FROM figure_change)
    INSERT INTO figure_total ({COLUMNS})
    SELECT measure, entity_id, day, key, sum(count), sum(amount) FROM (
        SELECT {COLUMNS} FROM ({EVERY_TOTAL}) AS totals
        UNION ALL SELECT measure, entity_id, day, key, 0, 0 FROM figure_total
    ) AS totals GROUP BY measure, entity_id, day, key
    ON CONFLICT ({ONCE}) DO UPDATE SET count = excluded.count, amount = excluded.amount
"""  # noqa: S608 - names of columns alone
FORGET_EMPTY = "DELETE FROM figure_total WHERE count = 0 AND amount = 0"
PATIENCE = "SET LOCAL statement_timeout = '1h'"


@in_transaction
def add_changes() -> int:
    """Add what changed since the last time to the totals; gives how many totals that concerned.

    Totals that were never worked out, or by other rules than today's, are worked out anew.
    """
    lock_name("figures")
    if not FigureState.objects.filter(rules=FINGERPRINT).exists():
        return _rebuild()
    with connection.cursor() as cursor:
        added = _run(cursor, ADD)
        _run(cursor, FORGET_EMPTY)
    FigureState.objects.update(added_at=clock.now())
    return added


@in_transaction
def rebuild_figures() -> int:
    """Work out all totals anew, beside a system that runs; gives how many there are."""
    lock_name("figures")
    return _rebuild()


def _rebuild() -> int:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        worked_out = _run(cursor, REBUILD)
        gone = _run(cursor, FORGET_EMPTY)
    now = clock.now()
    FigureState.objects.all().delete()
    FigureState.objects.create(rules=FINGERPRINT, rebuilt_at=now, added_at=now)
    return worked_out - gone


def _run(cursor: Any, statement: str) -> int:
    cursor.execute(statement)
    return int(cursor.rowcount)
