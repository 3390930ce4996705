"""Handing messages over: claim (transaction), call (no transaction), record (transaction)."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.communication.choices import DeliveryStatus, TraceKind
from apps.communication.events import MessageFailed, MessageSent
from apps.communication.models import CommunicationMessage, MessageAttempt
from apps.communication.models.message import ERROR_LENGTH
from apps.communication.quiet import is_open
from apps.communication.services.eligibility import Objection, objections
from apps.communication.services.failing import tell_of_failure
from apps.communication.services.handing_over import Call, Outcome, call_for
from apps.communication.services.keeping import attach_files, doorbell, hours_of, note, sends_at, waiting_words
from apps.core import clock
from apps.core.errors import Refused
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.core.transactions import retrying
from apps.events.queries import sending_is_held
from apps.events.services import publish_all

LEASE = timedelta(minutes=5)  # far longer than a block may take: when it runs out, the worker is gone
# Claimed at once, and called at once. What a worker that dies had called and not recorded may go twice, so it is few.
BLOCK, AT_ONCE = 16, 4
ON_THEIR_WAY = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


def send_due_messages(*, limit: int, seconds: float = 15.0) -> int:
    """Send what is due, some at a time, until `limit` or time is up; gives how many were tried.

    Any number of workers may do so at once. A worker that dies leaves its messages claimed; they are due again when the lease
    runs out, under the same names, by which a provider that can tell is asked whether it has them. A message that kills its
    worker each time fails like any other.
    """
    if sending_is_held():
        return 0
    ends_at, tried = time.monotonic() + seconds, 0
    while tried < limit and time.monotonic() < ends_at:
        block = _claim(min(BLOCK, limit - tried))
        if not block:
            return tried
        if len(block) == BLOCK:
            doorbell.ring()  # there is more than one worker can do at once
        tried += _send(block, ends_at=ends_at)
    return tried


def _claim(count: int) -> list[CommunicationMessage]:
    """Some that are due, for us alone; those of a quiet hour are put off on the way."""
    while True:
        with transaction.atomic():
            due = _due(count)
            quiet = [message for message in due if not is_open(hours_of(message), clock.now())]
            _put_off(quiet)
            claimed = [message for message in due if message not in quiet]
            _mark_claimed(claimed)
        if claimed or not due:
            return claimed


def _due(count: int) -> list[CommunicationMessage]:
    return list(
        CommunicationMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("channel__business_entity__messagebird_connection", "recipient_contact", "thread", "template")
        .filter(delivery_status__in=ON_THEIR_WAY, next_attempt_at__lte=clock.now())
        .order_by("next_attempt_at")[:count]
    )


def _put_off(messages: Iterable[CommunicationMessage]) -> None:
    for message in messages:
        message.delivery_status, message.claimed_at = DeliveryStatus.PENDING, None
        message.next_attempt_at = sends_at(message)
        message.save(update_fields=["delivery_status", "claimed_at", "next_attempt_at"])
        note(message, TraceKind.DEFERRED, waiting_words(message.next_attempt_at))


def _mark_claimed(messages: Sequence[CommunicationMessage]) -> None:
    now = clock.now()
    rows = CommunicationMessage.objects.filter(pk__in=[message.pk for message in messages])
    rows.update(
        delivery_status=DeliveryStatus.SENDING,
        claimed_at=now,
        next_attempt_at=now + LEASE,
        attempt_count=F("attempt_count") + 1,
    )
    for message in messages:
        message.delivery_status, message.claimed_at = DeliveryStatus.SENDING, now
        message.attempt_count += 1


def _send(block: Sequence[CommunicationMessage], *, ends_at: float) -> int:
    """Hand a block over, a few at once, and record each as soon as it is known; gives how many were tried."""
    against = objections(block)
    settled = {message: _settled(message, against) for message in block}
    _record([(message, outcome) for message, outcome in settled.items() if outcome is not None])
    calls = [(message, call_for(message)) for message, outcome in settled.items() if outcome is None]
    not_begun, broken = _call_all(calls, ends_at=ends_at)
    _give_back(not_begun)
    if broken:
        raise broken[0]  # that one stays claimed, and the others are recorded: no neighbour is sent twice for it
    return len(block) - len(not_begun)


def _settled(message: CommunicationMessage, against: Mapping[UUID, Objection]) -> Outcome | None:
    """What came of a message that need not be called for; None for one that is to go."""
    if message.attempt_count > MAX_ATTEMPTS:
        return Outcome(succeeded=False, final=True, words=_("The worker that was to send it did not come back."))
    # Asked again at the last moment: much may have happened since it was made.
    objection = against.get(message.pk)
    return Outcome(succeeded=False, final=True, words=str(objection.words), is_refusal=True) if objection else None


def _call_all(
    calls: Sequence[tuple[CommunicationMessage, Call]], *, ends_at: float
) -> tuple[list[CommunicationMessage], list[BaseException]]:
    """Call in a few threads, which know no database; gives those that time was too short for, and what nobody foresaw."""
    waiting = list(reversed(calls))
    running: dict[Future[Outcome], CommunicationMessage] = {}
    broken: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        while running or (waiting and not broken and time.monotonic() < ends_at):
            while waiting and not broken and len(running) < AT_ONCE:
                message, call = waiting.pop()
                running[pool.submit(call)] = message
            done, _rest = wait(running, return_when=FIRST_COMPLETED)
            broken += [error for each in done if (error := each.exception()) is not None]
            ended = [(running.pop(each), each) for each in done]
            _record([(message, each.result()) for message, each in ended if each.exception() is None])
    return [message for message, _call in waiting], broken


def _give_back(messages: Sequence[CommunicationMessage]) -> None:
    """Nobody tried these: they are due at once, and no attempt is counted."""
    for message in messages:
        CommunicationMessage.objects.filter(pk=message.pk, claimed_at=message.claimed_at).update(
            delivery_status=DeliveryStatus.PENDING,
            claimed_at=None,
            next_attempt_at=clock.now(),
            attempt_count=F("attempt_count") - 1,
        )


def _record(outcomes: Sequence[tuple[CommunicationMessage, Outcome]]) -> None:
    if outcomes:
        retrying(lambda: _recorded(outcomes))


@transaction.atomic
def _recorded(outcomes: Sequence[tuple[CommunicationMessage, Outcome]]) -> None:
    known = {claimed.pk: (claimed.claimed_at, outcome) for claimed, outcome in outcomes}
    rows = CommunicationMessage.objects.select_for_update(of=("self",)).select_related(
        "thread__business_entity", "channel__fallback_channel", "recipient_contact", "template"
    )
    messages = list(rows.filter(pk__in=known).order_by("pk"))
    # Of the others the lease ran out, and another worker has them.
    ours = [(message, known[message.pk][1]) for message in messages if message.claimed_at == known[message.pk][0]]
    MessageAttempt.objects.bulk_create(_line(message, outcome) for message, outcome in ours)
    for message, outcome in ours:
        _apply(message, outcome)
    sent = [message for message, outcome in ours if outcome.succeeded]
    failed = [message for message, _outcome in ours if message.delivery_status == DeliveryStatus.FAILED]
    events = [MessageSent(message_id=message.pk) for message in sent]
    publish_all([*events, *(MessageFailed(message_id=message.pk) for message in failed)])
    for message in failed:
        tell_of_failure(message)


def _line(message: CommunicationMessage, outcome: Outcome) -> MessageAttempt:
    return MessageAttempt(
        message=message,
        kind=TraceKind.REFUSED if outcome.is_refusal else TraceKind.TRIED,
        number=message.attempt_count,
        occurred_at=clock.now(),
        succeeded=outcome.succeeded,
        outcome=outcome.words[:ERROR_LENGTH],
    )


def _apply(message: CommunicationMessage, outcome: Outcome) -> None:
    now = clock.now()
    wait_for = None if outcome.final else next_attempt_after(message.attempt_count, outcome.retry_after)
    message.claimed_at = None
    message.next_attempt_at = now + wait_for if wait_for is not None else None
    if outcome.succeeded:
        message.sent_at, message.provider_message_id = now, outcome.provider_id
    # The provider may have told what became of it before we wrote down that it took it: then that stands.
    if message.delivery_status == DeliveryStatus.SENDING:
        message.delivery_status = _standing(outcome, is_last=wait_for is None)
        message.last_error = "" if outcome.succeeded else outcome.words[:ERROR_LENGTH]
    changed = ["claimed_at", "next_attempt_at", "last_error", "delivery_status", "sent_at", "provider_message_id"]
    message.save(update_fields=changed)


def _standing(outcome: Outcome, *, is_last: bool) -> DeliveryStatus:
    if outcome.succeeded:
        return DeliveryStatus.SENT
    if outcome.is_refusal:
        return DeliveryStatus.SUPPRESSED
    return DeliveryStatus.FAILED if is_last else DeliveryStatus.PENDING


@transaction.atomic
def resend_message(*, communicationmessage: CommunicationMessage, by: User | None) -> CommunicationMessage:
    """Send a message again: one that failed goes back in line, one that was sent goes out as a new copy.

    Raises:
        Refused: message_incoming, message_not_sent_yet, message_suppressed.
    """
    message = CommunicationMessage.objects.select_for_update(of=("self",)).get(pk=communicationmessage.pk)
    if message.is_incoming:
        raise Refused(_("The message was written to us."), code="message_incoming")
    if message.delivery_status == DeliveryStatus.SUPPRESSED:
        raise Refused(_("The message was not to be sent."), code="message_suppressed")
    if message.delivery_status in (DeliveryStatus.DRAFT, DeliveryStatus.PENDING, DeliveryStatus.SENDING):
        raise Refused(_("The message is still on its way."), code="message_not_sent_yet")
    is_new = message.delivery_status != DeliveryStatus.FAILED
    again = copy_of(message, by=by) if is_new else message
    again.delivery_status = DeliveryStatus.PENDING
    again.attempt_count = 0
    again.next_attempt_at = clock.now()
    again.save()
    if is_new:
        attach_files(again, [each.attachment for each in message.files.select_related("attachment")])
    doorbell.ring_after_commit()
    return again


def copy_of(message: CommunicationMessage, *, by: User | None) -> CommunicationMessage:
    """A new message in the same words to the same address, not yet kept."""
    key = uuid4()
    same = {name: getattr(message, name) for name in SAME}
    return CommunicationMessage(
        id=key, external_message_id=message.channel.message_id_for(key), resent_from=message, created_by=by, **same
    )


SAME = (
    *("thread", "channel", "channel_type", "message_type", "sender", "recipient_contact", "recipient", "subject", "text", "html"),
    *("language", "template", "template_version", "provider_template", "part_count"),
)
