"""What follows when a message does not arrive: another way where there is one, else a person is asked to look."""

from uuid import uuid4

from django.utils.translation import gettext as _

from apps.communication.choices import TEXT_CHANNELS, ChannelType, DeliveryStatus, MessageType, TraceKind
from apps.communication.documents import write_letter
from apps.communication.models import CommunicationChannel, CommunicationMessage
from apps.communication.models.message import ERROR_LENGTH
from apps.communication.services.eligibility import objections, too_much
from apps.communication.services.keeping import deferral, note, sends_at, store
from apps.communication.services.reaching import reachable
from apps.communication.templating import Rendered
from apps.communication.texting import measure
from apps.core.errors import Refused
from apps.core.records import RecordRef
from apps.workflow.services import create_task


def tell_of_failure(message: CommunicationMessage) -> None:
    """Send it another way where its channel names one and that is possible; else ask a colleague to look."""
    other = _another_way(message)
    if other is not None:
        note(message, TraceKind.STATE, _("Sent through another channel: %(channel)s.") % {"channel": other.channel})
        return
    create_task(
        title=_("Message could not be sent: %(subject)s") % {"subject": message.summary[:120]},
        description=f"{message.recipient}: {message.last_error}"[:ERROR_LENGTH],
        task_type="follow_up",
        priority="high",
        about=message.thread.about or RecordRef(entity_type="communication_message", entity_id=message.pk),
        business_entity=message.thread.business_entity,
    )


def _another_way(message: CommunicationMessage) -> CommunicationMessage | None:
    """The same words through the channel that stands in for this one, once; None where there is no such way."""
    channel = message.channel.fallback_channel
    is_copy = message.resent_from_id is not None
    if channel is None or not channel.is_active or is_copy or message.recipient_contact is None:
        return None
    try:
        address = reachable(message.recipient_contact, channel.channel_type)
    except Refused:
        return None
    other = _through(message, channel, address)
    if objections([other]) or too_much(other):
        return None
    due_at = sends_at(other)
    other.next_attempt_at = due_at
    return store(other, files=[each.attachment for each in message.files.select_related("attachment")], trace=deferral(due_at))


def _through(message: CommunicationMessage, channel: CommunicationChannel, address: str) -> CommunicationMessage:
    key = uuid4()
    letter = write_letter(
        Rendered(subject=message.subject or message.thread.thread_subject, text=message.text, html=""),
        entity=channel.business_entity,
        reply_to=channel.reply_address,
        language=message.language,
    )
    is_text = channel.channel_type in TEXT_CHANNELS
    return CommunicationMessage(
        id=key,
        thread=message.thread,
        channel=channel,
        channel_type=channel.channel_type,
        message_type=MessageType.SYSTEM_NOTIFICATION,
        sender=channel.sender,
        recipient_contact=message.recipient_contact,
        recipient=address,
        subject="" if is_text else letter.subject,
        text=message.text if is_text else letter.text,
        language=message.language,
        template=message.template,
        template_version=message.template_version,
        only_in_status=message.only_in_status,
        part_count=measure(message.text).parts if channel.channel_type == ChannelType.SMS else None,
        external_message_id=channel.message_id_for(key),
        delivery_status=DeliveryStatus.PENDING,
        resent_from=message,
    )
