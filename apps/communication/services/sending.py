"""Handing messages over: claim (transaction), call (no transaction), record (transaction)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.communication.choices import DeliveryStatus
from apps.communication.clients.email import OutgoingEmail, OutgoingFile, send_email
from apps.communication.events import MessageFailed, MessageSent
from apps.communication.models import CommunicationMessage, MessageAttempt, MessageFile
from apps.communication.models.message import ERROR_LENGTH
from apps.core import clock
from apps.core.doorbell import Doorbell
from apps.core.errors import Refused
from apps.core.outbound import FinalError, RetryableError
from apps.core.records import RecordRef
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.events.queries import sending_is_held
from apps.events.services import publish
from apps.files.models import Attachment
from apps.files.services import read_attachment
from apps.workflow.services import create_task

SEND_DUE = "communication.send_due_messages"
LEASE = timedelta(minutes=5)  # far longer than a call may take: when it runs out, the worker is gone

MOST_BYTES_OF_FILES = 7 * 1024 * 1024  # in a letter a third more, and providers take 10 MB

doorbell = Doorbell(SEND_DUE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one attempt."""

    succeeded: bool
    final: bool
    words: str
    retry_after: timedelta | None = None


def send_due_messages(*, limit: int, seconds: float = 15.0) -> int:
    """Send what is due, one after the other, until `limit` or time is up; gives how many were tried.

    Any number of workers may do so at once. A worker that dies leaves its message claimed; it is due again when the lease
    runs out, under the same Message-ID. A message that kills its worker each time fails like any other.
    """
    if sending_is_held():
        return 0
    ends_at = time.monotonic() + seconds
    for tried in range(limit):
        message = _claim_next() if time.monotonic() < ends_at else None
        if message is None:
            return tried
        used_up = message.attempt_count > MAX_ATTEMPTS
        _record(message, _worker_lost() if used_up else _hand_over(message))
    return limit


@transaction.atomic
def _claim_next() -> CommunicationMessage | None:
    now = clock.now()
    message = (
        CommunicationMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("channel", "recipient_contact", "thread")
        .filter(delivery_status__in=[DeliveryStatus.PENDING, DeliveryStatus.SENDING], next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .first()
    )
    if message is None:
        return None
    message.delivery_status = DeliveryStatus.SENDING
    message.claimed_at = now
    message.next_attempt_at = now + LEASE
    message.attempt_count += 1
    message.save(update_fields=["delivery_status", "claimed_at", "next_attempt_at", "attempt_count"])
    return message


def _worker_lost() -> Outcome:
    return Outcome(succeeded=False, final=True, words=_("The worker that was to send it did not come back."))


def _hand_over(message: CommunicationMessage) -> Outcome:
    # Asked again at the last moment: who has left since is not written to.
    if message.recipient_contact.deleted_at is not None or not message.recipient_contact.is_active:
        return Outcome(succeeded=False, final=True, words=_("The contact is no longer active."))
    try:
        return Outcome(succeeded=True, final=True, words=send_email(_letter(message)) or _("handed over"))
    except FinalError as error:
        return Outcome(succeeded=False, final=True, words=str(error))
    except RetryableError as error:
        return Outcome(succeeded=False, final=False, words=str(error))


def _letter(message: CommunicationMessage) -> OutgoingEmail:
    """The message with its files.

    Raises:
        FinalError: the content of a file is gone.
    """
    return OutgoingEmail(
        message_id=message.external_message_id,
        sender=message.sender,
        reply_to=message.channel.reply_address,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        files=tuple(_file(each.attachment) for each in message.files.select_related("attachment")),
    )


def _file(attachment: Attachment) -> OutgoingFile:
    try:
        content = read_attachment(attachment)
    except FileNotFoundError as error:
        words = _("The content of %(name)s is gone.") % {"name": attachment.document_name}
        raise FinalError("file_missing", words) from error
    return OutgoingFile(name=attachment.document_name, content=content, media_type=attachment.media_type)


@transaction.atomic
def _record(claimed: CommunicationMessage, outcome: Outcome) -> None:
    message = CommunicationMessage.objects.select_for_update(of=("self",)).select_related("thread").get(pk=claimed.pk)
    if message.claimed_at != claimed.claimed_at:
        return  # the lease ran out and another worker has it
    now = clock.now()
    MessageAttempt.objects.create(
        message=message,
        number=message.attempt_count,
        occurred_at=now,
        succeeded=outcome.succeeded,
        outcome=outcome.words[:ERROR_LENGTH],
    )
    wait = None if outcome.final else next_attempt_after(message.attempt_count, outcome.retry_after)
    message.claimed_at = None
    message.next_attempt_at = now + wait if wait is not None else None
    message.last_error = "" if outcome.succeeded else outcome.words[:ERROR_LENGTH]
    if outcome.succeeded:
        message.delivery_status, message.sent_at = DeliveryStatus.SENT, now
    else:
        message.delivery_status = DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING
    message.save(update_fields=["claimed_at", "next_attempt_at", "last_error", "delivery_status", "sent_at"])
    _tell(message)


def _tell(message: CommunicationMessage) -> None:
    if message.delivery_status == DeliveryStatus.SENT:
        publish(MessageSent(message_id=message.pk))
    elif message.delivery_status == DeliveryStatus.FAILED:
        publish(MessageFailed(message_id=message.pk))
        create_task(
            title=_("Message could not be sent: %(subject)s") % {"subject": message.subject[:120]},
            description=f"{message.recipient}: {message.last_error}"[:ERROR_LENGTH],
            task_type="follow_up",
            priority="high",
            about=message.thread.about or RecordRef(entity_type="communication_message", entity_id=message.pk),
            business_entity=message.thread.business_entity,
        )


@transaction.atomic
def resend_message(*, communicationmessage: CommunicationMessage, by: User | None) -> CommunicationMessage:
    """Send a message again: one that failed goes back in line, one that was sent goes out as a new copy.

    Raises:
        Refused: message_not_sent_yet, message_suppressed.
    """
    message = CommunicationMessage.objects.select_for_update(of=("self",)).get(pk=communicationmessage.pk)
    if message.delivery_status == DeliveryStatus.SUPPRESSED:
        raise Refused(_("Messages about a test stay inside."), code="message_suppressed")
    if message.delivery_status in (DeliveryStatus.DRAFT, DeliveryStatus.PENDING, DeliveryStatus.SENDING):
        raise Refused(_("The message is still on its way."), code="message_not_sent_yet")
    is_new = message.delivery_status != DeliveryStatus.FAILED
    again = _copy(message, by=by) if is_new else message
    again.delivery_status = DeliveryStatus.PENDING
    again.attempt_count = 0
    again.next_attempt_at = clock.now()
    again.save()
    if is_new:
        attach_files(again, [each.attachment for each in message.files.select_related("attachment")])
    doorbell.ring_after_commit()
    return again


def attach_files(message: CommunicationMessage, files: Sequence[Attachment]) -> None:
    """Have files go along with a new message.

    Raises:
        Refused: files_too_large.
    """
    if sum(file.size_bytes for file in files) > MOST_BYTES_OF_FILES:
        raise Refused(_("Together the files are larger than what a message can carry (7 MB)."), code="files_too_large")
    MessageFile.objects.bulk_create(MessageFile(message=message, attachment=file) for file in files)


def _copy(message: CommunicationMessage, *, by: User | None) -> CommunicationMessage:
    key = uuid4()
    return CommunicationMessage(
        id=key,
        thread=message.thread,
        channel=message.channel,
        channel_type=message.channel_type,
        message_type=message.message_type,
        sender=message.sender,
        recipient_contact=message.recipient_contact,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        template=message.template,
        template_version=message.template_version,
        external_message_id=message.channel.message_id_for(key),
        resent_from=message,
        created_by=by,
    )
