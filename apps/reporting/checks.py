"""What must hold of the figures: what was added up is what the rows say."""

from collections.abc import Iterator

from apps.core.consistency import Check, Difference, Snapshot, checks
from apps.reporting.models.facts import EVERY_TOTAL, running

KEY = "measure, entity_id, day, key"
KEPT = f"""
    SELECT {KEY}, sum(count) AS count, sum(amount) AS amount FROM (
        SELECT {KEY}, count, amount FROM figure_total UNION ALL {running("SELECT * FROM figure_change")}
    ) AS parts GROUP BY {KEY} HAVING sum(count) <> 0 OR sum(amount) <> 0
"""  # noqa: S608 - names of columns alone
DIFFERENT = f"""
    SELECT concat_ws(' ', measure, entity_id, day, nullif(key, '')),
        concat_ws(' / ', coalesce(right_one.count, 0), coalesce(right_one.amount, 0)),
        concat_ws(' / ', coalesce(kept.count, 0), coalesce(kept.amount, 0))
    FROM ({EVERY_TOTAL}) AS right_one FULL JOIN ({KEPT}) AS kept USING ({KEY})
    WHERE (right_one.count, right_one.amount) IS DISTINCT FROM (kept.count, kept.amount)
"""  # noqa: S608 - names of columns alone


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(Check(name="figures", label="Totals of figures are what the rows say", run=figures))


def figures(snapshot: Snapshot) -> Iterator[Difference]:
    snapshot.look_at("SELECT count(*) FROM figure_total")
    snapshot.look_at("SELECT count(*) FROM figure_change")
    yield from snapshot.differences(DIFFERENT)
