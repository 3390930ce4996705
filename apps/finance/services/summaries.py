"""The months of our companies, brought up to date from orders, documents and books."""

from typing import Any

from django.db import connection

from apps.core.transactions import in_transaction, lock_name
from apps.finance.queries.summaries import CHANGED, CHANGED_MONTHS, EVERY_MONTH, SUMMED

COLUMNS = ("business_entity_id", "year", "month", *SUMMED)
STORE = f"""
    INSERT INTO financial_summary (id, outstanding_amount, calculated_at, {", ".join(COLUMNS)})
    SELECT gen_random_uuid(), 0, now(), months.* FROM ({{months}}) AS months
    ON CONFLICT (business_entity_id, year, month) DO UPDATE
    SET calculated_at = now(), {", ".join(f"{name} = excluded.{name}" for name in SUMMED)}
"""  # noqa: S608 - names of columns alone
STORE_ALL = STORE.format(months=EVERY_MONTH)
STORE_CHANGED = STORE.format(months=CHANGED_MONTHS)
# Looking up the days of one month after the other costs, on a million orders, with five of them as much as reading all once.
FEW = 5
NOTE_CHANGED = f"CREATE TEMP TABLE changed ON COMMIT DROP AS {CHANGED}"
FORGET_CHANGED = "DROP TABLE IF EXISTS changed"
# What is open at the end of a month is all that changed it until then.
RUN_ON = """
    UPDATE financial_summary SET outstanding_amount = running.amount FROM (
        SELECT id, sum(debtors_movement) OVER (PARTITION BY business_entity_id ORDER BY year, month) AS amount FROM financial_summary
    ) AS running WHERE running.id = financial_summary.id AND outstanding_amount <> running.amount
"""


@in_transaction
def update_financial_summaries(*, everything: bool = False) -> int:
    """Work out the months in which something changed since the last time, all of them where those are many; gives how many.

    Either way ends at the same rows: a month is always worked out from all that is in it.
    """
    lock_name("financial_summaries")
    with connection.cursor() as cursor:
        cursor.execute(STORE_ALL if everything or _changed_many(cursor) else STORE_CHANGED)
        worked_out = int(cursor.rowcount)
        cursor.execute(RUN_ON)
    return worked_out


def _changed_many(cursor: Any) -> bool:
    """Note the months in which something changed, and tell whether they are more than a few."""
    cursor.execute(FORGET_CHANGED)
    cursor.execute(NOTE_CHANGED)
    return int(cursor.rowcount) > FEW
