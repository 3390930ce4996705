"""A delivery counts once, however often it is run; one that fails comes back, and at last waits for a person."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditLog
from apps.core.actor import acting, current
from apps.core.clock import now
from apps.core.errors import Conflict
from apps.core.retries import MAX_ATTEMPTS
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery, OutboxEvent, ScheduledRun
from apps.events.services import LEASE, deliver_due, outbox, publish, purge, try_again, try_again_all
from apps.events.subscriptions import subscriptions
from apps.events.tasks import deliver, sweep


def effect(event) -> None:
    """What a subscriber does, as a row that can be there twice."""
    ScheduledRun.objects.create(job="effect", slot=os.urandom(8).hex())


def effects() -> int:
    return ScheduledRun.objects.filter(job="effect").count()


def fails(event) -> None:
    effect(event)
    raise ValueError("no such thing")


def make_due() -> None:
    EventDelivery.objects.update(next_attempt_at=now())


def state_of(delivery: EventDelivery) -> tuple[str, int, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.attempts, delivery.last_error


@pytest.fixture
def published(db, listen, happened):
    """Publish one event to one listener; gives its delivery."""

    def publish_to(react) -> EventDelivery:
        listen(react)
        return publish(happened).deliveries.get()

    return publish_to


def test_a_subscriber_hears_what_was_said(published, happened):
    heard = []
    delivery = published(heard.append)

    assert deliver_due() == 1
    assert heard == [happened]
    assert state_of(delivery) == (DeliveryState.DONE, 1, "")
    assert delivery.done_at is not None


def test_what_is_done_is_not_run_again(published):
    delivery = published(effect)

    assert [deliver_due(), deliver_due()] == [1, 0]
    make_due()
    assert (deliver_due(), effects(), delivery.attempts) == (0, 1, 0)


def test_what_a_subscriber_writes_is_signed_by_it(published, happened):
    seen = []
    listener = published(lambda event: seen.append(current()))
    OutboxEvent.objects.update(request_id="req-9")

    with acting(kind="user", id="7", label="Clerk", reason="because", ip_address="10.0.0.1"):
        deliver_due()

    (who,) = seen
    assert (who.kind, who.id, who.label, who.request_id) == ("task", "", listener.subscriber, "req-9")
    assert (who.reason, who.ip_address) == ("", "")


def test_a_failure_undoes_what_the_subscriber_wrote_and_is_told(published):
    delivery = published(fails)
    before = now()

    assert deliver_due() == 1

    assert effects() == 0
    assert state_of(delivery) == (DeliveryState.TODO, 1, "ValueError: no such thing")
    assert before + timedelta(seconds=4) <= delivery.next_attempt_at <= now() + timedelta(seconds=6)
    assert deliver_due() == 0  # not before it is due


def test_a_failure_of_the_database_is_a_failure_too(published):
    def breaks(event):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    delivery = published(breaks)

    deliver_due()

    assert state_of(delivery) == (DeliveryState.TODO, 1, "DataError: division by zero")


def test_one_that_fails_does_not_hold_up_the_others(db, listen, happened):
    listen(fails, "tests.fails")
    listen(effect, "tests.works")
    publish(happened)

    assert (deliver_due(), effects()) == (2, 1)


def test_one_that_keeps_failing_is_parked_and_can_be_tried_again(published):
    delivery = published(fails)
    for _ in range(MAX_ATTEMPTS):
        make_due()
        assert deliver_due() == 1
    make_due()

    assert deliver_due() == 0
    assert state_of(delivery) == (DeliveryState.PARKED, MAX_ATTEMPTS, "ValueError: no such thing")

    with acting(kind="user", label="Clerk"):
        try_again(delivery=delivery, by=None)

    assert state_of(delivery)[:2] == (DeliveryState.TODO, 0)
    assert (delivery.retried_by, delivery.retried_at is not None) == ("Clerk", True)


def test_only_a_parked_delivery_is_tried_again(published):
    delivery = published(effect)

    with pytest.raises(Conflict) as refusal:
        try_again(delivery=delivery, by=None)

    assert refusal.value.code == "delivery_not_parked"
    assert state_of(delivery) == (DeliveryState.TODO, 0, "")


def test_many_parked_ones_are_tried_again_at_once(db, listen, happened):
    listen(effect)
    parked = [publish(happened).deliveries.get() for _ in range(3)]
    EventDelivery.objects.update(state=DeliveryState.PARKED, attempts=MAX_ATTEMPTS)
    done = publish(happened).deliveries.get()

    assert try_again_all(deliveries=[*parked, done], by=None) == 3
    assert (deliver_due(), effects()) == (4, 4)


def test_a_delivery_to_nobody_is_parked_not_dropped(published):
    delivery = published(effect)
    subscriptions.remove(delivery.subscriber)

    deliver_due()

    assert state_of(delivery) == (DeliveryState.PARKED, 0, "No subscriber has this name.")


def test_an_event_that_can_no_longer_be_read_is_a_failure(published):
    delivery = published(effect)
    OutboxEvent.objects.update(payload={"thing_id": "no uuid"})

    deliver_due()

    assert state_of(delivery) == (
        DeliveryState.TODO,
        1,
        "ValueError: badly formed hexadecimal UUID string",
    )


def test_a_bounded_batch_leaves_the_rest_for_the_next(db, listen, happened):
    listen(effect)
    for _ in range(5):
        publish(happened)

    assert [deliver_due(limit=2), deliver_due(limit=2), deliver_due(limit=2)] == [2, 2, 1]


def test_the_tasks_deliver(db, listen, happened):
    listen(effect)
    publish(happened)
    deliver()
    publish(happened)
    sweep()

    assert effects() == 2


def test_the_fixture_tells_of_a_failed_delivery(published, deliver_events):
    published(fails)

    with pytest.raises(AssertionError, match=r"tests\.listener: ValueError: no such thing"):
        deliver_events()


def test_purging_forgets_what_everybody_heard_long_ago(db, listen, happened):
    listen(effect)
    heard, waiting, recent = (publish(happened) for _ in range(3))
    EventDelivery.objects.exclude(event=waiting).update(state=DeliveryState.DONE)
    OutboxEvent.objects.exclude(pk=recent.pk).update(occurred_at=now() - timedelta(days=31))

    assert purge() == 1
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {waiting.pk, recent.pk}
    assert not EventDelivery.objects.filter(event=heard.pk).exists()


# Real commits: several workers, and workers that die.


def publish_many(happened, count: int) -> None:
    with transaction.atomic():
        for _ in range(count):
            publish(happened)


def test_many_workers_run_each_delivery_once(real_commits, together, listen, happened):
    listen(effect)
    publish_many(happened, 60)

    ran = together([lambda: deliver_due(limit=100)] * 6)

    assert (sum(ran), effects()) == (60, 60)
    assert EventDelivery.objects.filter(state=DeliveryState.DONE, attempts=1).count() == 60


def test_without_the_lock_workers_run_deliveries_twice(real_commits, together, listen, happened, monkeypatch):
    """The negative control of the test above: the race is there, and the lock is what stops it."""
    everything_due = EventDelivery.objects.filter(state=DeliveryState.TODO).order_by("next_attempt_at").select_related("event")
    monkeypatch.setattr(outbox._DUE, "rows", lambda at: everything_due[:20])
    monkeypatch.setattr(outbox, "_ours", lambda claimed: EventDelivery.objects.filter(pk=claimed.pk))
    listen(effect)
    publish_many(happened, 60)

    together([lambda: deliver_due(limit=100)] * 6)

    assert effects() > 60


def test_one_that_was_tried_before_is_claimed_alone(real_commits, listen, happened):
    """What kills its worker must not use up the attempts of those beside it."""
    listen(effect)
    publish_many(happened, 3)
    tried = outbox._claim(1)[0]
    make_due()
    EventDelivery.objects.filter(pk=tried.pk).update(next_attempt_at=now() - timedelta(days=1))

    claims = [[delivery.attempts for delivery in outbox._claim(20)] for _turn in range(2)]

    assert claims == [[2], [1, 1]]


def test_two_who_run_the_same_claim_have_its_effect_once(real_commits, together, listen, happened):
    """A lease that ran out while its worker still ran: the delivery is claimed twice and done once."""
    listen(effect)
    publish_many(happened, 1)
    first = outbox._claim(1)[0]
    make_due()
    second = outbox._claim(1)[0]

    together([lambda: outbox._run(first), lambda: outbox._run(second)])

    assert (first.attempts, second.attempts, effects()) == (1, 2, 1)
    assert EventDelivery.objects.get().state == DeliveryState.DONE


def test_a_late_failure_does_not_undo_a_success(real_commits, listen, happened):
    listen(effect)
    publish_many(happened, 1)
    late = outbox._claim(1)[0]
    make_due()
    deliver_due()

    outbox._record_failure(late, ValueError("too late"))

    assert EventDelivery.objects.values_list("state", "last_error").get() == (DeliveryState.DONE, "")


def die_in_mid_delivery() -> None:
    """Run what is due in a process of its own, whose subscriber kills it after it has written."""
    connection.close()
    child = os.fork()
    if child == 0:
        deliver_due()
        os._exit(0)  # not reached
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def kills_its_worker(event) -> None:
    effect(event)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_delivery_whose_worker_died_comes_back_and_counts_once(real_commits, listen, happened):
    listener = listen(kills_its_worker)
    publish_many(happened, 1)

    die_in_mid_delivery()

    delivery = EventDelivery.objects.get()
    assert (effects(), delivery.state, delivery.attempts) == (0, DeliveryState.TODO, 1)
    assert delivery.last_error == outbox.WORKER_LOST
    assert now() < delivery.next_attempt_at < now() + LEASE + timedelta(seconds=30)  # well within a minute
    assert deliver_due() == 0

    subscriptions.remove(listener)
    listen(effect)
    make_due()
    assert (deliver_due(), effects()) == (1, 1)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_delivery_that_kills_every_worker_is_parked(real_commits, listen, happened):
    listen(kills_its_worker)
    publish_many(happened, 1)
    for _ in range(MAX_ATTEMPTS):
        make_due()
        die_in_mid_delivery()
    make_due()

    deliver_due()

    delivery = EventDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_error) == (
        DeliveryState.PARKED,
        MAX_ATTEMPTS,
        outbox.WORKER_LOST,
    )


def test_what_a_subscriber_changes_is_in_the_log_under_its_name(db, listen, happened):

    user = User.objects.create(email="jan@example.com", password="a-hash")
    name = listen(lambda event: User.objects.filter(pk=user.pk).update(first_name="Jan"))
    publish(happened)

    deliver_due()

    change = AuditLog.objects.get(record_id=str(user.pk), action="update")
    assert (change.actor_kind, change.actor_label) == ("task", name)
