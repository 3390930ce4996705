"""The main loop, as the business tells it.

An energy company sells a charging station to its customer and sends us the order. Our people take it from lead to finished
installation. At every step that the partner has a word for, it hears of it; the customer gets mail; and on the order's page
all of it can be read back.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.core.contributions import contributions
from apps.orders.models import Order
from apps.partners.models import PartnerDelivery, PartnerIntegration
from apps.partners.presets import PRESETS
from apps.partners.services import send_due
from apps.partners.simulator import Receiver, messages
from apps.workflow.services import change_entity_status
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.factories.partners import SECRET, PartnerIntegrationFactory
from tests.partners.conftest import Partner, partner_with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def groendus_endpoint() -> Iterator[Receiver]:
    with Receiver({"groendus": SECRET}) as receiver:
        yield receiver


@pytest.fixture
def groendus(reference_data, groendus_endpoint) -> Partner:
    preset = PRESETS["groendus"]
    integration = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, slug="groendus", name="Groendus"),
        business_entity=BusinessEntityFactory(),
        partner_order_id_field=preset.partner_order_id_field,
        custom_field_mapping=dict(preset.field_mapping),
        status_mapping={"chargecars_to_partner": dict(preset.statuses)},
        webhook_url=groendus_endpoint.url("groendus"),
    )
    return partner_with_key(integration)


@pytest.fixture
def colleague():
    """Somebody who may do all that an order asks for."""
    user = UserFactory(superuser=True, first_name="Pieter", last_name="de Groot")
    MembershipFactory(user=user, business_entity=BusinessEntityFactory())
    return user


@pytest.fixture
def tell(deliver_events):
    """The worker does its round."""

    def round_of_the_worker() -> None:
        deliver_events()
        send_due()

    return round_of_the_worker


def test_a_partners_order_from_lead_to_finished_installation(groendus, groendus_endpoint, colleague, tell, data_dir):
    # Groendus sends an order in its own words and gets our number for it.
    answer = groendus.post(next(messages("groendus", "STORY")))
    assert answer.status_code == 201
    order = Order.objects.get(order_number=answer.json()["order_number"])
    tell()
    assert groendus_endpoint.calls == []  # it has just been told that the order is received

    def move(to_status: str, **context: str) -> None:
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status=to_status,
            transition_reason=context.pop("reason", ""),
            business_context=context,
            by=colleague,
        )
        tell()

    # Sales works out a quote; the customer thinks about it on holiday; then everybody agrees.
    move("intake_completed")
    move("quote_draft")
    move("quote_ready")
    move("quote_sent")
    move("on_hold", hold_reason_category="customer_delay", hold_reason_details="De klant is op vakantie.")
    move("quote_sent", resolution_notes="Terug van vakantie.")
    move("customer_approved", reason="Akkoord per e-mail.")
    move("both_approved", reason="Groendus akkoord per telefoon.")

    # Planning finds a day, and the team installs.
    day = (clock.today() + timedelta(days=14)).isoformat()
    move("planning")
    move("scheduled", planned_start_date=day)
    move("in_progress")
    move("completed")

    # Groendus heard its own words, each signed, in the order in which things happened.
    calls = groendus_endpoint.calls
    assert [call.problem for call in calls] == [""] * len(calls)
    assert [call.data["status"] for call in calls] == [
        "INTAKE_DONE",
        "QUOTED",
        "ON_HOLD",
        "QUOTED",
        "CUSTOMER_APPROVED",
        "CONFIRMED",
        "INSTALLATION_PLANNED",
        "INSTALLATION_STARTED",
        "INSTALLED",
    ]
    assert [call.data["scheduled_date"] for call in calls if call.data["status"] == "INSTALLATION_PLANNED"] == [day]
    sequences = [call.data["sequence"] for call in calls]
    assert sequences == sorted(sequences)
    assert set(PartnerDelivery.objects.values_list("state", flat=True)) == {"done"}

    # The customer got mail when the order came in, when it was held and when it went on.
    mails = CommunicationMessage.objects.order_by("created_at")
    assert mails.count() >= 3

    # And all of it stands in the order's timeline.
    timeline = contributions.timeline_of("order", [order.pk])[order.pk]
    told = [str(entry.title) for entry in timeline if entry.kind == "delivery"]
    assert len(told) == 1 + len(calls)
    assert PartnerIntegration.objects.get().state == "active"
