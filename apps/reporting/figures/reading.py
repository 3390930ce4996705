"""Reading the totals: one statement for all that a page asks, exact at that moment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.core import clock
from apps.core.money import ZERO
from apps.reporting.figures.periods import ONE_DAY, Period
from apps.reporting.models.facts import NOW

THE_PRESENT = date.fromisoformat(NOW)
READ = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(measures)s::text[], %(firsts)s::date[], %(lasts)s::date[], %(roles)s::text[])
        WITH ORDINALITY AS asked (measure, first, last, roles, number)
    ), found AS (
        -- Added up question by question: the planner takes a join of both for a reason to read all totals there are.
        SELECT number, row.*, roles FROM asked CROSS JOIN LATERAL (
            SELECT entity_id, key, sum(count) AS count, sum(amount) AS amount FROM figure_total AS total
            WHERE total.measure = asked.measure AND day BETWEEN first AND last AND entity_id = ANY(%(entities)s)
            GROUP BY entity_id, key
        ) AS row
        UNION ALL
        SELECT number, entity_id, key, count, amount, roles FROM asked JOIN figure_change AS row USING (measure)
        WHERE day BETWEEN first AND last AND entity_id = ANY(%(entities)s)
        UNION ALL
        -- What has become late since the clocks were last looked at carries no flag yet.
        SELECT number, status.business_entity_id, status.entity_type || '/breached', 1, 0, roles
        FROM asked JOIN entity_current_status AS status ON asked.measure = 'late'
        WHERE NOT status.is_overdue AND status.sla_deadline < %(now)s AND status.business_entity_id = ANY(%(entities)s)
            AND NOT EXISTS (SELECT FROM "order" WHERE status.entity_type = 'order' AND id = status.entity_id
                AND (is_test OR deleted_at IS NOT NULL))
    )
    SELECT number, entity_id, key, sum(count)::bigint, sum(amount) FROM found
    WHERE roles = '' OR key IN (SELECT id::text FROM ledger_account WHERE role = ANY(string_to_array(roles, ',')))
    GROUP BY number, entity_id, key HAVING sum(count) <> 0 OR sum(amount) <> 0
"""


class Ask(NamedTuple):
    """One question to the totals: a measure from one day to another; of the books, the accounts of these roles alone."""

    measure: str
    first: date
    last: date
    roles: str = ""


class Sum(NamedTuple):
    """An answer's part: of a company, under a key of the measure."""

    entity: UUID
    key: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Measure:
    """What a figure asks of the totals. `when` says of which days: those of the period, the present, or before today."""

    name: str
    when: str = "period"
    roles: tuple[str, ...] = ()

    def ask(self, period: Period, today: date) -> Ask:
        spans = {
            "period": (period.first, period.last),
            "now": (THE_PRESENT, THE_PRESENT),
            "before_today": (THE_PRESENT + ONE_DAY, today - ONE_DAY),
            "any_day": (THE_PRESENT + ONE_DAY, date.max),
        }
        return Ask(self.name, *spans[self.when], ",".join(self.roles))


def read(asked: Iterable[Ask], entities: Sequence[UUID]) -> dict[Ask, list[Sum]]:
    """The answer to each question, about these companies."""
    questions = list(dict.fromkeys(asked))
    answers: dict[Ask, list[Sum]] = {ask: [] for ask in questions}
    given = {
        "measures": [ask.measure for ask in questions],
        "firsts": [ask.first for ask in questions],
        "lasts": [ask.last for ask in questions],
        "roles": [ask.roles for ask in questions],
        "entities": list(entities),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, given)
        for number, *found in cursor.fetchall():
            answers[questions[number - 1]].append(Sum(*found))
    return answers


def count(sums: Iterable[Sum]) -> int:
    return sum(each.count for each in sums)


def amount(sums: Iterable[Sum]) -> Decimal:
    return sum((each.amount for each in sums), ZERO)


def by_key(sums: Iterable[Sum]) -> dict[str, list[Sum]]:
    found: dict[str, list[Sum]] = defaultdict(list)
    for each in sums:
        found[each.key].append(each)
    return dict(found)
