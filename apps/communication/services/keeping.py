"""Keeping a message that was made, with the first line of its trace, and telling the worker of it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.communication.choices import DeliveryStatus, TraceKind
from apps.communication.models import CommunicationMessage, MessageAttempt, MessageFile
from apps.communication.models.message import ERROR_LENGTH
from apps.communication.quiet import Hours, next_open
from apps.core import clock
from apps.core.doorbell import Doorbell
from apps.core.errors import Refused
from apps.files.models import Attachment

SEND_DUE = "communication.send_due_messages"
MOST_BYTES_OF_FILES = 7 * 1024 * 1024  # in a letter a third more, and providers take 10 MB

doorbell = Doorbell(SEND_DUE)

Trace = tuple[TraceKind, str]


def store(message: CommunicationMessage, *, files: Sequence[Attachment] = (), trace: Trace | None = None) -> CommunicationMessage:
    """Keep a new message, or give the one that another transaction made with its key meanwhile.

    Raises:
        Refused: files_too_large.
    """
    if message.dedupe_key:
        columns = {each.attname: getattr(message, each.attname) for each in message._meta.concrete_fields}
        kept = {name: value for name, value in columns.items() if name not in ("created_at", "updated_at", "dedupe_key")}
        stored, is_new = CommunicationMessage.objects.get_or_create(dedupe_key=message.dedupe_key, defaults=kept)
        if not is_new:
            return stored
        message = stored
    else:
        message.save(force_insert=True)
    attach_files(message, files)
    if trace is not None:
        note(message, *trace)
    if message.delivery_status == DeliveryStatus.PENDING:
        doorbell.ring_after_commit()
    return message


def sends_at(message: CommunicationMessage) -> datetime:
    """When it may go: now, or when its channel may disturb people again; what is urgent at once."""
    return next_open(hours_of(message), clock.now())


def hours_of(message: CommunicationMessage) -> Hours | None:
    """Within which hours it may go; None: at any hour."""
    is_urgent = message.template is not None and message.template.is_urgent
    return None if is_urgent else message.channel.hours


def deferral(due_at: datetime) -> Trace | None:
    """The line that says until when a message waits; None for one that does not."""
    if due_at <= clock.now():
        return None
    return TraceKind.DEFERRED, waiting_words(due_at)


def waiting_words(due_at: datetime) -> str:
    moment = date_format(clock.local(due_at), "SHORT_DATETIME_FORMAT")
    return _("Waits until %(moment)s: people are not disturbed at this hour.") % {"moment": moment}


def note(message: CommunicationMessage, kind: TraceKind, words: str, *, succeeded: bool = False) -> MessageAttempt:
    """Add a line to the trace of a message."""
    return MessageAttempt.objects.create(
        message=message,
        kind=kind,
        number=message.attempt_count,
        occurred_at=clock.now(),
        succeeded=succeeded,
        outcome=words[:ERROR_LENGTH],
    )


def attach_files(message: CommunicationMessage, files: Sequence[Attachment]) -> None:
    """Have files go along with a new message.

    Raises:
        Refused: files_too_large.
    """
    if sum(file.size_bytes for file in files) > MOST_BYTES_OF_FILES:
        raise Refused(_("Together the files are larger than what a message can carry (7 MB)."), code="files_too_large")
    MessageFile.objects.bulk_create(MessageFile(message=message, attachment=file) for file in files)
