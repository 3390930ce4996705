"""What is said in a ticket, and what it sets in motion."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed, Refused
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.organizations.models import Contact
from apps.support.choices import REOPENS_WITHIN, TO_THE_CUSTOMER, CommentType, TicketStatus
from apps.support.events import TicketAnswered
from apps.support.models import Ticket, TicketComment
from apps.support.models.comment import CONTENT_LENGTH
from apps.support.services.promises import keep_promises
from apps.support.services.reading import lock_ticket, refuse_stale
from apps.support.texts import plain
from apps.workflow.services import change_status


@in_transaction
def add_comment(
    *, ticket: Ticket, content: str, comment_type: str = CommentType.CUSTOMER, version: int | None = None, by: User
) -> TicketComment:
    """Say something as one of us: to the customer, who gets it by mail, or among colleagues.

    The first answer opens a new ticket and keeps the promise of it.

    Raises:
        Malformed: there is no text, or too much; a kind that nobody says by itself.
        Conflict: version_conflict, somebody else was at it since that version was read.
        Refused: ticket_finished, ticket_merged.
    """
    if comment_type not in (CommentType.CUSTOMER, CommentType.INTERNAL):
        wrong = _("A solution is given by resolving the ticket, and a system's line by the system.")
        raise Malformed(fields=[FieldError(pointer="/comment_type", code="not_said_by_itself", detail=wrong)])
    locked = lock_ticket(ticket)
    refuse_stale(locked, version)
    if comment_type == CommentType.CUSTOMER:
        refuse_finished(locked)
        locked = answered(locked, by=by)
    comment = write_comment(locked, comment_type=comment_type, content=content, author_user=by)
    if comment_type == CommentType.CUSTOMER:
        publish(TicketAnswered(ticket_id=locked.pk, comment_id=comment.pk))
    return comment


def refuse_finished(ticket: Ticket) -> None:
    """Refuse to talk on in a ticket that goes on elsewhere or is done with.

    Raises:
        Refused: ticket_merged, ticket_finished.
    """
    if ticket.merged_into_id is not None:
        raise Refused(_("This ticket was merged into another and goes on there."), code="ticket_merged")
    if ticket.status in (TicketStatus.CLOSED, TicketStatus.CANCELLED):
        raise Refused(_("This ticket is done with: reopen it first, or make a new one."), code="ticket_finished")


def answered(ticket: Ticket, *, by: User | None) -> Ticket:
    """A locked ticket to which one of us said something: no longer new, and answered for the first time perhaps just now."""
    if ticket.status == TicketStatus.NEW:
        ticket = change_status(ticket, TicketStatus.OPEN, by=by).record
    if ticket.first_response_at is None:
        ticket.first_response_at = clock.now()
        ticket.save(update_fields=["first_response_at"])
    keep_promises(ticket)
    return ticket


@in_transaction
def hear_customer(*, ticket: Ticket, content: str, contact: Contact, by: User | None) -> TicketComment:
    """Keep what a customer says in a ticket. It opens one that waited for it, or that we thought was answered.

    What is said in a merged ticket is said in the one that it went into.

    Raises:
        Malformed: there is no text, or too much.
        Refused: ticket_finished, for one that was cancelled, or closed too long ago.
    """
    heard_in = ticket.merged_into or ticket
    locked = lock_ticket(heard_in)
    if not takes_answers(locked):
        raise Refused(_("This ticket is done with. Please ask your question anew."), code="ticket_finished")
    comment = write_comment(locked, comment_type=CommentType.CUSTOMER, content=content, author_contact=contact, author_user=by)
    if locked.status not in (TicketStatus.NEW, TicketStatus.OPEN):
        # The customer's word opens it, whatever rights their own login has.
        moved = change_status(locked, TicketStatus.OPEN, reason=str(_("The customer answered.")), by=None)
        keep_promises(moved.record)
    return comment


def takes_answers(ticket: Ticket) -> bool:
    """Whether what the customer says now still belongs here."""
    if ticket.status == TicketStatus.CLOSED:
        return ticket.closed_at is not None and clock.now() - ticket.closed_at <= REOPENS_WITHIN
    return ticket.status != TicketStatus.CANCELLED


def write_comment(
    ticket: Ticket,
    *,
    comment_type: str,
    content: str,
    author_user: User | None = None,
    author_contact: Contact | None = None,
) -> TicketComment:
    """Store a comment on a locked ticket, which counts as changed by it.

    Raises:
        Malformed: there is no text, or too much.
    """
    said = checked_text(content, pointer="/content")
    now = clock.now()
    comment = TicketComment.objects.create(
        ticket=ticket,
        comment_type=comment_type,
        author_user=author_user,
        author_contact=author_contact,
        content=said,
        is_resolution=comment_type == CommentType.RESOLUTION,
        is_visible_to_customer=comment_type in TO_THE_CUSTOMER,
        written_at=now,
    )
    ticket.version += 1
    ticket.last_activity_at = now
    ticket.save(update_fields=["version", "last_activity_at"])
    return comment


@in_transaction
def note_not_mailed(*, ticket: Ticket, why: str) -> TicketComment:
    """Tell colleagues, in the ticket itself, that its customer was not mailed."""
    words = _("The customer was not mailed: %(why)s") % {"why": why}
    return write_comment(lock_ticket(ticket), comment_type=CommentType.SYSTEM, content=str(words))


def checked_text(content: str, *, pointer: str, longest: int = CONTENT_LENGTH) -> str:
    """The plain text of what somebody wrote.

    Raises:
        Malformed: nothing is left of it, or too much.
    """
    said = plain(content)
    if not said or len(said) > longest:
        wrong = _("Write 1 to %(longest)s signs.") % {"longest": longest}
        raise Malformed(fields=[FieldError(pointer=pointer, code="invalid", detail=wrong)])
    return said
