"""What a partner lost is told again: of a stretch of time, one by one, or as somebody picked; each order's messages in order."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.core.errors import DomainError
from apps.partners.choices import ResendScope
from apps.partners.models import EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.services import preview_resend, resend_delivered, resend_range, resend_selected, send_due
from apps.partners.services import resending as module
from tests.factories.partners import PartnerIntegrationFactory, PartnerOrderReferenceFactory
from tests.partners.endpoints import NOON, delivery, state_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def at_hour(hour: int) -> datetime:
    return NOON + hour * HOUR


def message(reference, sequence: int, state: str, *, hour: int, **fields: object) -> PartnerDelivery:
    arrived = at_hour(hour) if state == "done" else None
    return delivery(reference, sequence, state=state, queued_at=at_hour(hour), delivered_at=arrived, **fields)


def resend(integration: PartnerIntegration, *, since: int, until: int, scope: str = ResendScope.ALL) -> int:
    fresh = PartnerIntegration.objects.get(pk=integration.pk)
    return resend_range(integration=fresh, since=at_hour(since), until=at_hour(until), scope=scope, by=None)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def states(*rows: PartnerDelivery) -> list[str]:
    return [state_of(row) for row in rows]


@pytest.fixture
def other(integration):
    """Another order of the same partner."""
    return PartnerOrderReferenceFactory(integration=integration)


# A stretch of time


def test_parked_messages_of_a_stretch_go_again_and_others_stay(integration, reference, other, at):
    before = message(reference, 2, "parked", hour=-5)
    within = message(other, 2, "parked", hour=-3)
    arrived = message(PartnerOrderReferenceFactory(integration=integration), 2, "done", hour=-3)

    assert resend(integration, since=-4, until=-2, scope=ResendScope.PARKED) == 1

    assert states(before, within, arrived) == ["parked", "todo", "done"]


def test_failed_ones_are_those_parked_and_those_that_wait_for_another_attempt(integration, reference, other, at):
    parked = message(reference, 2, "parked", hour=-3)
    waiting = message(other, 2, "todo", hour=-3, last_error_code="http_500", attempts=4, next_attempt_at=at_hour(9))
    fresh = message(other, 3, "todo", hour=-3, next_attempt_at=at_hour(9))

    assert resend(integration, since=-4, until=-2, scope=ResendScope.FAILED) == 2

    rows = [PartnerDelivery.objects.get(pk=row.pk) for row in (parked, waiting, fresh)]
    assert [(row.state, row.attempts, row.next_attempt_at) for row in rows] == [
        ("todo", 0, NOON),
        ("todo", 0, NOON),
        ("todo", 0, at_hour(9)),
    ]


def test_what_arrived_goes_again_with_all_that_followed_it_in_its_order(endpoint, integration, reference, at):
    lost = message(reference, 2, "done", hour=-3)
    message(reference, 4, "skipped", hour=-2)
    later = message(reference, 7, "done", hour=-1)

    assert resend(integration, since=-4, until=-2) == 2
    send_due()

    assert endpoint.heard() == [2, 7]
    assert [call.webhook_id for call in endpoint.receiver.calls] == [lost.webhook_id, later.webhook_id]
    assert states(lost, later) == ["done", "done"]


def test_what_is_being_sent_now_is_left_alone(integration, reference, at):
    row = message(reference, 2, "todo", hour=-1, last_error_code="http_500")
    worker = row.pk
    PartnerDelivery.objects.filter(pk=row.pk).update(lease_until=at_hour(1), lease_by=worker)

    assert resend(integration, since=-2, until=0) == 0
    assert PartnerDelivery.objects.get(pk=row.pk).lease_by == worker


def test_another_integrations_messages_stay(integration, at):
    foreign = message(PartnerOrderReferenceFactory(integration=PartnerIntegrationFactory()), 2, "parked", hour=-1)

    assert resend(integration, since=-2, until=0) == 0
    assert state_of(foreign) == "parked"


def test_a_preview_tells_how_many_and_which_and_changes_nothing(integration, reference, other, at):
    rows = [
        message(reference, 2, "done", hour=-2),
        message(reference, 3, "parked", hour=-1),
        message(other, 2, "parked", hour=-1),
    ]

    seen = preview_resend(integration=integration, since=at_hour(-3), until=at_hour(0), scope=ResendScope.ALL)

    assert (seen.count, seen.orders) == (3, 2)
    assert dict(seen.shown) == {reference: 2, other: 1}
    assert states(*rows) == ["done", "parked", "parked"]


@pytest.mark.parametrize("off", [{"is_active": False}, {"sync_enabled": False}, {"webhook_url": ""}])
def test_a_paused_integration_is_sent_nothing_again(integration, reference, at, off):
    row = message(reference, 2, "parked", hour=-1)
    PartnerIntegration.objects.update(**off)

    assert refusal(lambda: resend(integration, since=-2, until=0)) == "endpoint_disabled"
    assert state_of(row) == "parked"


def test_an_endpoint_that_is_gone_is_sent_nothing_again(integration, reference, at):
    row = message(reference, 2, "parked", hour=-1)
    EndpointHealth.objects.create(integration=integration, gone_at=NOON)

    assert refusal(lambda: resend(integration, since=-2, until=0)) == "endpoint_disabled"
    assert state_of(row) == "parked"


def test_too_many_at_once_are_refused(integration, reference, other, at, monkeypatch):
    monkeypatch.setattr(module, "MOST_AT_ONCE", 1)
    rows = [message(reference, 2, "parked", hour=-1), message(other, 2, "parked", hour=-1)]

    assert refusal(lambda: resend(integration, since=-2, until=0)) == "too_many_messages"
    assert states(*rows) == ["parked", "parked"]


def test_a_stretch_that_ends_before_it_begins_is_refused(integration, at):
    assert refusal(lambda: resend(integration, since=0, until=0)) == "range_empty"


# One, and some


def test_one_that_arrived_goes_again_and_the_later_ones_of_its_order_after_it(endpoint, reference, at):
    message(reference, 2, "done", hour=-3)
    middle = message(reference, 4, "done", hour=-2)
    message(reference, 7, "done", hour=-1)

    assert resend_delivered(delivery=middle, by=None) == 2
    send_due()

    assert endpoint.heard() == [4, 7]


@pytest.mark.parametrize("state", ["todo", "skipped", "parked"])
def test_one_that_did_not_arrive_is_not_sent_again_like_that(reference, at, state):
    row = message(reference, 2, state, hour=-1)

    assert refusal(lambda: resend_delivered(delivery=row, by=None)) == "delivery_not_done"
    assert state_of(row) == state


def test_one_that_arrived_is_not_sent_again_to_a_paused_integration(integration, reference, at):
    row = message(reference, 2, "done", hour=-1)
    PartnerIntegration.objects.update(sync_enabled=False)
    row = PartnerDelivery.objects.get(pk=row.pk)

    assert refusal(lambda: resend_delivered(delivery=row, by=None)) == "endpoint_disabled"
    assert state_of(row) == "done"


def test_of_those_picked_the_ones_that_failed_go_again(integration, reference, other, at):
    parked, arrived = message(reference, 2, "parked", hour=-1), message(other, 2, "done", hour=-1)
    paused = PartnerIntegrationFactory(sync_enabled=False)
    waiting = message(PartnerOrderReferenceFactory(integration=paused), 2, "parked", hour=-1)

    result = resend_selected(rows=PartnerDelivery.objects.all(), by=None)

    assert (result.count, result.left) == (1, 2)
    assert states(parked, arrived, waiting) == ["todo", "done", "parked"]


def test_picking_nothing_that_failed_sends_nothing(reference, at):
    message(reference, 2, "skipped", hour=-1)

    result = resend_selected(rows=PartnerDelivery.objects.all(), by=None)

    assert (result.count, result.left) == (0, 1)
