"""What breaks between a partner and us, with real processes: nothing is lost and nothing is doubled."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import psycopg
import pytest
import redis

from apps.accounts.services import issue_access_token
from apps.core import clock
from apps.orders.models import Order
from apps.partners.doorbell import SEND
from apps.partners.models import EndpointHealth, PartnerDelivery, PartnerOrderReference
from apps.partners.services import send_due
from apps.partners.simulator import Answer, Received, Receiver, post_order
from tests.factories.accounts import UserFactory
from tests.factories.partners import SECRET, PartnerDeliveryFactory, PartnerOrderReferenceFactory
from tests.faults.processes import eventually, free_port
from tests.partners.conftest import sample

_open = build_opener(ProxyHandler({})).open


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # killed children leave their pipes


def queue(reference: PartnerOrderReference, *sequences: int) -> list[PartnerDelivery]:
    return [
        PartnerDeliveryFactory(
            reference=reference,
            sequence=sequence,
            body=json.dumps({"data": {"sequence": sequence, "partner_order_id": reference.partner_order_id}}),
        )
        for sequence in sequences
    ]


def states() -> list[str]:
    return list(PartnerDelivery.objects.order_by("sequence").values_list("state", flat=True))


def sequences(receiver: Receiver) -> list[int]:
    return [call.data["sequence"] for call in receiver.calls]


def test_a_worker_that_is_killed_in_mid_delivery_loses_nothing(house, integration, receiver, ring):
    killed = threading.Event()

    def hang_until_killed(received: Received) -> Answer:
        killed.wait(20)
        return Answer()

    queue(PartnerOrderReferenceFactory(integration=integration), 2, 3)
    receiver._answer = hang_until_killed
    with house.worker() as worker:
        ring.send_task(SEND)
        assert receiver.wait_for(lambda: bool(receiver.calls), seconds=30)
        worker.kill()
    killed.set()
    left = PartnerDelivery.objects.get(sequence=2)
    assert (left.state, left.attempts, left.lease_until is not None) == ("todo", 1, True)

    PartnerDelivery.objects.filter(sequence=2).update(lease_until=clock.now() - timedelta(seconds=1))  # it runs out
    with house.worker():
        ring.send_task(SEND)
        eventually(lambda: states() == ["done", "done"], what="both were delivered")

    assert sequences(receiver) == [2, 2, 3]
    assert len({call.webhook_id for call in receiver.calls}) == 2  # the repeat is known by its id
    assert not any(call.problem for call in receiver.calls)


def test_a_flushed_redis_costs_a_few_seconds(house, integration, receiver, ring):
    for _ in range(3):
        queue(PartnerOrderReferenceFactory(integration=integration), 2, 3)
        ring.send_task(SEND)
    with redis.Redis.from_url(house.redis_url) as client:
        client.flushall()

    with house.worker(clockwork=True):
        eventually(lambda: states() == ["done"] * 6, what="the clockwork found all six")

    assert len(receiver.calls) == len({call.webhook_id for call in receiver.calls}) == 6


def test_with_redis_down_an_order_is_taken_in_and_its_partner_hears_of_it(house, partner, receiver, deliver_events):
    port = free_port()
    with house.web(port=port, REDIS_URL="redis://127.0.0.1:1/0"):
        reply = post_order(
            base_url=f"http://127.0.0.1:{port}",
            partner=partner.integration.partner_organization.slug,
            api_key=partner.api_key,
            message=sample("canonical.json"),
        )
        token = staff_token()
        change(port, token, reply.body["order_id"], "cancelled", "De klant ziet ervan af.")

    deliver_events()
    send_due()

    assert reply.status == 201
    assert [(call.data["status"], call.problem) for call in receiver.calls] == [("CANCELLED", "")]
    assert Order.objects.count() == 1


def test_an_endpoint_that_was_down_gets_everything_in_order_when_it_is_back(house, integration):
    port = free_port()
    integration.webhook_url = f"http://127.0.0.1:{port}/zon"
    integration.save()
    reference = PartnerOrderReferenceFactory(integration=integration)
    queue(reference, 2, 3, 4)
    send_due()
    down = PartnerDelivery.objects.get(sequence=2)
    assert (down.state, down.last_error_code, states()) == ("todo", "connection_failed", ["todo"] * 3)

    with Receiver({"zon": SECRET}, port=port) as back:
        PartnerDelivery.objects.update(next_attempt_at=clock.now())  # time passes
        send_due()

    assert sequences(back) == [2, 3, 4]
    assert states() == ["done"] * 3
    assert EndpointHealth.objects.get().consecutive_failures == 0


def test_a_web_server_that_is_killed_between_commit_and_answer_answers_when_asked_again(house, partner, as_owner):
    port = free_port()
    message = sample("canonical.json")
    headers = {"Idempotency-Key": "bestelling-0001"}
    lost: list[Any] = []

    def post_and_lose() -> None:
        try:
            lost.append(post(port, partner, message, headers))
        except OSError as error:
            lost.append(error)

    with house.web(port=port) as web:
        with after_the_commit(as_owner):
            asking = threading.Thread(target=post_and_lose)
            asking.start()
            eventually(lambda: Order.objects.count() == 1, seconds=20, what="the order is committed")
            web.kill()
        asking.join(20)
    with house.web(port=port):
        again = post(port, partner, message, headers)
        without_key = post(port, partner, message, {})

    assert isinstance(lost[0], OSError)
    order = Order.objects.get()
    assert (again[0], again[2].get("Idempotent-Replayed"), again[1]["order_number"]) == (201, "true", order.order_number)
    assert (without_key[0], without_key[1]) == (200, again[1])


@contextmanager
def after_the_commit(owner: psycopg.Connection) -> Iterator[None]:
    """Whoever has committed an order cannot note the call: as long as this lasts, its answer waits."""
    with owner.transaction(force_rollback=True):
        owner.execute("LOCK TABLE api_usage_logs IN EXCLUSIVE MODE")
        yield


def post(port: int, partner: Any, message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any], Any]:
    request = Request(
        f"http://127.0.0.1:{port}{partner.path}",
        data=json.dumps(message).encode(),
        headers={"Authorization": f"Bearer {partner.api_key}", "Content-Type": "application/json", **headers},
    )
    with _open(request, timeout=35) as response:
        return response.status, json.load(response), response.headers


def staff_token() -> str:
    return issue_access_token(UserFactory(superuser=True))


def change(port: int, token: str, order_id: str, to_status: str, reason: str) -> None:
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/status-engine/change",
        data=json.dumps(
            {"entity_type": "order", "entity_id": order_id, "to_status": to_status, "transition_reason": reason}
        ).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with _open(request, timeout=35) as response:
        assert response.status == 200
