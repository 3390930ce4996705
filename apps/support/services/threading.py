"""Where a message that came in belongs, and the proof of it."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.choices import Language
from apps.communication.choices import ChannelType, MessageType
from apps.communication.models import CommunicationChannel, CommunicationMessage
from apps.communication.queries import sending_channel
from apps.communication.services import receive_message
from apps.core.errors import Malformed
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.organizations.models import BusinessEntity, Contact
from apps.organizations.services import find_or_create_customer
from apps.support.choices import InboundState, ThreadingDecision
from apps.support.guessing import guess
from apps.support.incoming import Incoming, Unreadable, read_incoming
from apps.support.models import InboundMessage, Ticket, TicketComment, TicketQuerySet
from apps.support.services.conversation import hear_customer, takes_answers
from apps.support.services.creating import TicketData, create_ticket
from apps.support.services.inbound import lock_inbound
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.services import create_task

NUMBER = re.compile(r"\b(?:SUP|SAL|INQ)-[0-9]{4}-[0-9]{5,6}\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The ticket that a message belongs to, if there is one; why, and what showed it."""

    ticket: Ticket | None
    decision: ThreadingDecision
    evidence: str = ""


def place_of(incoming: Incoming, entity: BusinessEntity) -> Place:
    """Where a message belongs. It answers a message of ours, whose id nobody can guess; or it names the number of a ticket
    and is from somebody of that ticket. By its subject alone, or its sender alone, it belongs nowhere: it begins a new one.
    """
    found = _answered(incoming, entity) or _named(incoming, entity)
    if incoming.is_automatic:
        return Place(
            ticket=found.ticket if found else None,
            decision=ThreadingDecision.AUTOMATIC,
            evidence=_("Its headers or sender say so."),
        )
    if found is None:
        return Place(ticket=None, decision=ThreadingDecision.NEW, evidence=_strangers_number(incoming))
    ticket = found.ticket.merged_into or found.ticket if found.ticket else None
    if ticket is not None and not takes_answers(ticket):
        return Place(ticket=ticket, decision=ThreadingDecision.FOLLOW_UP, evidence=found.evidence)
    return Place(ticket=ticket, decision=found.decision, evidence=found.evidence)


def _answered(incoming: Incoming, entity: BusinessEntity) -> Place | None:
    """By the id of a message of ours, or of one that somebody of the ticket sent us before."""
    messages = CommunicationMessage.objects.filter(
        external_message_id__in=incoming.message_ids, thread__about_type=Ticket.entity_type, thread__business_entity=entity
    ).select_related("thread")
    for message in messages.order_by("-created_at"):
        ticket = _tickets(entity).filter(pk=message.thread.about_id).first()
        is_ours = message.message_type != MessageType.INCOMING
        if ticket is not None and (is_ours or is_of_ticket(incoming.sender, ticket)):
            return Place(ticket=ticket, decision=ThreadingDecision.MESSAGE_ID, evidence=message.external_message_id)
    return None


def _named(incoming: Incoming, entity: BusinessEntity) -> Place | None:
    for number in NUMBER.findall(incoming.subject):
        ticket = _tickets(entity).filter(ticket_number=number.upper()).first()
        if ticket is not None and is_of_ticket(incoming.sender, ticket):
            evidence = _("%(number)s, from %(sender)s") % {"number": ticket.ticket_number, "sender": incoming.sender}
            return Place(ticket=ticket, decision=ThreadingDecision.NUMBER, evidence=evidence)
    return None


def _strangers_number(incoming: Incoming) -> str:
    named = ", ".join(NUMBER.findall(incoming.subject))
    return _("It names %(number)s, and is from nobody of that ticket.") % {"number": named} if named else ""


def _tickets(entity: BusinessEntity) -> TicketQuerySet:
    tickets: TicketQuerySet = Ticket.objects.filter(business_entity=entity).select_related(
        "merged_into", "contact", "business_entity"
    )
    return tickets


def is_of_ticket(sender: str, ticket: Ticket) -> bool:
    """Whether somebody is known to take part in a ticket: who asked, a colleague of theirs there, or who spoke in it before."""
    known = Contact.objects.not_deleted().filter(email=sender).exclude(email="")
    spoke = TicketComment.objects.filter(ticket=ticket, author_contact__email=sender).exclude(author_contact__email="")
    return known.filter(organization=ticket.customer_organization_id).exists() or spoke.exists()


@in_transaction
def take_up_inbound(inbound: InboundMessage) -> InboundMessage:
    """Put a message that came in where it belongs; one that was taken up before stays where it is.

    What cannot be read is kept, and somebody is asked to look at it. What nobody wrote is kept, and answered by nobody.
    """
    locked = lock_inbound(inbound.pk)
    if locked is None:
        return inbound
    try:
        incoming = read_incoming(locked.raw.encode())
        with transaction.atomic():  # what was made on the way, such as a new customer, goes with what cannot be read
            _put(locked, incoming)
    except (Unreadable, Malformed) as error:
        _ask_to_read(locked, str(error))
    locked.save()
    return locked


def _put(inbound: InboundMessage, incoming: Incoming) -> None:
    entity = _asked(incoming, inbound)
    place = place_of(incoming, entity)
    inbound.channel, inbound.sender, inbound.subject = incoming.channel, incoming.sender, incoming.subject
    inbound.decision, inbound.evidence, inbound.ticket = place.decision, place.evidence[:400], place.ticket
    if place.decision == ThreadingDecision.AUTOMATIC or _is_our_own(incoming):
        inbound.state = InboundState.LEFT
        return
    if (earlier := _came_before(incoming, entity)) is not None:
        inbound.state, inbound.ticket = InboundState.LEFT, earlier.ticket
        inbound.decision, inbound.evidence = "", incoming.message_id
        return
    contact = _contact(incoming, entity, place.ticket)
    if contact is None:
        raise Unreadable(_("a number that we do not know"))
    inbound.state = InboundState.TAKEN_UP
    if place.decision in (ThreadingDecision.NEW, ThreadingDecision.FOLLOW_UP):
        inbound.ticket = _new_ticket(incoming, entity, contact, place)
        inbound.message = _record(inbound, incoming, entity, inbound.ticket)
        return
    if place.ticket is None:
        raise RuntimeError("a message that answers one of ours has its ticket")
    comment = hear_customer(ticket=place.ticket, content=incoming.text or incoming.subject or "–", contact=contact, by=None)
    inbound.ticket, inbound.comment = comment.ticket, comment
    inbound.message = comment.message = _record(inbound, incoming, entity, comment.ticket)
    comment.save(update_fields=["message"])


def _asked(incoming: Incoming, inbound: InboundMessage) -> BusinessEntity:
    """The company whose mailbox or number was written to, else that of the source."""
    channel = (
        CommunicationChannel.objects.filter(channel_type=incoming.channel, channel_identifier__iexact=incoming.recipient)
        .exclude(channel_identifier="")
        .select_related("business_entity")
        .first()
    )
    return channel.business_entity if channel else inbound.source.business_entity


def _is_our_own(incoming: Incoming) -> bool:
    """A letter of ours that came back to one of our own mailboxes."""
    ours = CommunicationMessage.objects.exclude(message_type=MessageType.INCOMING)
    return bool(incoming.message_id) and ours.filter(external_message_id=incoming.message_id).exists()


def _came_before(incoming: Incoming, entity: BusinessEntity) -> InboundMessage | None:
    """The same letter of the same sender, taken up for this company before: who writes to two of its mailboxes asks once."""
    if not incoming.message_id:
        return None
    same = CommunicationMessage.objects.filter(
        external_message_id=incoming.message_id, sender=incoming.sender, thread__business_entity=entity
    )
    return InboundMessage.objects.filter(message__in=same).defer("raw").first()


def _contact(incoming: Incoming, entity: BusinessEntity, ticket: Ticket | None) -> Contact | None:
    """Who wrote: somebody of the ticket, else a customer of this company; a new one is made of an e-mail address alone."""
    if incoming.channel != ChannelType.EMAIL:
        numbers = Contact.objects.not_deleted().filter(organization__business_entity=entity)
        return numbers.filter(phone=incoming.sender).first() or numbers.filter(mobile=incoming.sender).first()
    if ticket is not None:
        of_ticket = Contact.objects.not_deleted().filter(organization=ticket.customer_organization_id, email=incoming.sender)
        if known := of_ticket.order_by("-is_primary", "pk").first():
            return known
    person = Contact.objects.not_deleted().filter(email=incoming.sender, is_active=True).select_related("organization")
    for contact in person.order_by("pk"):
        if contact.organization.business_entity_id in (None, entity.pk):
            return contact
    name = incoming.sender_name or incoming.sender.partition("@")[0]
    return find_or_create_customer(
        business_entity=entity, name=name, email=incoming.sender, language=Language.DUTCH, by=None
    ).contact


def _new_ticket(incoming: Incoming, entity: BusinessEntity, contact: Contact, place: Place) -> Ticket:
    guessed = guess(incoming.subject, incoming.text)
    return create_ticket(
        data=TicketData(
            business_entity=entity,
            contact=contact,
            subject=incoming.subject or incoming.text[:80] or _("Without a subject"),
            description=incoming.text or incoming.subject or "–",
            ticket_type=guessed.ticket_type,
            category=guessed.category,
            priority=guessed.priority,
            source=incoming.channel,
            follow_up_of=place.ticket,
            order=place.ticket.order if place.ticket else None,
        ),
        by=None,
    )


def _record(inbound: InboundMessage, incoming: Incoming, entity: BusinessEntity, ticket: Ticket) -> CommunicationMessage:
    """The message in the conversation about its ticket, beside what we answer."""
    channels = CommunicationChannel.objects.in_use().filter(business_entity=entity, channel_type=incoming.channel)
    channel = channels.filter(channel_identifier__iexact=incoming.recipient).first() or sending_channel(
        entity, channel_type=incoming.channel, channel_code="support"
    )
    return receive_message(
        channel=channel,
        sender=incoming.sender,
        text=incoming.text,
        external_message_id=_name_of(inbound, incoming),
        subject=incoming.subject,
        received_at=incoming.received_at,
        about=ref_to(ticket),
    )


def _name_of(inbound: InboundMessage, incoming: Incoming) -> str:
    """What a message is called among all: its own name, unless another company of ours got it too or somebody else took it."""
    own = incoming.message_id or incoming.external_id
    is_taken = not own or CommunicationMessage.objects.filter(external_message_id=own).exists()
    return str(inbound.pk) if is_taken else own


def _ask_to_read(inbound: InboundMessage, why: str) -> None:
    inbound.state = InboundState.UNREADABLE
    inbound.evidence = why[:400]
    create_task(
        title=_("Read a message that the system cannot"),
        description=_("It came in from %(source)s and is kept as it came: %(why)s") % {"source": inbound.source, "why": why},
        task_type=TaskType.FOLLOW_UP,
        priority=TaskPriority.HIGH,
        about=ref_to(inbound),
        business_entity=inbound.source.business_entity,
    )
