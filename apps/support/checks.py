"""What must hold between the log of a ticket, what was said in it, and what was promised."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core.consistency import Check, Difference, Snapshot, checks
from apps.support.choices import PromiseKind
from apps.support.promises import Course, course_of
from apps.workflow.calendars import Calendar
from apps.workflow.queries import calendar_of
from apps.workflow.sla import Step

# A ticket with its log, in the log's order, and the promise as it stands; one line per step.
PROMISES = """
    SELECT ticket.id, ticket.ticket_number, ticket.business_entity_id, ticket.first_response_at,
        promise.kind, promise.hours, promise.started_at, promise.held, promise.met_at, promise.ended_at,
        promise.sla_deadline, promise.is_overdue, step.occurred_at, step.to_status
    FROM ticket_promise AS promise
    JOIN support_ticket AS ticket ON ticket.id = promise.ticket_id
    JOIN status_transitions AS step ON step.entity_type = 'ticket' AND step.entity_id = ticket.id
    ORDER BY ticket.id, promise.kind, step.sequence
"""
MISSING = """
    SELECT ticket.ticket_number, 'a promise of ' || promised.hours || ' hours: ' || promised.kind, 'none'
    FROM support_ticket AS ticket
    CROSS JOIN LATERAL (VALUES ('first_response', response_sla_hours), ('resolution', resolution_sla_hours)) AS promised (kind, hours)
    LEFT JOIN ticket_promise AS promise ON promise.ticket_id = ticket.id AND promise.kind = promised.kind
    WHERE promised.hours IS DISTINCT FROM promise.hours
"""
ANSWERED = """
    SELECT ticket.ticket_number, coalesce('answered at ' || said.at, 'not answered'), coalesce(first_response_at::text, 'not answered')
    FROM support_ticket AS ticket
    LEFT JOIN LATERAL (
        SELECT min(written_at) AS at FROM ticket_comment AS comment
        WHERE comment.ticket_id = ticket.id AND comment.comment_type IN ('customer', 'resolution') AND author_contact_id IS NULL
    ) AS said ON true
    WHERE (said.at IS NULL) <> (ticket.first_response_at IS NULL) OR abs(extract(epoch FROM said.at - first_response_at)) > 5
"""
MERGED = """
    SELECT source.ticket_number, 'merged into a ticket of the same customer and company that stands for itself', target.ticket_number
    FROM support_ticket AS source JOIN support_ticket AS target ON target.id = source.merged_into_id
    WHERE target.merged_into_id IS NOT NULL OR target.customer_organization_id <> source.customer_organization_id
        OR target.business_entity_id <> source.business_entity_id
"""


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        Check(name="ticket_promises", label="The promises on a ticket are what its log, hours and calendar say", run=promises),
        Check(
            name="tickets",
            label="A ticket was first answered when it was, and a merged one points to one that is not",
            run=tickets,
        ),
    )


def tickets(view: Snapshot) -> Iterator[Difference]:
    view.look_at("SELECT count(*) FROM support_ticket")
    yield from view.differences(ANSWERED)
    yield from view.differences(MERGED)
    yield from view.differences(MISSING)


def promises(view: Snapshot) -> Iterator[Difference]:
    """Each promise is derived anew from the log of its ticket."""
    view.look_at("SELECT count(*) FROM ticket_promise")
    calendars: dict[UUID, Calendar] = {}
    with view.connection.cursor(name="ticket_promises") as cursor:
        together: list[Any] = []
        for row in cursor.execute(PROMISES):
            if together and (together[0][0], together[0][4]) != (row[0], row[4]):
                yield from _judged(together, calendars)
                together = []
            together.append(row)
        if together:
            yield from _judged(together, calendars)


def _judged(rows: list[Any], calendars: dict[UUID, Calendar]) -> Iterator[Difference]:
    _key, number, entity, answered_at, kind, hours, *stands, _at, _status = rows[0]
    if entity not in calendars:
        calendars[entity] = calendar_of(entity)
    steps = [Step(at=row[-2], to_status=row[-1]) for row in rows]
    course = course_of(kind, steps, first_response_at=answered_at, calendar=calendars[entity])
    expected, found = _told(course, hours, calendars[entity]), _standing(*stands)
    if expected != found:
        yield Difference(record=f"{number} {PromiseKind(kind)}", expected=expected, found=found)


def _told(course: Course, hours: int, calendar: Calendar) -> str:
    deadline = course.moments(hours, calendar).deadline
    stopped = course.stopped_at()
    # Whether a running one is late is a matter of when it was last looked at.
    return _words(course.started_at, course.held, course.met_at, course.ended_at, None if stopped else deadline) + (
        f", late: {deadline < stopped}" if stopped else ""
    )


def _standing(
    started_at: datetime,
    held: timedelta,
    met_at: datetime | None,
    ended_at: datetime | None,
    deadline: datetime | None,
    is_overdue: bool,  # noqa: FBT001 - a column
) -> str:
    return _words(started_at, held, met_at, ended_at, deadline) + ("" if deadline else f", late: {is_overdue}")


def _words(*moments: Any) -> str:
    names = ("from", "stood still", "kept", "fell away", "due")
    return ", ".join(f"{name} {_spelled(moment)}" for name, moment in zip(names, moments, strict=True) if moment)


def _spelled(moment: Any) -> str:
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else str(moment)
