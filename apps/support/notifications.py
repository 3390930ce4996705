"""What we write to customers about their tickets, and when we write nothing."""

import re
from datetime import timedelta

from apps.communication.models import CommunicationMessage
from apps.communication.services import send_notification
from apps.core import clock
from apps.core.errors import Refused
from apps.core.records import ref_to
from apps.support.models import Ticket, TicketComment
from apps.support.services import note_not_mailed, rating_link

CONFIRMATION = "ticket_created"
MOST_CONFIRMATIONS = 3
MACHINES = re.compile(r"(no-?reply|do-?not-?reply|mailer-daemon|postmaster)@", re.IGNORECASE)


def confirm_ticket(ticket: Ticket) -> None:
    """Tell whoever asked that the question came in, and under which number.

    Machines are not answered, and nobody more often than three times a day: who answers each answer would go on for ever.
    """
    if MACHINES.match(ticket.contact.email) or _confirmed_today(ticket) >= MOST_CONFIRMATIONS:
        return
    _send(ticket, CONFIRMATION, {"question": ticket.description}, dedupe_key=f"ticket:{ticket.pk}:created")


def _confirmed_today(ticket: Ticket) -> int:
    confirmed = CommunicationMessage.objects.filter(template__template_code=CONFIRMATION, recipient_contact=ticket.contact)
    return confirmed.filter(created_at__gt=clock.now() - timedelta(days=1)).count()


def mail_answer(comment: TicketComment) -> CommunicationMessage | None:
    """Send what one of us said to the customer."""
    variables = {"answer": comment.content, "agent_name": _name_of_author(comment)}
    return _send(comment.ticket, "ticket_reply", variables, dedupe_key=f"ticket_comment:{comment.pk}")


def mail_solution(comment: TicketComment) -> CommunicationMessage | None:
    """Send what solved it, and ask how satisfied the customer is."""
    variables = {
        "answer": comment.content,
        "agent_name": _name_of_author(comment),
        "rating_link": rating_link(comment.ticket),
    }
    return _send(comment.ticket, "ticket_resolved", variables, dedupe_key=f"ticket_comment:{comment.pk}")


def tell_of_merge(ticket: Ticket, into: Ticket) -> None:
    """Tell the customer under which number their question goes on."""
    _send(ticket, "ticket_merged", {"into_number": into.ticket_number}, dedupe_key=f"ticket:{ticket.pk}:merged:{into.pk}")


def _name_of_author(comment: TicketComment) -> str:
    return comment.author_user.get_short_name() if comment.author_user else ""


def _send(ticket: Ticket, template_code: str, more: dict[str, str], *, dedupe_key: str) -> CommunicationMessage | None:
    if not ticket.contact.email:
        return None  # the ticket's page says that nothing was mailed
    try:
        return send_notification(
            template_code=template_code,
            recipient_contact=ticket.contact,
            variables={"ticket_number": ticket.ticket_number, "ticket_subject": ticket.subject, **more},
            about=ref_to(ticket),
            business_entity=ticket.business_entity,
            dedupe_key=dedupe_key,
            by=None,
        )
    except Refused as refusal:
        note_not_mailed(ticket=ticket, why=str(refusal.detail))  # trying again would be refused again
        return None
