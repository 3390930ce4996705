"""Every clock is worked out again from the whole log: set-based where every hour counts, in chunks where a calendar does."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row

from apps.core import clock
from apps.core.consistency import Difference, Snapshot
from apps.workflow.calendars import Calendar
from apps.workflow.choices import Stage
from apps.workflow.models.calendar import CALENDARS, calendar_from
from apps.workflow.registry import registry
from apps.workflow.sla import Moments, Step, visit_of

CHUNK = 2_000

# Which clocks there are to look at: what is finished and was never held has none, which its last step says. A company's own
# policy stands above the group's, also where it sets no hours; what is only tried out has none.
LOOKED_AT = """
    WITH paused AS (SELECT * FROM unnest(%(types)s::text[], %(statuses)s::text[]) AS pause (entity_type, status)),
    untimed (entity_type, id) AS ({untimed}),
    hours AS (
        SELECT entity_type, workflow, status, business_entity_id, sla_hours FROM status_policy
    ),
    looked_at AS (
        SELECT standing.*, step.occurred_at AS arrived_at, standing.business_entity_id = ANY(%(with_calendar)s::uuid[]) IS TRUE AS by_calendar
        FROM entity_current_status AS standing JOIN status_transitions AS step ON step.id = standing.last_transition_id
        WHERE standing.sla_deadline IS NOT NULL OR standing.is_overdue OR standing.stage > 0
            OR standing.status_since <> step.occurred_at
            OR (standing.entity_type, standing.current_status) IN (SELECT entity_type, status FROM paused)
            OR (standing.entity_type, step.from_status) IN (SELECT entity_type, status FROM paused)
            OR (standing.entity_type, standing.workflow, standing.current_status)
                IN (SELECT entity_type, workflow, status FROM hours WHERE sla_hours IS NOT NULL)
    )
"""
COUNTED = "{looked_at} SELECT count(*) FROM looked_at"

# Plain timestamps: a day is then always 24 hours, whatever the zone of the session.
ROUND_THE_CLOCK = """
    {looked_at}, step AS (
        SELECT log.entity_type, log.entity_id, sequence, to_status, occurred_at AT TIME ZONE 'UTC' AS at,
            paused.status IS NOT NULL AS pauses, lead(occurred_at AT TIME ZONE 'UTC') OVER path AS left_at
        FROM status_transitions AS log JOIN looked_at USING (entity_type, entity_id)
        LEFT JOIN paused ON paused.entity_type = log.entity_type AND paused.status = to_status
        WHERE NOT by_calendar
        WINDOW path AS (PARTITION BY log.entity_type, log.entity_id ORDER BY sequence)
    ), stay AS (
        SELECT *, lag(left_at) OVER path AS held_at,
            coalesce(lag(to_status) OVER path = to_status AND sequence - lag(sequence) OVER path > 1, false) AS goes_on
        FROM step WHERE NOT pauses WINDOW path AS (PARTITION BY entity_type, entity_id ORDER BY sequence)
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE NOT goes_on) OVER (PARTITION BY entity_type, entity_id ORDER BY sequence) AS visit
        FROM stay
    ), visit AS (
        SELECT DISTINCT ON (entity_type, entity_id) entity_type, entity_id, min(at) AS since, max(to_status) AS status,
            coalesce(sum(at - held_at) FILTER (WHERE goes_on), interval '0') AS held,
            (array_agg(left_at ORDER BY sequence DESC))[1] AS paused_at
        FROM numbered GROUP BY entity_type, entity_id, visit ORDER BY entity_type, entity_id, visit DESC
    ), allowed AS (
        SELECT looked_at.*, visit.since, visit.held, visit.paused_at, untimed.id IS NULL AS is_timed,
            CASE WHEN own.status IS NULL THEN company.sla_hours ELSE own.sla_hours END * interval '1 hour' AS allowed
        FROM looked_at LEFT JOIN visit USING (entity_type, entity_id)
        LEFT JOIN hours AS own ON (own.entity_type, own.workflow, own.status) = (looked_at.entity_type, looked_at.workflow, visit.status)
            AND own.business_entity_id = looked_at.business_entity_id
        LEFT JOIN hours AS company ON (company.entity_type, company.workflow, company.status)
            = (looked_at.entity_type, looked_at.workflow, visit.status) AND company.business_entity_id IS NULL
        LEFT JOIN untimed ON (untimed.entity_type, untimed.id) = (looked_at.entity_type, looked_at.entity_id)
        WHERE NOT by_calendar
    ), due AS (
        SELECT *, CASE WHEN is_timed THEN since + held + allowed END AS due_at,
            coalesce(paused_at, %(now)s::timestamptz AT TIME ZONE 'UTC') AS seen_at
        FROM allowed
    ), expected AS (
        SELECT *, CASE WHEN paused_at IS NULL THEN due_at END AS deadline,
            ARRAY[due_at - allowed / 4, due_at - allowed / 10, due_at, due_at + interval '24 hours'] AS moments,
            CASE WHEN due_at IS NULL THEN 0 ELSE width_bucket(seen_at - interval '1 microsecond',
                ARRAY[due_at - allowed / 4, due_at - allowed / 10, due_at, due_at + interval '24 hours']) END AS passed
        FROM due
    ), clock AS (
        SELECT *, CASE WHEN paused_at IS NULL THEN moments[stage + 1] END AS next_at,
            coalesce(CASE WHEN paused_at IS NULL THEN since END, arrived_at AT TIME ZONE 'UTC') AS stands_since
        FROM expected
    )
    SELECT concat_ws(' ', entity_type, entity_id),
        concat('since ', stands_since, ', deadline ', coalesce(deadline::text, 'none'), ', next stage ',
            coalesce(next_at::text, 'none'), ', told no further than ', passed),
        concat('since ', status_since AT TIME ZONE 'UTC', ', deadline ', coalesce((sla_deadline AT TIME ZONE 'UTC')::text, 'none'),
            ', next stage ', coalesce((next_stage_at AT TIME ZONE 'UTC')::text, 'none'), ', told ', stage,
            CASE WHEN is_overdue THEN ', overdue' END)
    FROM clock
    WHERE (status_since AT TIME ZONE 'UTC', sla_deadline AT TIME ZONE 'UTC', next_stage_at AT TIME ZONE 'UTC')
            IS DISTINCT FROM (stands_since, deadline, next_at)
        OR (reminder_at AT TIME ZONE 'UTC', warning_at AT TIME ZONE 'UTC', escalates_at AT TIME ZONE 'UTC')
            IS DISTINCT FROM (deadline - allowed / 4, deadline - allowed / 10, deadline + interval '24 hours')
        OR stage > passed
        OR is_overdue AND (due_at > seen_at) IS NOT FALSE
        OR NOT is_overdue AND paused_at IS NOT NULL AND due_at < paused_at
"""
BY_CALENDAR = """
    {looked_at}
    SELECT looked_at.entity_type, looked_at.entity_id, looked_at.workflow, looked_at.business_entity_id, arrived_at, status_since, sla_deadline,
        reminder_at, warning_at, escalates_at, next_stage_at, stage, is_overdue, untimed.id IS NULL AS is_timed
    FROM looked_at LEFT JOIN untimed ON (untimed.entity_type, untimed.id) = (looked_at.entity_type, looked_at.entity_id)
    WHERE by_calendar
"""
STEPS = """
    SELECT entity_type, entity_id, to_status, occurred_at FROM status_transitions
    WHERE (entity_type, entity_id) IN (SELECT * FROM unnest(%s::text[], %s::uuid[])) ORDER BY entity_type, entity_id, sequence
"""


def clocks(view: Snapshot) -> Iterator[Difference]:
    """Each clock began, is due and has been told of as its log says, by the hours and the calendar that hold now."""
    calendars = {row[0]: calendar_from(row[1:]) for row in view.connection.execute(CALENDARS)}
    given = _parameters(list(calendars))
    view.look_at(_about(COUNTED), given)
    yield from view.differences(_about(ROUND_THE_CLOCK), given)
    if calendars:
        yield from _by_calendar(view, calendars, given)


def _parameters(with_calendar: list[UUID]) -> dict[str, Any]:
    paused = [(kind, str(status)) for kind, machine in sorted(registry.machines.items()) for status in sorted(machine.paused_in)]
    types, statuses = (list(column) for column in zip(*paused, strict=True))
    return {"types": types, "statuses": statuses, "with_calendar": with_calendar, "now": clock.now()}


def _about(query: str) -> str:
    """The query with the records that no deadline counts for, of the machines that have such."""
    flagged = [(kind, machine) for kind, machine in sorted(registry.machines.items()) if machine.untimed_flag]
    untimed = " UNION ALL ".join(
        f"SELECT '{kind}', id FROM \"{machine._meta.db_table}\" WHERE {machine.untimed_flag}"  # noqa: S608 - our own names
        for kind, machine in flagged
    )
    looked_at = LOOKED_AT.replace("{untimed}", untimed or "SELECT '', NULL::uuid WHERE false")
    return query.replace("{looked_at}", looked_at)


def _by_calendar(view: Snapshot, calendars: dict[UUID, Calendar], given: dict[str, Any]) -> Iterator[Difference]:
    hours = _hours(view)
    with view.connection.cursor(name="clocks_by_calendar", row_factory=namedtuple_row) as cursor:
        cursor.execute(_about(BY_CALENDAR), given)
        while rows := cursor.fetchmany(CHUNK):
            logs = _logs(view, rows)
            for row in rows:
                calendar = calendars[row.business_entity_id]
                yield from _differences(row, logs[row.entity_type, row.entity_id], hours, calendar, given["now"])


def _hours(view: Snapshot) -> dict[tuple[Any, ...], int | None]:
    found = view.connection.execute("SELECT entity_type, workflow, status, business_entity_id, sla_hours FROM status_policy")
    return {tuple(key): sla_hours for *key, sla_hours in found}


def _logs(view: Snapshot, rows: list[Any]) -> dict[tuple[str, UUID], list[Step]]:
    logs = defaultdict(list)
    asked = [row.entity_type for row in rows], [row.entity_id for row in rows]
    for entity_type, entity_id, to_status, occurred_at in view.connection.execute(STEPS, asked):
        logs[entity_type, entity_id].append(Step(at=occurred_at, to_status=to_status))
    return logs


def _differences(
    row: Any, steps: list[Step], hours: dict[tuple[Any, ...], int | None], calendar: Calendar, now: datetime
) -> Iterator[Difference]:
    visit = visit_of(steps, paused_in=registry.machine(row.entity_type).paused_in, calendar=calendar)
    moments = visit.moments(_allowed(row, visit.status, hours), calendar) if visit else None
    paused_at = visit.paused_at if visit else None
    passed = moments.stage(paused_at or now) if moments else Stage.NONE
    expected = _shown(row.arrived_at if paused_at or not visit else visit.since, None if paused_at else moments, row.stage)
    found = (row.status_since, row.sla_deadline, row.reminder_at, row.warning_at, row.escalates_at, row.next_stage_at)
    if expected != found or row.stage > passed or not _is_lateness_right(row, moments, paused_at, now):
        yield Difference(
            record=f"{row.entity_type} {row.entity_id}",
            expected=f"{_in_words(expected)}, told no further than {int(passed)}",
            found=f"{_in_words(found)}, told {row.stage}{', overdue' if row.is_overdue else ''}",
        )


def _allowed(row: Any, status: str, hours: dict[tuple[Any, ...], int | None]) -> int | None:
    own, group = ((row.entity_type, row.workflow, status, company) for company in (row.business_entity_id, None))
    return hours.get(own, hours.get(group)) if row.is_timed else None


def _shown(since: datetime, moments: Moments | None, stage: int) -> tuple[datetime | None, ...]:
    if moments is None:
        return (since, *(None,) * 5)
    return since, moments.deadline, moments.reminder_at, moments.warning_at, moments.escalates_at, moments.after(stage)


def _is_lateness_right(row: Any, moments: Moments | None, paused_at: datetime | None, now: datetime) -> bool:
    """Late is what has passed its deadline; the flag of a running clock follows at the next monitoring."""
    if row.is_overdue:
        return moments is not None and moments.deadline <= (paused_at or now)
    return paused_at is None or moments is None or moments.deadline >= paused_at


def _in_words(moments: tuple[datetime | None, ...]) -> str:
    since, deadline, *_others, then = moments
    return f"since {since}, deadline {deadline or 'none'}, next stage {then or 'none'}"
