"""What is published reaches its subscribers if, and only if, the act commits; whatever the broker does."""

import time
from collections import Counter
from uuid import uuid4

import pytest
import structlog
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from apps.core.actor import acting
from apps.core.doorbell import Doorbell
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery, OutboxEvent
from apps.events.services import deliver_due, publish, publish_all
from chargecars.celery import app
from tests.transactions import undone


def test_one_delivery_for_each_subscriber(db, listen, happened):
    listen(print, "tests.first")
    listen(print, "tests.second")

    with acting(kind="user", label="Clerk", request_id="req-1"):
        record = publish(happened)

    assert (record.name, record.payload) == ("tests.happened", {"thing_id": str(happened.thing_id)})
    assert (record.actor_label, record.request_id) == ("Clerk", "req-1")
    assert sorted(record.deliveries.values_list("subscriber", "state", "attempts")) == [
        ("tests.first", DeliveryState.TODO, 0),
        ("tests.second", DeliveryState.TODO, 0),
    ]


@pytest.mark.parametrize(("listeners", "statements"), [(0, 1), (1, 2), (20, 2)])
def test_publishing_takes_two_statements_however_many_listen(
    db, listen, happened, django_assert_num_queries, listeners, statements
):
    for number in range(listeners):
        listen(print, f"tests.listener_{number}")

    with django_assert_num_queries(statements):
        publish(happened)


def test_many_are_told_each_to_every_subscriber_in_two_statements(db, listen, happened, django_assert_num_queries):
    listen(print, "tests.first")
    listen(print, "tests.second")
    others = [type(happened)(thing_id=uuid4()) for _each in range(3)]

    with acting(kind="user", label="Clerk", request_id="req-1"), django_assert_num_queries(2):
        records = publish_all([happened, *others])

    assert [record.payload["thing_id"] for record in records] == [str(event.thing_id) for event in (happened, *others)]
    for record in OutboxEvent.objects.all():
        assert (record.name, record.actor_label, record.request_id) == ("tests.happened", "Clerk", "req-1")
        assert sorted(record.deliveries.values_list("subscriber", "state", "attempts")) == [
            ("tests.first", DeliveryState.TODO, 0),
            ("tests.second", DeliveryState.TODO, 0),
        ]


def test_many_of_none_are_none(db, listen):
    listen(print)

    assert publish_all([]) == []
    assert not OutboxEvent.objects.exists()


def test_outside_a_transaction_nothing_can_be_published(real_commits, listen, happened):
    listen(print)

    with pytest.raises(transaction.TransactionManagementError):
        publish(happened)
    with pytest.raises(transaction.TransactionManagementError):
        publish_all([happened])

    assert OutboxEvent.objects.count() == 0


def test_an_act_that_is_undone_tells_nobody(real_commits, listen, happened):
    heard = []
    listen(heard.append)

    with undone():
        publish(happened)

    assert (deliver_due(), heard, OutboxEvent.objects.count()) == (0, [], 0)


def test_the_doorbell_rings_once_after_the_commit(real_commits, listen, happened, monkeypatch):
    rung = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **options: rung.append(name))
    listen(print)

    with transaction.atomic():
        for _ in range(5):
            publish(happened)
        with undone():
            publish(happened)
        before_commit = list(rung)

    assert (before_commit, rung) == ([], ["events.deliver"])


def test_a_publication_after_an_undone_one_rings_too(real_commits, listen, happened, monkeypatch):
    rung = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **options: rung.append(name))
    listen(print)

    with transaction.atomic():
        with undone():
            publish(happened)
        publish(happened)

    assert rung == ["events.deliver"]


def test_a_broker_that_is_down_changes_nothing_but_the_hour(real_commits, listen, happened, monkeypatch):
    listen(print)
    monkeypatch.setattr(Doorbell, "_quiet_until", 0.0)
    began = time.monotonic()

    send = app.send_task
    with app.connection_for_write("redis://127.0.0.1:1/0") as dead, structlog.testing.capture_logs() as logs:
        monkeypatch.setattr(app, "send_task", lambda name, **options: send(name, connection=dead, **options))
        for _ in range(3):
            with transaction.atomic():
                publish(happened)

    assert EventDelivery.objects.filter(state=DeliveryState.TODO).count() == 3
    assert Counter(entry["event"] for entry in logs) == {"doorbell_out_of_order": 1}
    assert time.monotonic() - began < 3


def test_the_doorbell_is_tried_again_after_a_while(monkeypatch):
    tries = []

    def refuse(name, **options):
        tries.append(name)
        raise OperationalError("refused")

    clock = [100.0]
    monkeypatch.setattr("celery.current_app.send_task", refuse)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(Doorbell, "_quiet_until", 0.0)
    doorbell = Doorbell("tests.bell")

    doorbell.ring()
    doorbell.ring()
    clock[0] += 30.1
    doorbell.ring()

    assert len(tries) == 2


def test_who_published_is_kept_even_for_the_system(db, listen, happened):
    assert publish(happened).actor_label == "system"
    assert connection.in_atomic_block
