"""Messages reach a partner's endpoint: signed, in order, tried again, and given to a person when they do not arrive.

The endpoint is a real HTTP server on loopback that verifies each signature.
"""

import json
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from apps.core import clock
from apps.core.errors import Conflict
from apps.gateway.models import ApiUsageLog
from apps.partners.choices import DeliveryState
from apps.partners.models import DeliveryAttempt, PartnerDelivery, PartnerIntegration
from apps.partners.services import (
    refresh_health,
    refresh_webhook_secret,
    resend_delivery,
    send_due,
    skip_delivery,
)
from apps.partners.services.claiming import LEASE
from apps.partners.services.recording import record
from apps.partners.services.sending import call_of, send
from apps.partners.simulator import Answer, Received, Receiver
from tests.factories.accounts import UserFactory
from tests.factories.partners import (
    SECRET,
    PartnerIntegrationFactory,
    PartnerOrderReferenceFactory,
)
from tests.partners.endpoints import NOON, delivery, in_hand, state_of

pytestmark = pytest.mark.django_db


def test_a_message_arrives_signed_and_is_written_down(endpoint, reference):
    row = delivery(reference)

    made = send_due()

    (call,) = endpoint.receiver.calls
    done = PartnerDelivery.objects.get()
    assert made == 1
    assert (call.problem, call.webhook_id, call.body) == ("", row.webhook_id, json.loads(row.body))
    assert (done.state, done.attempts, done.lease_by, done.last_error_code) == ("done", 1, None, "")
    assert done.delivered_at is not None
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.number, attempt.response_status, attempt.error_code) == (1, 204, "")
    reference.order.refresh_from_db(fields=["order_number"])
    assert type(reference).objects.get().last_sync_at == done.delivered_at


def test_each_attempt_is_a_row_of_the_usage_log(endpoint, reference, integration):
    delivery(reference)
    endpoint.answers = [Answer(500)]

    send_due()

    call = ApiUsageLog.objects.get()
    assert (call.direction, call.integration, call.response_status, call.error_code) == (
        "out", integration.integration_name, 500, "http_500",
    )  # fmt: skip
    assert call.organization_id == integration.partner_organization_id


def test_while_the_secret_is_replaced_both_sign(endpoint, reference, integration):
    new = refresh_webhook_secret(integration=integration, by=None)
    delivery(reference)
    endpoint.receiver._secrets["new"] = new
    PartnerIntegration.objects.update(webhook_url=endpoint.receiver.url("zon"))
    send_due()
    delivery(reference, 3)
    PartnerIntegration.objects.update(webhook_url=endpoint.receiver.url("new"))

    send_due()

    assert [(call.path, call.problem) for call in endpoint.receiver.calls] == [("/zon", ""), ("/new", "")]


def test_a_day_later_only_the_new_secret_signs(integration):
    with time_machine.travel(NOON, tick=False) as traveller:
        new = refresh_webhook_secret(integration=integration, by=None)
        traveller.shift(timedelta(hours=24))

        assert PartnerIntegration.objects.get().signing_secrets() == [new]


# Order


def test_an_orders_messages_arrive_in_their_order(endpoint, reference):
    for sequence in (4, 2, 5, 3):
        delivery(reference, sequence, queued_at=NOON - timedelta(seconds=sequence))

    send_due()

    assert endpoint.heard() == [2, 3, 4, 5]


def test_what_did_not_arrive_holds_up_its_own_order_and_no_other(endpoint, integration, reference):
    other = PartnerOrderReferenceFactory(integration=integration)
    delivery(reference, 2, next_attempt_at=clock.now() + timedelta(minutes=1))
    delivery(reference, 3)
    delivery(other, 7)

    send_due()

    assert endpoint.heard() == [7]


def test_a_parked_message_stops_its_line_until_it_is_sent_again(endpoint, reference):
    stuck = delivery(reference, 2, state=DeliveryState.PARKED, attempts=11)
    delivery(reference, 3)
    send_due()
    assert endpoint.heard() == []

    resend_delivery(delivery=stuck, by=UserFactory())
    send_due()

    assert endpoint.heard() == [2, 3]


def test_or_until_it_is_skipped(endpoint, reference):
    planner = UserFactory(first_name="Pieter", last_name="de Groot")
    stuck = delivery(reference, 2, state=DeliveryState.PARKED)
    delivery(reference, 3)

    skipped = skip_delivery(delivery=stuck, reason="De partner weet het al.", by=planner)
    send_due()

    assert endpoint.heard() == [3]
    assert (skipped.state, skipped.settled_by, skipped.settled_reason) == (
        "skipped", "Pieter de Groot", "De partner weet het al.",
    )  # fmt: skip


# Leases


def test_a_claim_that_nobody_came_back_from_is_due_again(endpoint, reference, at):
    delivery(reference)
    in_hand()  # and its worker dies
    assert send_due() == 0

    at.shift(LEASE + timedelta(seconds=1))
    send_due()

    row = PartnerDelivery.objects.get()
    assert (row.state, row.attempts, endpoint.heard()) == ("done", 2, [2])


def test_who_comes_back_too_late_does_not_settle_what_another_has_in_hand(endpoint, reference):
    row = delivery(reference)
    another = uuid4()
    (claimed,) = in_hand()
    PartnerDelivery.objects.filter(pk=row.pk).update(lease_by=another, attempts=2)

    record([(claimed, send(call_of(claimed)))])

    after = PartnerDelivery.objects.get()
    assert (after.state, after.lease_by, after.attempts, after.last_error_code) == ("todo", another, 2, "")
    assert DeliveryAttempt.objects.count() == 1


def test_two_workers_never_have_messages_of_one_endpoint_in_hand(integration):
    for _ in range(5):
        delivery(PartnerOrderReferenceFactory(integration=integration))
    one, other = uuid4(), uuid4()

    assert [len(in_hand(one)), len(in_hand(other)), len(in_hand(one))] == [2, 0, 2]


def test_at_most_two_calls_to_one_endpoint_at_once(endpoint, integration):
    under_way, most = [], []

    def counted(received: Received) -> Answer:
        under_way.append(received)
        most.append(len(under_way))
        time.sleep(0.02)
        under_way.pop()
        return Answer()

    endpoint.receiver._answer = counted
    for _ in range(20):
        delivery(PartnerOrderReferenceFactory(integration=integration))

    assert send_due() == 20
    assert max(most) == 2
    assert PartnerDelivery.objects.filter(state="done", attempts=1, lease_by=None).count() == 20


def test_what_was_in_hand_when_an_endpoint_failed_is_put_back_and_was_no_attempt(endpoint, integration):
    for number in range(12):
        delivery(PartnerOrderReferenceFactory(integration=integration), queued_at=NOON + timedelta(seconds=number))
    # Two, four, and of the eight that are in hand then the first two fail.
    endpoint.answers = [*[Answer()] * 6, *[Answer(500)] * 2, Answer(410)]

    send_due()

    rows = PartnerDelivery.objects.order_by("queued_at").values_list("state", "attempts", "lease_by")
    untouched = [row for row in rows if row == ("todo", 0, None)]
    assert rows[0] == ("done", 1, None)
    assert len(untouched) >= 2
    assert {attempts for _state, attempts, _lease in rows} == {0, 1}
    assert {lease for _state, _attempts, lease in rows} == {None}


def test_a_partner_that_hangs_keeps_nobody_waiting(endpoint, reference):
    hang = threading.Event()

    def hanging(received: Received) -> Answer:
        hang.wait(8)
        return Answer()

    with Receiver({"slow": SECRET}, answer=hanging) as slow:
        stalled = PartnerIntegrationFactory(webhook_url=slow.url("slow"))
        for _ in range(3):
            delivery(PartnerOrderReferenceFactory(integration=stalled))
        for sequence in range(2, 12):
            delivery(reference, sequence)
        started = time.monotonic()
        heard_all = threading.Thread(
            target=lambda: (endpoint.receiver.wait_for(lambda: len(endpoint.receiver.calls) == 10, seconds=6), hang.set())
        )
        heard_all.start()
        send_due(seconds=5)
        heard_all.join()

    assert endpoint.heard() == list(range(2, 12))
    assert time.monotonic() - started < 6


# What staff may not do


def test_what_arrived_is_not_sent_again(reference):
    row = delivery(reference, state=DeliveryState.DONE, delivered_at=NOON)

    with pytest.raises(Conflict) as refusal:
        resend_delivery(delivery=row, by=None)
    assert refusal.value.code == "delivery_not_parked"

    with pytest.raises(Conflict) as refusal:
        skip_delivery(delivery=row, reason="x", by=None)
    assert refusal.value.code == "delivery_not_open"
    assert state_of(row) == DeliveryState.DONE


def test_what_is_being_sent_is_not_skipped(reference):
    row = delivery(reference)
    in_hand()

    with pytest.raises(Conflict):
        skip_delivery(delivery=row, reason="x", by=None)


# Health


def test_the_integration_shows_how_its_last_day_went(endpoint, integration, reference):
    delivery(reference, 2)
    delivery(PartnerOrderReferenceFactory(integration=integration))
    endpoint.answers = [Answer(), Answer(502)]
    send_due(limit=2)

    refresh_health()

    integration = PartnerIntegration.objects.get(pk=integration.pk)
    assert (integration.success_rate, integration.error_count, integration.last_error_message) == (50, 1, "http_502")
    assert integration.last_sync_at is not None
