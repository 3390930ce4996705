"""What does not arrive is tried again, and in the end given to a person.

The endpoint is a real HTTP server on loopback that verifies each signature.
"""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.core.crypto import Ciphertext
from apps.core.errors import Refused
from apps.core.retries import MAX_ATTEMPTS
from apps.partners.choices import DeliveryState
from apps.partners.models import EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.services import (
    reopen_endpoint,
    resend_delivery,
    resend_parked,
    send_due,
)
from apps.partners.services.claiming import LEASE
from apps.partners.simulator import Answer
from apps.workflow.models import InternalTask
from tests.factories.partners import PartnerIntegrationFactory, PartnerOrderReferenceFactory
from tests.partners.endpoints import NOON, delivery, in_hand, state_of

pytestmark = pytest.mark.django_db


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


def test_a_message_that_kills_its_worker_each_time_is_parked_in_the_end(endpoint, reference, at):
    row = delivery(reference)

    for _ in range(MAX_ATTEMPTS):
        assert [claimed.pk for claimed in in_hand()] == [row.pk]  # and then the worker dies
        at.shift(LEASE + timedelta(seconds=1))
    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code, endpoint.receiver.calls) == (DeliveryState.PARKED, "worker_lost", [])
    assert InternalTask.objects.count() == 1


def test_a_secret_that_does_not_open_stops_its_own_messages_alone(endpoint, reference, at):
    healthy = delivery(reference)
    foreign = PartnerOrderReferenceFactory(integration=PartnerIntegrationFactory(webhook_url=endpoint.receiver.url("wind")))
    stuck = delivery(foreign)
    PartnerIntegration.objects.filter(pk=foreign.integration_id).update(webhook_secret=Ciphertext("gone$AAAA"))

    send_due()

    assert (state_of(healthy), state_of(stuck)) == (DeliveryState.DONE, DeliveryState.PARKED)
    assert PartnerDelivery.objects.get(pk=stuck.pk).last_error_code == "secret_unreadable"


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
