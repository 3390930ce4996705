"""Which statuses of an order its customer hears of, and when they do not."""

import pytest

from apps.communication.models import CommunicationMessage
from apps.communication.services import tell_of_status
from apps.orders.models import Order
from apps.orders.services import create_order, order_hold_create, order_hold_resume
from apps.workflow.models import StatusPolicy, StatusTransition
from tests.orders.conftest import load
from tests.orders.test_placing import order_data
from tests.reporting.worlds import move

pytestmark = pytest.mark.usefixtures("policies", "templates", "mailboxes")


@pytest.fixture
def mailboxes(db):
    load("020_business_entities.json")
    load("060_channels.json")


@pytest.fixture
def order(mailboxes):
    from apps.organizations.models import BusinessEntity

    return create_order(data=order_data(BusinessEntity.objects.get(entity_code="chargecars")), by=None)


def codes():
    return list(CommunicationMessage.objects.order_by("created_at").values_list("template__template_code", flat=True))


def test_the_customer_hears_of_the_statuses_in_the_table(order, deliver_events):
    for steps in (
        ("intake_sent",),
        ("intake_completed", "quote_draft", "quote_ready"),
        ("quote_sent",),
        ("both_approved", "planning"),
        ("scheduled",),
        ("cancelled",),
    ):
        move(order, *steps)
        deliver_events()

    assert codes() == [
        "order_confirmation",
        "intake_form_invitation",
        "quote_notification",
        "appointment_confirmation",
        "order_cancelled",
    ]


def test_a_step_is_told_once(order, deliver_events):
    move(order, "intake_sent")
    deliver_events()
    step = StatusTransition.objects.get(entity_id=order.pk, to_status="intake_sent")

    tell_of_status(step.pk)

    assert codes().count("intake_form_invitation") == 1


def test_what_is_past_by_then_is_no_news(order, deliver_events):
    move(order, "intake_sent", "intake_completed")

    deliver_events()

    assert codes() == ["order_confirmation"]


def test_a_policy_that_says_no_is_heeded(order, deliver_events):
    StatusPolicy.objects.filter(status="intake_sent").update(notify=False)

    move(order, "intake_sent")
    deliver_events()

    assert codes() == ["order_confirmation"]


def test_going_back_to_where_it_was_held_is_told_as_that(order, deliver_events):
    move(order, "intake_sent")
    deliver_events()
    order_hold_create(order=Order.objects.get(), hold_reason_category="other", hold_reason_details="Vakantie", by=None)
    deliver_events()
    order_hold_resume(order=Order.objects.get(), resolution_notes="Terug", by=None)
    deliver_events()

    assert codes() == ["order_confirmation", "intake_form_invitation", "hold_notification", "resume_notification"]


def test_going_on_elsewhere_than_where_it_was_held_is_news(order, deliver_events):
    move(order, "intake_sent", "intake_completed", "quote_draft", "quote_ready", "quote_sent", "both_approved", "planning")
    deliver_events()
    order_hold_create(order=Order.objects.get(), hold_reason_category="other", hold_reason_details="Vakantie", by=None)
    deliver_events()
    before = codes()
    order_hold_resume(order=Order.objects.get(), resolution_notes="Terug", new_status="scheduled", by=None)
    deliver_events()

    assert sorted(codes()[len(before) :]) == ["appointment_confirmation", "resume_notification"]
