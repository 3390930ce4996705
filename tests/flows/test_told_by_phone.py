"""An appointment told by phone, as the business tells it.

The installation is planned in the evening. The customer gets a letter at once, and the next morning, when people may be
disturbed, an SMS. The phone network says that it arrived, and all of it can be read on the order's page. She answers by
WhatsApp, and that stands there too.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings as django_settings
from django.urls import reverse

from apps.communication.models import CommunicationChannel, CommunicationMessage
from apps.communication.services import send_due_messages
from apps.organizations.models import BusinessEntity
from tests.factories.accounts import UserFactory
from tests.factories.communication import MessageBirdConnectionFactory
from tests.fakes.messagebird import CHANNEL_ID, FakeMessageBird
from tests.reporting.worlds import move, placed_order

pytestmark = pytest.mark.django_db

NUMBER = "+31612345678"
EVENING = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)  # half past nine in Amsterdam


@pytest.fixture
def provider(settings) -> Iterator[FakeMessageBird]:
    fake = FakeMessageBird().start()
    settings.MESSAGEBIRD_REST_URL, settings.MESSAGEBIRD_CONVERSATIONS_URL = fake.origin, fake.conversations
    yield fake
    fake.stop()


@pytest.fixture
def order(reference_data, provider):
    chargecars = BusinessEntity.objects.get_by_natural_key("chargecars")
    MessageBirdConnectionFactory(business_entity=chargecars)
    CommunicationChannel.objects.filter(business_entity=chargecars, channel_type="sms").update(is_active=True)
    CommunicationChannel.objects.filter(business_entity=chargecars, channel_type="whatsapp", channel_code="support").update(
        is_active=True, channel_identifier="+31850000000", provider_channel_id=CHANNEL_ID
    )
    placed = placed_order("chargecars")
    placed.primary_contact.mobile = NUMBER
    placed.primary_contact.save()
    return placed


def test_from_planned_to_told_to_answered(order, provider, client, deliver_events, mailoutbox):
    url = f"{django_settings.PUBLIC_BASE_URL}/hooks/messagebird"
    with time_machine.travel(EVENING, tick=False) as clock:
        deliver_events()
        move(order, "intake_completed", "quote_draft", "quote_ready", "quote_sent", "both_approved", "planning", "scheduled")
        deliver_events()
        send_due_messages(limit=100)

        # The letter goes at once; the SMS waits for the morning.
        assert [letter.subject for letter in mailoutbox][-1] == f"Uw afspraak voor order {order.order_number}"
        sms = CommunicationMessage.objects.get(channel_type="sms")
        assert (sms.delivery_status, provider.texts) == ("pending", [])
        assert "4 maart 2026" in sms.text

        clock.move_to(EVENING + timedelta(hours=10, minutes=30))  # 8:00
        send_due_messages(limit=100)
        (text,) = provider.texts
        assert text["recipients"]["items"][0]["recipient"] == int(NUMBER)
        assert text["body"] == sms.text

        # The network says that it arrived, and she answers.
        report = f"?{urlencode(provider.report(text, 'delivered'))}"
        assert client.get(f"/hooks/messagebird{report}", headers=provider.signed(url + report)).status_code == 200
        said = provider.event(
            "message.created", direction="received", type="text", content={"text": "Prima!"}, **{"from": NUMBER}
        )
        body = json.dumps(said).encode()
        answer = client.post("/hooks/messagebird", body, content_type="application/json", headers=provider.signed(url, body))
        assert answer.status_code == 200

        # All of it stands on the order's page, in one line.
        client.force_login(UserFactory(superuser=True))
        page = client.get(reverse("admin:orders_order_change", args=[order.pk]), headers={"accept-language": "en"})
        shown = {entry.title: entry.detail for entry in page.context["timeline"].entries}
        assert shown[f"Message to Sanne de Wit: {sms.summary}"] == "SMS: delivered"
        assert shown["Message from Sanne de Wit: Prima!"] == "WhatsApp: received"
    trace = [(line.kind, line.succeeded) for line in sms.attempts.all()]
    assert trace == [("deferred", False), ("tried", True), ("state", True)]
