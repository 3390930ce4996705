"""Text messages of customers (SMS, WhatsApp), which come in by the provider's own door: no question stays unanswered."""

from datetime import timedelta
from uuid import UUID

from apps.communication.choices import TEXT_CHANNELS
from apps.communication.models import CommunicationMessage
from apps.communication.services import is_stop
from apps.core import clock
from apps.core.transactions import in_transaction
from apps.orders.models import Order
from apps.organizations.models import Contact
from apps.support.guessing import guess
from apps.support.models import InboundMessage, Ticket, TicketComment
from apps.support.services.conversation import hear_customer
from apps.support.services.creating import TicketData, create_ticket
from apps.support.texts import plain

SAME_TALK = timedelta(hours=24)


@in_transaction
def hear_text(message_id: UUID) -> Ticket | None:
    """Take a text message up: in the ticket that it answers or that the same person is texting about, else in a new one.

    None for what needs no answer: a mail, which has its own way in, a stranger's message, which stands in the
    conversations, STOP, and what holds no words. What was taken up before is not taken up again.
    """
    message = (
        CommunicationMessage.objects.select_related("thread__business_entity", "recipient_contact__organization")
        .select_for_update(of=("self",))
        .get(pk=message_id)
    )
    contact = message.recipient_contact
    known = TicketComment.objects.filter(message=message).exists() or InboundMessage.objects.filter(message=message).exists()
    said = plain(message.text)
    if message.channel_type not in TEXT_CHANNELS or contact is None or known or is_stop(message) or not said:
        return None
    ticket = _going_on(message)
    if ticket is None:
        return _begin(message, contact, said)
    comment = hear_customer(ticket=ticket, content=said, contact=contact, by=None)
    comment.message = message
    comment.save(update_fields=["message"])
    return ticket


def _going_on(message: CommunicationMessage) -> Ticket | None:
    """The unfinished ticket that a message belongs to, which may be the one that theirs was merged into."""
    theirs = Ticket.objects.filter(business_entity=message.thread.business_entity, contact=message.recipient_contact)
    about = message.thread.about
    if about is not None and about.entity_type == Ticket.entity_type:
        theirs = theirs.filter(pk=about.entity_id)
    else:
        theirs = theirs.filter(source=message.channel_type, last_activity_at__gt=clock.now() - SAME_TALK)
    asked = theirs.select_related("merged_into").order_by("-last_activity_at")
    goes_on_in = (ticket.merged_into or ticket for ticket in asked)
    return next((ticket for ticket in goes_on_in if ticket.is_unfinished), None)


def _begin(message: CommunicationMessage, contact: Contact, said: str) -> Ticket:
    guessed = guess("", said)
    return create_ticket(
        data=TicketData(
            business_entity=message.thread.business_entity,
            contact=contact,
            subject=said[:80],
            description=said,
            ticket_type=guessed.ticket_type,
            category=guessed.category,
            priority=guessed.priority,
            order=_order_of(message),
            source=message.channel_type,
        ),
        by=None,
    )


def _order_of(message: CommunicationMessage) -> Order | None:
    """The order that was written about to the same number last."""
    about = message.thread.about
    if about is None or about.entity_type != Order.entity_type or message.recipient_contact is None:
        return None
    orders = Order.objects.kept().filter(pk=about.entity_id, business_entity=message.thread.business_entity)
    found: Order | None = orders.filter(customer_organization=message.recipient_contact.organization_id).first()
    return found
