"""Publishing an event, delivering what is due, and trying again."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from apps.core.actor import acting, current
from apps.core.bulk import insert_many
from apps.core.clock import now
from apps.core.errors import Conflict
from apps.core.prepared import Prepared, insert, insert_all
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.events.choices import DeliveryState
from apps.events.doorbell import doorbell
from apps.events.events import Event
from apps.events.models import EventDelivery, OutboxEvent
from apps.events.subscriptions import subscriptions

# From the claim until a delivery's turn comes and its row is locked, which it then is while it runs: what is locked is passed
# over, and a worker that is killed lets go. So this need not be as long as one may take, and a dead worker's are due again soon.
LEASE = timedelta(seconds=20)
CLAIMED_TOGETHER = 20
KEEP = timedelta(days=30)
ERROR_LENGTH = 2000
WORKER_LOST = "The worker that ran it did not come back."

# A key of version 7, as `new_key` makes them: a random one with the time in front, so that rows lie in the order of time.
KEY = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid"""
PUBLISH_FROM = """
    WITH {parts}, told AS (
        INSERT INTO events_outboxevent (id, name, payload, occurred_at, actor_label, request_id)
        SELECT {key}, %s, to_jsonb(happened), %s, %s, %s FROM happened
        RETURNING id
    ), sent AS (
        INSERT INTO events_eventdelivery (id, event_id, subscriber, state, attempts, next_attempt_at, last_error, retried_by)
        SELECT {key}, told.id, subscriber, 'todo', 0, %s, '', '' FROM told CROSS JOIN unnest(%s::text[]) AS subscriber
    )
    SELECT count(*) FROM told
"""

log = structlog.get_logger(__name__)


def publish(event: Event) -> OutboxEvent:
    """Say what happened: it reaches each subscriber if, and only if, the caller's transaction commits.

    Raises:
        TransactionManagementError: without a transaction it could be told of what never came to be.
    """
    _refuse_outside_transaction(event)
    at = now()
    record = insert(_outbox_event(event, at))
    if deliveries := _deliveries(record, at):
        insert_all(deliveries)
        doorbell.ring_after_commit()
    return record


def publish_all(events: Sequence[Event]) -> list[OutboxEvent]:
    """Say what happened, of many at once: each as `publish` does it, in two statements for all of them.

    Raises:
        TransactionManagementError: see there.
    """
    for event in events:
        _refuse_outside_transaction(event)
    at = now()
    records = [_outbox_event(event, at) for event in events]
    insert_many(records)
    if deliveries := [delivery for record in records for delivery in _deliveries(record, at)]:
        insert_many(deliveries)
        doorbell.ring_after_commit()
    return records


def publish_from(event: type[Event], parts: str, parameters: Sequence[Any]) -> int:
    """Say what happened to each row of a statement, in that same statement; gives how many.

    `parts` are those of a WITH, the last of them called `happened`: its columns are the fields of the event. For what moves
    many rows at once; everywhere else an event is made and published.

    Raises:
        TransactionManagementError: see there.
    """
    _refuse_outside_transaction(event)
    who, at = current(), now()
    subscribers = [subscriber.name for subscriber in subscriptions.to(event.name)]
    given: list[Any] = [*parameters, event.name, at, who.label or who.kind, who.request_id, at, subscribers]
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH_FROM.format(parts=parts, key=KEY), given)
        count = int(cursor.fetchone()[0])
    if count and subscribers:
        doorbell.ring_after_commit()
    return count


def _refuse_outside_transaction(event: Event | type[Event]) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"{event.name} is published outside a transaction")


def _outbox_event(event: Event, at: datetime) -> OutboxEvent:
    who = current()
    return OutboxEvent(
        name=event.name,
        payload=event.to_payload(),
        occurred_at=at,
        actor_label=who.label or who.kind,
        request_id=who.request_id,
    )


def _deliveries(record: OutboxEvent, at: datetime) -> list[EventDelivery]:
    return [
        EventDelivery(event=record, subscriber=subscriber.name, next_attempt_at=at)
        for subscriber in subscriptions.to(record.name)
    ]


def deliver_due(*, limit: int = 100) -> int:
    """Run due deliveries one after the other until none is due or `limit` have run; gives how many.

    Any number of workers may do so at once. A delivery's effects and its being done are one commit, so that it counts
    once however often it is run.
    """
    ran = 0
    while ran < limit and (claimed := _claim(min(limit - ran, CLAIMED_TOGETHER))):
        for delivery in claimed:
            _run(delivery)
        ran += len(claimed)
    return ran


@transaction.atomic
def _claim(most: int) -> list[EventDelivery]:
    """Take the deliveries that are due longest and count the attempt before it begins: it may be what kills its worker.

    Those that were never tried come together; one that was comes alone, so that what kills workers parks no other with it.
    One that has used up its attempts, or that nobody here listens to, is parked on the way.
    """
    at = now()
    due = list(_DUE.rows(at))[:most]
    if hopeless := [delivery for delivery in due if _is_hopeless(delivery)]:
        _park(hopeless)
        return _claim(most)
    if due and due[0].attempts:
        due = due[:1]
    claimed = due[:1] + list(takewhile(lambda delivery: not delivery.attempts, due[1:]))
    for delivery in claimed:
        delivery.attempts += 1
    if claimed:
        wait = LEASE + (next_attempt_after(claimed[0].attempts) or timedelta(0))
        EventDelivery.objects.filter(pk__in=[delivery.pk for delivery in claimed]).update(
            attempts=F("attempts") + 1, next_attempt_at=at + wait, last_error=WORKER_LOST
        )
    return claimed


_DUE = Prepared(
    lambda at: (
        EventDelivery.objects.filter(state=DeliveryState.TODO, next_attempt_at__lte=at)
        .order_by("next_attempt_at")
        .select_related("event")
        .select_for_update(skip_locked=True, of=("self",))[:CLAIMED_TOGETHER]
    ),
    samples=[datetime(2000, 1, 1, tzinfo=UTC)],
)


def _is_hopeless(delivery: EventDelivery) -> bool:
    return delivery.attempts >= MAX_ATTEMPTS or delivery.subscriber not in subscriptions


def _park(hopeless: list[EventDelivery]) -> None:
    for delivery in hopeless:
        delivery.state = DeliveryState.PARKED
        if delivery.subscriber not in subscriptions:
            delivery.last_error = "No subscriber has this name."
        delivery.save(update_fields=["state", "last_error"])


def _run(claimed: EventDelivery) -> None:
    who = {
        "kind": "task",
        "id": "",
        "label": claimed.subscriber,
        "request_id": claimed.event.request_id,
    }
    with acting(**who, source="events", ip_address="", reason=""):
        try:
            _deliver(claimed)
        except Exception as error:  # whatever a subscriber raises is its delivery's failure, and is kept
            log.warning(
                "delivery_failed",
                subscriber=claimed.subscriber,
                delivery=str(claimed.pk),
                exc_info=True,
            )
            _record_failure(claimed, error)


@transaction.atomic
def _deliver(claimed: EventDelivery) -> None:
    """The subscriber's effects and the mark that it was told are one commit; whoever else has the row waits at the mark."""
    if not _ours(claimed).update(state=DeliveryState.DONE, done_at=now(), last_error=""):
        return
    subscriber = subscriptions.named(claimed.subscriber)
    subscriber.react(subscriber.event_class.from_payload(claimed.event.payload))


def _record_failure(claimed: EventDelivery, error: Exception) -> None:
    told = f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_LENGTH]
    wait = next_attempt_after(claimed.attempts)
    if wait is None:
        _ours(claimed).update(state=DeliveryState.PARKED, last_error=told)
    else:
        _ours(claimed).update(next_attempt_at=now() + wait, last_error=told)


def _ours(claimed: EventDelivery) -> QuerySet[EventDelivery]:
    """The row, unless the lease ran out and another worker took it: `attempts` is what tells the two apart."""
    return EventDelivery.objects.filter(pk=claimed.pk, state=DeliveryState.TODO, attempts=claimed.attempts)


@transaction.atomic
def try_again(*, delivery: EventDelivery, by: AbstractBaseUser | None) -> EventDelivery:
    """Send a parked delivery on its way again, with all attempts before it.

    Raises:
        Conflict: it is not parked (any more).
    """
    if not try_again_all(deliveries=[delivery], by=by):
        raise Conflict(code="delivery_not_parked")
    return EventDelivery.objects.get(pk=delivery.pk)


@transaction.atomic
def try_again_all(*, deliveries: Iterable[EventDelivery], by: AbstractBaseUser | None) -> int:
    """Send those of the deliveries that are parked on their way again; gives how many were."""
    at = now()
    parked = EventDelivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries], state=DeliveryState.PARKED)
    count = parked.update(
        state=DeliveryState.TODO,
        attempts=0,
        next_attempt_at=at,
        retried_at=at,
        retried_by=str(by or current().label or current().kind)[:200],
    )
    if count:
        doorbell.ring_after_commit()
    return count


@transaction.atomic
def purge(*, limit: int = 5_000) -> int:
    """Forget events that reached everybody a month ago; gives how many."""
    before = now() - KEEP
    open_deliveries = EventDelivery.objects.filter(event=OuterRef("pk")).exclude(state=DeliveryState.DONE)
    old = OutboxEvent.objects.filter(~Exists(open_deliveries), occurred_at__lt=before).order_by("occurred_at")
    keys = list(old.values_list("pk", flat=True)[:limit])
    EventDelivery.objects.filter(event__in=keys).delete()
    OutboxEvent.objects.filter(pk__in=keys).delete()
    return len(keys)
