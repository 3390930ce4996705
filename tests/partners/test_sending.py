"""Messages reach a partner's endpoint: signed, in order, tried again, and given to a person when they do not arrive.

The endpoint is a real HTTP server on loopback that verifies each signature.
"""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from apps.core import clock
from apps.core.errors import Conflict, Refused
from apps.gateway.models import ApiUsageLog
from apps.partners.choices import DeliveryState
from apps.partners.models import DeliveryAttempt, EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.services import (
    refresh_health,
    refresh_webhook_secret,
    reopen_endpoint,
    resend_delivery,
    resend_parked,
    send_due,
    skip_delivery,
)
from apps.partners.services.sending import LEASE, claim
from apps.partners.simulator import Answer, Received, Receiver
from apps.workflow.models import InternalTask
from tests.factories.accounts import UserFactory
from tests.factories.partners import (
    SECRET,
    PartnerDeliveryFactory,
    PartnerIntegrationFactory,
    PartnerOrderReferenceFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Endpoint:
    """A partner's endpoint whose answers a test decides, one by one; without one left it says 204."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.receiver = Receiver({"zon": SECRET}, answer=self.answer)

    def answer(self, received: Received) -> Answer:
        return self.answers.pop(0) if self.answers else Answer()

    def heard(self) -> list[int]:
        return [call.data["sequence"] for call in self.receiver.calls]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with endpoint.receiver:
        yield endpoint


@pytest.fixture
def integration(endpoint) -> PartnerIntegration:
    return PartnerIntegrationFactory(webhook_url=endpoint.receiver.url("zon"))


@pytest.fixture
def reference(integration):
    return PartnerOrderReferenceFactory(integration=integration)


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def delivery(reference, sequence: int = 2, **fields: object) -> PartnerDelivery:
    return PartnerDeliveryFactory(
        reference=reference,
        sequence=sequence,
        body=json.dumps({"data": {"sequence": sequence, "partner_order_id": reference.partner_order_id, "name": "Zoë"}}),
        **fields,
    )


def state_of(row: PartnerDelivery) -> str:
    return PartnerDelivery.objects.get(pk=row.pk).state


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


# Trying again


def test_the_ladder_of_attempts_takes_three_days_and_ends_with_a_person(endpoint, reference, at):
    row = delivery(reference)
    endpoint.answers = [Answer(503)] * 50
    waits = []

    while (now := PartnerDelivery.objects.get()).state == DeliveryState.TODO:
        at.move_to(max(now.next_attempt_at, clock.now()))
        EndpointHealth.objects.update(open_until=None)  # the circuit has a test of its own
        send_due()
        waits.append((PartnerDelivery.objects.get().next_attempt_at - clock.now()).total_seconds())

    usual = [5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600]
    assert len(endpoint.receiver.calls) == 11
    assert all(0.8 * step <= wait <= 1.2 * step for wait, step in zip(waits, usual, strict=False))
    assert {call.webhook_id for call in endpoint.receiver.calls} == {row.webhook_id}
    assert state_of(row) == DeliveryState.PARKED
    task = InternalTask.objects.get()
    assert (task.about_type, task.about_id) == ("partner_integration", row.integration_id)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("Mon, 02 Mar 2026 12:03:00 GMT", 180, 180),
        ("315360000", 86_400, 86_400),
        ("soon", 4, 6),
        ("-5", 4, 6),
        ("1", 4, 6),
    ],
)
def test_retry_after_is_honoured_up_to_a_day(endpoint, reference, at, header, least, most):
    row = delivery(reference)
    endpoint.answers = [Answer(429, {"Retry-After": header})]

    send_due()

    wait = PartnerDelivery.objects.get(pk=row.pk).next_attempt_at - NOON
    assert least <= wait.total_seconds() <= most


@pytest.mark.parametrize(
    ("status", "code"), [(301, "redirect"), (307, "redirect"), (400, "http_400"), (404, "http_404"), (600, "http_600")]
)
def test_whatever_is_not_2xx_is_tried_again(endpoint, reference, status, code):
    row = delivery(reference)
    endpoint.answers = [Answer(status, {"Location": "http://127.0.0.1:1/"})]

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code, len(endpoint.receiver.calls)) == ("todo", code, 1)


def test_an_endpoint_that_is_gone_is_called_no_more(endpoint, integration, reference):
    gone = delivery(reference, 2)
    waiting = delivery(PartnerOrderReferenceFactory(integration=integration))
    endpoint.answers = [Answer(410)] * 2
    send_due(limit=1)

    send_due()

    assert len(endpoint.receiver.calls) == 1
    assert sorted([state_of(gone), state_of(waiting)]) == ["parked", "todo"]
    assert PartnerIntegration.objects.get(pk=integration.pk).state == "disabled"
    assert InternalTask.objects.count() == 1


def test_nothing_is_sent_again_to_an_endpoint_that_is_gone_before_it_is_opened(endpoint, integration, reference):
    row = delivery(reference, state=DeliveryState.PARKED)
    EndpointHealth.objects.create(integration=integration, gone_at=NOON)

    with pytest.raises(Refused) as refusal:
        resend_delivery(delivery=row, by=None)
    assert refusal.value.code == "endpoint_disabled"

    reopen_endpoint(integration=integration, by=None)
    assert resend_parked(integration=PartnerIntegration.objects.get(), by=None) == 1
    send_due()
    assert state_of(row) == DeliveryState.DONE


def test_an_address_that_may_not_be_called_is_given_to_a_person_at_once(reference, settings):
    settings.OUTBOUND_ALLOW_HOSTS = []
    row = delivery(reference)

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code, row.attempts) == ("parked", "scheme_not_allowed", 1)
    assert InternalTask.objects.count() == 1


def test_one_person_is_told_once_however_much_is_parked(integration, settings):
    settings.OUTBOUND_ALLOW_HOSTS = []
    for _ in range(5):
        delivery(PartnerOrderReferenceFactory(integration=integration))

    send_due()

    assert PartnerDelivery.objects.filter(state="parked").count() == 5
    assert InternalTask.objects.count() == 1


def test_ten_failures_in_a_row_open_the_circuit_then_one_call_a_minute_probes(endpoint, integration, at):
    for _ in range(20):
        delivery(PartnerOrderReferenceFactory(integration=integration))
    endpoint.answers = [Answer(500)] * 12

    send_due()
    calls_until_open = len(endpoint.receiver.calls)
    send_due()
    calls_while_open = len(endpoint.receiver.calls)
    at.shift(timedelta(seconds=61))
    send_due()

    assert calls_until_open in (10, 11)  # two are under way at once
    assert calls_while_open == calls_until_open
    assert len(endpoint.receiver.calls) == calls_until_open + 1
    assert PartnerIntegration.objects.get(pk=integration.pk).state == "error"


def test_a_success_closes_the_circuit(endpoint, reference, integration):
    EndpointHealth.objects.create(integration=integration, consecutive_failures=12, open_until=clock.now() - timedelta(seconds=1))
    delivery(reference)

    send_due()

    health = EndpointHealth.objects.get()
    assert (health.consecutive_failures, health.open_until) == (0, None)


@pytest.mark.parametrize("off", [{"is_active": False}, {"sync_enabled": False}, {"webhook_url": ""}])
def test_while_an_integration_is_off_its_messages_wait(endpoint, reference, off):
    row = delivery(reference)
    PartnerIntegration.objects.update(**off)

    assert send_due() == 0
    assert state_of(row) == DeliveryState.TODO


# Leases


def test_a_claim_that_nobody_came_back_from_is_due_again(endpoint, reference, at):
    delivery(reference)
    claim(1)  # and its worker dies
    assert send_due() == 0

    at.shift(LEASE + timedelta(seconds=1))
    send_due()

    row = PartnerDelivery.objects.get()
    assert (row.state, row.attempts, endpoint.heard()) == ("done", 2, [2])


def test_who_comes_back_too_late_does_not_settle_what_another_has_in_hand(endpoint, reference):
    row = delivery(reference)
    another = uuid4()

    def taken_over(received: Received) -> Answer:
        return Answer(500)

    endpoint.receiver._answer = taken_over
    (claimed,) = claim(1)
    PartnerDelivery.objects.filter(pk=row.pk).update(lease_by=another, attempts=2)
    from apps.partners.clients import webhooks
    from apps.partners.services.sending import _call_of, record

    record(claimed, webhooks.send(_call_of(claimed)))

    after = PartnerDelivery.objects.get()
    assert (after.state, after.lease_by, after.attempts, after.last_error_code) == ("todo", another, 2, "")
    assert DeliveryAttempt.objects.count() == 1


def test_at_most_two_calls_to_one_endpoint_at_once(integration):
    for _ in range(5):
        delivery(PartnerOrderReferenceFactory(integration=integration))

    assert [len(claim(8)), len(claim(8))] == [2, 0]


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
    claim(1)

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
