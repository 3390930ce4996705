"""From an order's transitions to messages for its partner."""

import json
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.utils.dateparse import parse_datetime

from apps.communication.models import CommunicationMessage
from apps.core.contributions import Viewer
from apps.orders.models import Order
from apps.partners.models import PartnerDelivery, PartnerIntegration, PartnerOrderReference
from apps.partners.pages import tiles
from apps.partners.presets import PRESETS
from apps.partners.services import queue_statuses
from apps.partners.services.sync import first_attempt_at
from apps.partners.subscribers import partner_status_sync
from apps.workflow.events import StatusChanged
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services import change_entity_status, record_creation
from tests.factories.accounts import UserFactory
from tests.factories.orders import LineItemFactory, OrderFactory
from tests.factories.partners import PartnerDeliveryFactory, PartnerOrderReferenceFactory
from tests.partners.conftest import partner_with_key

pytestmark = pytest.mark.django_db

TO_PLANNED = (
    *("intake_completed", "quote_draft", "quote_ready", "quote_sent", "customer_approved", "both_approved", "planning"),
    "scheduled",
)


@pytest.fixture
def order(reference_data, partner, canonical) -> Order:
    partner.post(canonical())
    return Order.objects.get()


def move(order: Order, *statuses: str, reason: str = "Akkoord per telefoon.") -> None:
    for status in statuses:
        context = {"planned_start_date": "2026-12-14"} if status == "scheduled" else {}
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status=status,
            transition_reason=reason,
            business_context=context,
        )


def told() -> list[tuple[int, str]]:
    return list(PartnerDelivery.objects.order_by("sequence").values_list("sequence", "status"))


def reference() -> PartnerOrderReference:
    return PartnerOrderReference.objects.get()


def test_making_the_order_tells_nothing_its_answer_did(order, deliver_events):
    deliver_events()

    assert told() == []
    assert (reference().queued_sequence, reference().queued_status) == (1, "RECEIVED")


def test_each_new_word_is_told_once_in_order(order, deliver_events):
    move(order, *TO_PLANNED)

    deliver_events()

    assert told() == [
        (3, "QUOTED"),  # the intake is still RECEIVED, which the partner knows
        (6, "APPROVAL_PENDING"),
        (7, "CONFIRMED"),  # planning is CONFIRMED too
        (9, "SCHEDULED"),
    ]
    assert (reference().queued_sequence, reference().queued_status) == (9, "SCHEDULED")


def test_a_partner_hears_its_own_words_and_nothing_of_statuses_it_has_no_word_for(order, deliver_events):
    PartnerIntegration.objects.update(status_mapping={"chargecars_to_partner": dict(PRESETS["groendus"].statuses)})
    move(order, *TO_PLANNED)

    deliver_events()

    assert told() == [
        (2, "INTAKE_DONE"),
        (5, "QUOTED"),
        (6, "CUSTOMER_APPROVED"),
        (7, "CONFIRMED"),
        (9, "INSTALLATION_PLANNED"),
    ]
    assert reference().queued_sequence == 9


def test_back_from_a_hold_the_former_word_is_told_again(order, deliver_events):
    move(order, "intake_completed", "quote_draft")
    move(order, "on_hold", reason="De klant is op vakantie.")
    move(order, "quote_draft", reason="Terug van vakantie.")

    deliver_events()

    assert told() == [(3, "QUOTED"), (4, "ON_HOLD"), (5, "QUOTED")]


def test_the_message_is_frozen_from_its_transition(order, deliver_events):
    move(order, *TO_PLANNED)
    deliver_events()
    Order.objects.filter(pk=order.pk).update(planned_start_date=date(2030, 1, 1))

    message = json.loads(PartnerDelivery.objects.get(sequence=9).body)

    transition = StatusTransition.objects.get(entity_id=order.pk, sequence=9)
    assert parse_datetime(message.pop("timestamp")) == transition.occurred_at
    assert message == {
        "type": "order.status_changed",
        "data": {
            "order_id": str(order.pk),
            "order_number": order.order_number,
            "partner_order_id": "ZON-1",
            "status": "SCHEDULED",
            "from_status": "planning",
            "to_status": "scheduled",
            "reason": "Akkoord per telefoon.",
            "scheduled_date": "2026-12-14",
            "sequence": 9,
        },
    }


def test_a_partner_that_tries_us_out_hears_of_its_test_orders_and_nobody_is_hurried(
    reference_data, partner, canonical, deliver_events
):
    partner_with_key(partner.integration, live=False).post(canonical())
    order = Order.objects.get()
    move(order, "intake_completed", "quote_draft")
    deliver_events()

    (message,) = [json.loads(body) for body in PartnerDelivery.objects.values_list("body", flat=True)]
    assert (message["data"]["is_test"], message["data"]["order_number"]) == (True, order.order_number)
    assert EntityCurrentStatus.objects.get(entity_id=order.pk).sla_deadline is None
    assert not CommunicationMessage.objects.exclude(delivery_status="suppressed").exists()


def test_parked_messages_about_test_orders_are_not_counted(reference_data):
    reference = PartnerOrderReferenceFactory(order=OrderFactory(is_test=True, order_number="TEST-CC-2026-00001"))
    PartnerDeliveryFactory(reference=reference, state="parked")

    assert [tile.value for tile in tiles(Viewer(user=UserFactory(superuser=True), business_entity=None))] == [0, 0]


def test_the_reason_is_told(order, deliver_events):
    move(order, "cancelled", reason="De klant verhuist.")

    deliver_events()

    assert json.loads(PartnerDelivery.objects.get().body)["data"]["reason"] == "De klant verhuist."


def test_a_late_a_doubled_or_an_early_event_changes_nothing(order, deliver_events):
    move(order, "intake_completed", "quote_draft")
    deliver_events()
    before = told()

    for transition in StatusTransition.objects.filter(entity_id=order.pk, sequence__gt=1):
        partner_status_sync(
            StatusChanged(
                entity_type="order",
                entity_id=order.pk,
                transition_id=transition.pk,
                sequence=transition.sequence,
                from_status=transition.from_status,
                to_status=transition.to_status,
            )
        )

    assert told() == before == [(3, "QUOTED")]


def test_one_event_takes_all_that_is_new(order):
    move(order, *TO_PLANNED)

    queued = queue_statuses(order_id=order.pk)

    assert [delivery.status for delivery in queued] == ["QUOTED", "APPROVAL_PENDING", "CONFIRMED", "SCHEDULED"]
    assert queue_statuses(order_id=order.pk) == []


@pytest.mark.parametrize("pause", [{"is_active": False}, {"sync_enabled": False}])
def test_what_happens_during_a_pause_is_queued_and_told_afterwards(order, pause, deliver_events):
    PartnerIntegration.objects.update(**pause)

    move(order, "intake_completed", "quote_draft", "quote_ready", "quote_sent", "customer_approved")
    deliver_events()

    assert told() == [(3, "QUOTED"), (6, "APPROVAL_PENDING")]


@pytest.mark.parametrize("off", [{"webhook_url": ""}, {"webhook_events": []}])
def test_what_happens_while_the_partner_is_told_nothing_is_not_told_later(order, off, deliver_events):
    usual = PartnerIntegration.objects.values(*off).get()
    PartnerIntegration.objects.update(**off)
    move(order, "intake_completed", "quote_draft")
    deliver_events()
    PartnerIntegration.objects.update(**usual)

    move(order, "quote_ready", "quote_sent", "customer_approved")
    deliver_events()

    assert told() == [(4, "QUOTED"), (6, "APPROVAL_PENDING")]
    assert reference().queued_sequence == 6


def test_an_order_that_no_partner_sent_is_nobodys_business():
    assert queue_statuses(order_id=OrderFactory().pk) == []


def test_another_record_with_a_status_is_not_an_order(deliver_events):
    reference = PartnerOrderReferenceFactory()

    partner_status_sync(
        StatusChanged(
            entity_type="internal_task",
            entity_id=reference.order_id,
            transition_id=uuid4(),
            sequence=2,
            from_status="open",
            to_status="completed",
        )
    )

    assert PartnerDelivery.objects.count() == 0


@pytest.mark.parametrize(
    ("frequency", "now", "first"),
    [
        ("real_time", "2026-03-02T12:07:30+00:00", "2026-03-02T12:07:30+00:00"),
        ("every_15_minutes", "2026-03-02T12:07:30+00:00", "2026-03-02T12:15:00+00:00"),
        ("every_15_minutes", "2026-03-02T12:15:00+00:00", "2026-03-02T12:30:00+00:00"),
        ("hourly", "2026-03-02T12:07:30+00:00", "2026-03-02T13:00:00+00:00"),
        ("daily", "2026-03-02T12:07:30+00:00", "2026-03-02T23:00:00+00:00"),
        ("daily", "2026-03-29T00:30:00+00:00", "2026-03-29T22:00:00+00:00"),  # a day of 23 hours
        ("daily", "2026-10-25T00:30:00+00:00", "2026-10-25T23:00:00+00:00"),  # a day of 25 hours
        ("hourly", "2026-10-25T00:30:00+00:00", "2026-10-25T01:00:00+00:00"),
        ("hourly", "2026-10-25T22:30:00+00:00", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_when_a_message_is_first_sent(frequency, now, first):
    assert first_attempt_at(frequency, datetime.fromisoformat(now)) == datetime.fromisoformat(first)
    assert datetime.fromisoformat(now).tzinfo == UTC


def test_wholesale_orders_are_told_in_the_usual_words(reference_data, deliver_events):
    reference = PartnerOrderReferenceFactory()
    order = OrderFactory(wholesale=True)
    LineItemFactory(order=order)
    PartnerOrderReference.objects.filter(pk=reference.pk).update(order=order, queued_sequence=0)
    record_creation(order, by=None)

    move(order, "approved", "in_production", "ready_for_delivery", "delivered", "completed")
    deliver_events()

    assert [status for _sequence, status in told()] == ["CONFIRMED", "IN_PROGRESS", "DELIVERED", "COMPLETED"]
