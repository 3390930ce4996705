"""Getting one message ready for the call that hands it over, and judging what came of it. The call itself asks no database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from apps.communication.choices import ChannelType, Purpose
from apps.communication.clients.email import OutgoingEmail, OutgoingFile, send_email
from apps.communication.clients.mailbox import keep_text
from apps.communication.clients.messagebird import ApprovedTemplate, MessageBird, OutgoingSms, OutgoingWhatsApp, ProviderBusy
from apps.communication.models import CommunicationMessage, MessageBirdConnection
from apps.communication.queries import lies_in_mailbox
from apps.communication.services.eligibility import purpose_of, window_is_open
from apps.communication.services.reaching import unsubscribe_link
from apps.communication.texting import measure
from apps.core.outbound import FinalError, RetryableError
from apps.files.models import Attachment
from apps.files.services import read_attachment

HOOK = "/hooks/messagebird"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one attempt. `provider_id`: what the provider calls the message; `is_refusal`: it was we who kept it in."""

    succeeded: bool
    final: bool
    words: str
    provider_id: str = ""
    is_refusal: bool = False
    retry_after: timedelta | None = None


Call = Callable[[], Outcome]


def call_for(message: CommunicationMessage) -> Call:
    """What is to be called to hand this message over; all that the database knows of it has been read."""
    calls: dict[str, Callable[[CommunicationMessage], Callable[[], tuple[str, str]]]] = {
        ChannelType.EMAIL: _by_mail,
        ChannelType.SMS: _by_sms,
        ChannelType.WHATSAPP: _by_whatsapp,
    }
    hand_over = calls[message.channel_type](message)

    def call() -> Outcome:
        try:
            words, provider_id = hand_over()
        except FinalError as error:
            return Outcome(succeeded=False, final=True, words=str(error))
        except ProviderBusy as error:
            return Outcome(succeeded=False, final=False, words=str(error), retry_after=error.retry_after)
        except RetryableError as error:
            return Outcome(succeeded=False, final=False, words=str(error))
        return Outcome(succeeded=True, final=True, words=words or _("handed over"), provider_id=provider_id)

    return call


def _by_mail(message: CommunicationMessage) -> Callable[[], tuple[str, str]]:
    files = [each.attachment for each in message.files.select_related("attachment")]
    contact, is_news = message.recipient_contact, purpose_of(message) == Purpose.MARKETING
    link = unsubscribe_link(contact, ChannelType.EMAIL) if contact is not None and is_news else ""

    def hand_over() -> tuple[str, str]:
        letter = OutgoingEmail(
            message_id=message.external_message_id,
            sender=message.sender,
            reply_to=message.channel.reply_address,
            recipient=message.recipient,
            subject=message.subject,
            text=message.text,
            html=message.html,
            unsubscribe_link=link,
            files=tuple(_file(each) for each in files),
        )
        return send_email(letter), ""

    return hand_over


def _file(attachment: Attachment) -> OutgoingFile:
    try:
        content = read_attachment(attachment)
    except FileNotFoundError as error:
        words = _("The content of %(name)s is gone.") % {"name": attachment.document_name}
        raise FinalError("file_missing", words) from error
    return OutgoingFile(name=attachment.document_name, content=content, media_type=attachment.media_type)


def _by_sms(message: CommunicationMessage) -> Callable[[], tuple[str, str]]:
    provider = _provider_of(message)
    sms = OutgoingSms(
        originator=message.sender,
        recipient=message.recipient,
        body=message.text,
        reference=message.pk.hex,
        is_unicode=measure(message.text).is_unicode,
        report_url=settings.PUBLIC_BASE_URL + HOOK,
    )
    is_repeat, since = message.attempt_count > 1, message.created_at

    def hand_over() -> tuple[str, str]:
        if provider is None:
            return _into_mailbox(message), ""
        # A worker that died may have handed it over and not lived to say so.
        taken = provider.find_sms(recipient=sms.recipient, reference=sms.reference, since=since) if is_repeat else ""
        return (_("handed over before") if taken else ""), taken or provider.send_sms(sms)

    return hand_over


def _by_whatsapp(message: CommunicationMessage) -> Callable[[], tuple[str, str]]:
    provider = _provider_of(message)
    filled = message.provider_template
    chat = OutgoingWhatsApp(
        channel_id=message.channel.provider_channel_id,
        recipient=message.recipient,
        text=message.text,
        template=ApprovedTemplate(**filled) if filled and not window_is_open(message) else None,
        reference=message.pk.hex,
        report_url=settings.PUBLIC_BASE_URL + HOOK,
    )

    def hand_over() -> tuple[str, str]:
        return (_into_mailbox(message), "") if provider is None else ("", provider.send_whatsapp(chat))

    return hand_over


def _provider_of(message: CommunicationMessage) -> MessageBird | None:
    """The company's account; None where text messages lie in the mailbox."""
    connection: MessageBirdConnection | None = getattr(message.channel.business_entity, "messagebird_connection", None)
    if connection is None or not connection.is_active:
        return None
    return MessageBird(
        rest_url=settings.MESSAGEBIRD_REST_URL,
        conversations_url=settings.MESSAGEBIRD_CONVERSATIONS_URL,
        access_key=connection.access_key,
    )


def _into_mailbox(message: CommunicationMessage) -> str:
    if not lies_in_mailbox():
        raise FinalError("no_connection", _("The company has no account at MessageBird that is switched on."))
    keep_text(
        name=str(message.pk),
        kind=message.get_channel_type_display(),
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
    )
    return _("kept in the mailbox")
