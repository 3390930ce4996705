"""Reading the totals: one statement for all that a page asks, exact at that moment."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.core import clock
from apps.core.money import ZERO
from apps.core.once import once_a_page
from apps.core.prepared import execute
from apps.reporting.figures.periods import ONE_DAY, Period
from apps.reporting.models.facts import NOW

THE_PRESENT = date.fromisoformat(NOW)
LONG_AGO = date(1, 2, 1)  # in the month after the present's, whose total is of no other day
READ = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            %(measures)s::text[], %(roles)s::text[], %(wholes)s::bool[], %(months)s::bool[], %(firsts)s::date[], %(lasts)s::date[]
        ) WITH ORDINALITY AS part (measure, roles, is_whole, is_month, first, last, number)
    ), ledger AS MATERIALIZED (
        SELECT roles, ARRAY(SELECT id::text FROM ledger_account WHERE role = ANY(string_to_array(roles, ','))) AS accounts
        FROM (SELECT DISTINCT roles FROM asked WHERE roles <> '') AS named
    ), part AS MATERIALIZED (
        SELECT *, %(now)s::timestamptz AS now FROM asked LEFT JOIN ledger USING (roles)
    ), found AS (
        -- OFFSET: part by part, as for a join the planner would read all totals there are.
        SELECT number, is_whole, entity_id, key, count, amount FROM part CROSS JOIN LATERAL (
            SELECT entity_id, key, count, amount FROM figure_total AS total
            WHERE total.measure = part.measure AND total.is_month = part.is_month
                AND day BETWEEN CASE WHEN part.is_month THEN first ELSE last END AND last
                AND entity_id = ANY(%(entities)s) AND (accounts IS NULL OR key = ANY(accounts))
            OFFSET 0
        ) AS row
        UNION ALL
        SELECT number, is_whole, entity_id, key, count, amount FROM part JOIN figure_change AS row USING (measure)
        WHERE day BETWEEN first AND last AND entity_id = ANY(%(entities)s) AND (accounts IS NULL OR key = ANY(accounts))
        UNION ALL
        -- What has become late since the clocks were last looked at carries no flag yet. Of one bound whose value it does not know
        -- the planner thinks that a third of all rows keep it, of two that very few do; and few they are.
        SELECT number, is_whole, status.business_entity_id, status.entity_type || '/breached', 1, 0
        FROM part JOIN entity_current_status AS status
            ON measure = 'late' AND status.sla_deadline > '-infinity' AND status.sla_deadline < now
        WHERE NOT status.is_overdue AND status.business_entity_id = ANY(%(entities)s)
            AND coalesce((SELECT NOT is_test AND deleted_at IS NULL FROM "order"
                WHERE status.entity_type = 'order' AND id = status.entity_id), TRUE)
    )
    SELECT number, entity_id, CASE WHEN is_whole THEN '' ELSE key END, sum(count)::bigint, sum(amount) FROM found
    GROUP BY 1, 2, 3 HAVING sum(count) <> 0 OR sum(amount) <> 0
"""


class Ask(NamedTuple):
    """One question to the totals: a measure from one day to another; of the books, the accounts of these roles alone.

    `is_whole` adds up what stands under the keys of the measure, for who does not tell them apart.
    """

    measure: str
    first: date
    last: date
    roles: str = ""
    is_whole: bool = False


class Part(NamedTuple):
    """What stands in the totals as it is: of whole months, or of one month from its first day to another."""

    measure: str
    roles: str
    is_whole: bool
    is_month: bool
    first: date
    last: date


class Sum(NamedTuple):
    """An answer's part: of a company, under a key of the measure."""

    entity: UUID
    key: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Measure:
    """What a figure asks of the totals. `when` says of which days: those of the period, the present, or before today; `by_key`
    whether it tells the keys of the measure apart.
    """

    name: str
    when: str = "period"
    roles: tuple[str, ...] = ()
    by_key: bool = False

    def ask(self, period: Period, today: date) -> Ask:
        spans = {
            "period": (period.first, period.last),
            "now": (THE_PRESENT, THE_PRESENT),
            "before_today": (LONG_AGO, today - ONE_DAY),
            "any_day": (LONG_AGO, date.max),
        }
        return Ask(self.name, *spans[self.when], ",".join(self.roles), is_whole=not self.by_key)


def read(asked: Iterable[Ask], entities: Sequence[UUID]) -> dict[Ask, list[Sum]]:
    """The answer to each question, about these companies; what a page has read it does not read again."""
    known, questions = _answers(tuple(entities)), list(dict.fromkeys(asked))
    if new := [ask for ask in questions if ask not in known]:
        known |= _read(new, entities)
    return {ask: known[ask] for ask in questions}


@once_a_page
def _answers(_entities: tuple[UUID, ...]) -> dict[Ask, list[Sum]]:
    """What was read about these companies for the page that is put together now."""
    return {}


def _read(questions: Sequence[Ask], entities: Sequence[UUID]) -> dict[Ask, list[Sum]]:
    """What several questions need, such as each day what all before it came to, is read once."""
    wanted = {ask: list(parts_of(ask)) for ask in questions}
    parts = list(dict.fromkeys(part for signed in wanted.values() for _sign, part in signed))
    given = {
        "measures": [part.measure for part in parts],
        "roles": [part.roles for part in parts],
        "wholes": [part.is_whole for part in parts],
        "months": [part.is_month for part in parts],
        "firsts": [part.first for part in parts],
        "lasts": [part.last for part in parts],
        "entities": list(entities),
        "now": clock.now(),
    }
    found: dict[Part, list[Sum]] = {part: [] for part in parts}
    for number, *told in execute(READ, given):
        found[parts[number - 1]].append(Sum(*told))
    return {ask: _added([(sign, found[part]) for sign, part in signed]) for ask, signed in wanted.items()}


def parts_of(ask: Ask) -> Iterator[tuple[int, Part]]:
    """What to add and take off for the days that are asked: the whole months until that of the last day, that month until the
    last day, less what came before the first day in its own month. Nothing where there are no such days.
    """
    measure, first, last, *how = ask
    if last < first:
        return
    month = last.replace(day=1)
    ends = last == date.max or (last + ONE_DAY).day == 1
    if ends or first < month:
        yield 1, Part(measure, *how, True, first.replace(day=1), last if ends else month - ONE_DAY)
    if not ends:
        yield 1, Part(measure, *how, False, month, last)
    if first.day > 1:
        yield -1, Part(measure, *how, False, first.replace(day=1), first - ONE_DAY)


def _added(signed: Sequence[tuple[int, list[Sum]]]) -> list[Sum]:
    if len(signed) == 1:
        return signed[0][1]
    totals: dict[tuple[UUID, str], tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
    for sign, sums in signed:
        for each in sums:
            number, worth = totals[each.entity, each.key]
            totals[each.entity, each.key] = number + sign * each.count, worth + sign * each.amount
    return [Sum(*place, *total) for place, total in totals.items() if any(total)]


def count(sums: Iterable[Sum]) -> int:
    return sum(each.count for each in sums)


def amount(sums: Iterable[Sum]) -> Decimal:
    return sum((each.amount for each in sums), ZERO)


def by_key(sums: Iterable[Sum]) -> dict[str, list[Sum]]:
    found: dict[str, list[Sum]] = defaultdict(list)
    for each in sums:
        found[each.key].append(each)
    return dict(found)
