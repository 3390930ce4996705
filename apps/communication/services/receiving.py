"""What others write to us becomes a message in the conversation that it belongs to."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.communication.choices import TEXT_CHANNELS, ChannelType, DeliveryStatus, MessageType
from apps.communication.events import MessageReceived
from apps.communication.models import CommunicationChannel, CommunicationMessage, CommunicationThread
from apps.communication.models.message import TEXT_LENGTH
from apps.communication.services.preferences import heed_stop
from apps.communication.services.threads import SUBJECT_LENGTH, conversation, spoken_in
from apps.core import clock
from apps.core.records import RecordRef
from apps.events.services import publish
from apps.organizations.models import Contact

# A reply by phone names no message: within this time it is taken to be one to what we wrote last.
REPLY_WITHIN = timedelta(days=30)
ADDRESS_LENGTH = 254
UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """Who wrote, as far as we know, and what we wrote them last."""

    contact: Contact | None
    thread: CommunicationThread | None
    language: str


@transaction.atomic
def receive_message(
    *,
    channel: CommunicationChannel,
    sender: str,
    text: str,
    external_message_id: str,
    subject: str = "",
    received_at: datetime | None = None,
    about: RecordRef | None = None,
) -> CommunicationMessage:
    """Take a message in, once: one whose id is known is given as it was kept, and nobody hears of it again.

    `sender` is the e-mail address or the number (+31…) that it came from; whose that is, is looked up among the contacts of
    the channel's company. Without `about` a reply by phone stands in the conversation of what we wrote to that number last,
    everything else in that with the person. Whoever texts STOP gets no more than what is essential through that channel. The
    door keeps the call as it came before it calls this.
    """
    address = (sender.lower() if channel.channel_type == ChannelType.EMAIL else sender)[:ADDRESS_LENGTH]
    if known := CommunicationMessage.objects.filter(external_message_id=external_message_id).first():
        return known
    heard = _recognised(channel, address)
    said = {
        "thread": _thread(channel, address, heard, about=about, subject=subject),
        "channel": channel,
        "channel_type": channel.channel_type,
        "message_type": MessageType.INCOMING,
        "sender": address,
        "recipient_contact": heard.contact,
        "recipient": channel.channel_identifier,
        "subject": _clean(" ".join(subject.split()))[:SUBJECT_LENGTH],
        "text": _clean(text)[:TEXT_LENGTH],
        "language": heard.language,
        "delivery_status": DeliveryStatus.RECEIVED,
        "sent_at": min(received_at or clock.now(), clock.now()),  # a clock ahead of ours opens no longer window
    }
    message, is_new = CommunicationMessage.objects.get_or_create(external_message_id=external_message_id, defaults=said)
    if is_new:
        heed_stop(message)
        publish(MessageReceived(message_id=message.pk))
    return message


def _recognised(channel: CommunicationChannel, address: str) -> _Heard:
    # Whoever got an SMS may answer by WhatsApp: it is the same phone.
    kinds = TEXT_CHANNELS if channel.channel_type in TEXT_CHANNELS else (channel.channel_type,)
    last = (
        CommunicationMessage.objects.filter(
            channel_type__in=kinds, recipient=address, thread__business_entity=channel.business_entity
        )
        .exclude(recipient_contact=None)
        .filter(sent_at__gte=clock.now() - REPLY_WITHIN)
        .select_related("thread", "recipient_contact")
        .order_by("-sent_at")
        .first()
    )
    contact = last.recipient_contact if last else _contact_of(channel, address)
    is_reply = last is not None and channel.channel_type != ChannelType.EMAIL
    return _Heard(
        contact=contact,
        thread=last.thread if last is not None and is_reply else None,
        language=contact.language if contact else "nl",
    )


def _contact_of(channel: CommunicationChannel, address: str) -> Contact | None:
    """The newest person with this address at a customer of the company, or at a partner of the group."""
    if channel.channel_type == ChannelType.EMAIL:
        has_it = Q(email=address)
    else:
        has_it = Q(mobile=address) | Q(whatsapp=address) | Q(phone=address)
    ours = Q(organization__business_entity=channel.business_entity) | Q(organization__business_entity=None)
    return Contact.objects.not_deleted().filter(has_it, ours, is_active=True).order_by("-pk").first()


def _thread(
    channel: CommunicationChannel, address: str, heard: _Heard, *, about: RecordRef | None, subject: str
) -> CommunicationThread:
    if heard.thread is not None and about is None:
        spoken_in(heard.thread)
        return heard.thread
    return conversation(
        entity=channel.business_entity,
        contact=heard.contact,
        counterpart=address,
        about=about,
        subject=_clean(subject) or str(heard.contact or address),
    )


def _clean(text: str) -> str:
    """What PostgreSQL cannot keep, NUL and halves of signs, as the sign for what cannot be read."""
    return UNKEEPABLE.sub("\ufffd", text)
