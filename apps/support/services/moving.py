"""The steps of a ticket's life that are acts of ours; the status engine's generic door calls them too."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.support.choices import CLOSES_AFTER, CommentType, TicketStatus
from apps.support.events import TicketResolved
from apps.support.models import Ticket, TicketComment
from apps.support.models.machine import RESOLUTION_LENGTH
from apps.support.services.conversation import answered, checked_text, write_comment
from apps.support.services.promises import keep_promises
from apps.support.services.reading import lock_ticket, refuse_stale
from apps.workflow.models import StatusTransition
from apps.workflow.services import act, change_status

RESOLUTION = "resolution"
CLOSED_AT_ONCE = 200


def register_acts() -> None:
    """Have every step of a ticket keep its promises true, and a solution be said before it counts."""
    for status in TicketStatus.values:
        if status == TicketStatus.RESOLVED:
            act(Ticket.entity_type, status, _resolve, asks_for=(RESOLUTION,))
        else:
            act(Ticket.entity_type, status, _move_to(status))


def _move_to(status: str) -> Callable[..., StatusTransition]:
    @in_transaction
    def move(
        *, record: Ticket, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
    ) -> StatusTransition:
        moved = change_status(record, status, reason=reason, context=context, expected_status=expected_status, by=by)
        keep_promises(moved.record)
        return moved

    return move


@in_transaction
def _resolve(
    *, record: Ticket, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The generic door to a solution: its text is in the context, or it is the reason."""
    given = context.get(RESOLUTION) or reason
    if not isinstance(given, str):
        wrong = FieldError(pointer="/business_context/resolution", code="invalid", detail=_("A text is expected."))
        raise Malformed(fields=[wrong])
    moved, _comment = _solved(record, given, pointer="/business_context/resolution", expected_status=expected_status, by=by)
    return moved


def _solved(
    ticket: Ticket, resolution: str, *, pointer: str, expected_status: str | None = None, by: User | None
) -> tuple[StatusTransition, TicketComment]:
    text = checked_text(resolution, pointer=pointer, longest=RESOLUTION_LENGTH)
    moved = change_status(ticket, TicketStatus.RESOLVED, context={RESOLUTION: text}, expected_status=expected_status, by=by)
    solved = answered(moved.record, by=by)
    comment = write_comment(solved, comment_type=CommentType.RESOLUTION, content=text, author_user=by)
    publish(TicketResolved(ticket_id=solved.pk, comment_id=comment.pk))
    moved.record = solved
    return moved, comment


@in_transaction
def resolve_ticket(*, ticket: Ticket, resolution: str, version: int | None = None, by: User | None) -> TicketComment:
    """Say what solved it. A new ticket is opened by it first: it is the first answer too.

    Raises:
        Malformed: there is no text, or too much.
        Conflict: version_conflict, status_conflict, invalid_status_transition.
        Forbidden: permission_denied.
    """
    locked = lock_ticket(ticket)
    refuse_stale(locked, version)
    if locked.status == TicketStatus.NEW:
        locked = answered(locked, by=by)
    _moved, comment = _solved(locked, resolution, pointer="/resolution", by=by)
    return comment


@in_transaction
def change_ticket_status(
    *, ticket: Ticket, to_status: str, reason: str = "", resolution: str = "", version: int | None = None, by: User | None
) -> Ticket:
    """Move a ticket along one of its arrows.

    Raises:
        Conflict: version_conflict, status_conflict, invalid_status_transition.
        Forbidden, Refused, Malformed: as the status engine says.
    """
    locked = lock_ticket(ticket)
    refuse_stale(locked, version)
    if to_status == TicketStatus.RESOLVED:
        moved = _resolve(record=locked, context={RESOLUTION: resolution}, reason=reason, expected_status=None, by=by)
    else:
        moved = _move_to(to_status)(record=locked, context={}, reason=reason, expected_status=None, by=by)
    fresh: Ticket = moved.record
    return fresh


def wait_for_customer(*, ticket: Ticket, by: User | None) -> Ticket:
    """The customer has to say something first; meanwhile the clock of the solution stands still."""
    return change_ticket_status(ticket=ticket, to_status=TicketStatus.PENDING, by=by)


def take_up_again(*, ticket: Ticket, reason: str = "", by: User | None) -> Ticket:
    """Go on with a ticket that waited, was resolved or is closed."""
    return change_ticket_status(ticket=ticket, to_status=TicketStatus.OPEN, reason=reason, by=by)


def close_ticket(*, ticket: Ticket, by: User | None) -> Ticket:
    """Be done with a resolved ticket."""
    return change_ticket_status(ticket=ticket, to_status=TicketStatus.CLOSED, by=by)


def cancel_ticket(*, ticket: Ticket, reason: str, by: User | None) -> Ticket:
    """Nothing is to be answered, for the reason given."""
    return change_ticket_status(ticket=ticket, to_status=TicketStatus.CANCELLED, reason=reason, by=by)


def close_resolved(*, now: datetime | None = None) -> int:
    """Close the tickets that were resolved a week ago and that nobody came back to; gives how many.

    It goes by where they stand, so that a missed day is made good and a second scheduler finds nothing.
    """
    before = (now or clock.now()) - CLOSES_AFTER
    closed = 0
    while batch := _close_some(before):
        closed += batch
    return closed


@transaction.atomic
def _close_some(before: datetime) -> int:
    due = Ticket.objects.filter(status=TicketStatus.RESOLVED, resolved_at__lte=before)
    tickets = list(due.order_by("pk").select_for_update(of=("self",), skip_locked=True)[:CLOSED_AT_ONCE])
    for ticket in tickets:
        change_ticket_status(ticket=ticket, to_status=TicketStatus.CLOSED, reason=_("Nobody came back to it."), by=None)
    return len(tickets)
