"""A company that sends SMS and WhatsApp through a MessageBird on loopback, and who gets them."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from apps.communication.choices import ChannelType, Purpose
from apps.communication.models import CommunicationChannel, CommunicationMessage, CommunicationTemplate
from apps.communication.services import send_notification
from apps.organizations.models import Contact
from tests.factories.communication import (
    CommunicationChannelFactory,
    CommunicationTemplateFactory,
    MessageBirdConnectionFactory,
)
from tests.factories.organizations import ContactFactory
from tests.fakes.messagebird import CHANNEL_ID, FakeMessageBird

NUMBER = "+31612345678"


@dataclass
class Texting:
    """The provider, our two channels, a text for each, and Sanne with her phone."""

    provider: FakeMessageBird
    sms: CommunicationChannel
    whatsapp: CommunicationChannel
    text: CommunicationTemplate
    chat: CommunicationTemplate
    sanne: Contact

    def send(self, channel: str = "sms", **changes: Any) -> CommunicationMessage:
        code = (self.text if channel == "sms" else self.chat).template_code
        call = {"template_code": code, "recipient_contact": self.sanne, "channel": channel}
        return send_notification(**{**call, "variables": {"order_number": "CC-2026-00001"}, **changes})

    def reports(self, client: Client, query: dict[str, str], **claims: Any) -> Any:
        """MessageBird calls our hook about an SMS."""
        address = f"/hooks/messagebird?{urlencode(query)}"
        return client.get(address, headers=self.provider.signed(settings.PUBLIC_BASE_URL + address, **claims))

    def tells(self, client: Client, event: dict[str, Any], **claims: Any) -> Any:
        """MessageBird calls our hook about a conversation."""
        body = json.dumps(event).encode()
        url = f"{settings.PUBLIC_BASE_URL}/hooks/messagebird"
        headers = self.provider.signed(url, body, **claims)
        return client.post("/hooks/messagebird", body, content_type="application/json", headers=headers)


def texting(provider: FakeMessageBird) -> Texting:
    """ChargeCars with an account there; its texts are about how the work goes."""
    MessageBirdConnectionFactory()
    words = {"subject_template": "", "html_template": "", "purpose": Purpose.SERVICE}
    return Texting(
        provider=provider,
        sms=CommunicationChannelFactory(channel_type=ChannelType.SMS, channel_identifier="ChargeCars", is_primary=True),
        whatsapp=CommunicationChannelFactory(
            channel_type=ChannelType.WHATSAPP,
            channel_identifier="+31850000000",
            provider_channel_id=CHANNEL_ID,
            is_primary=True,
        ),
        text=CommunicationTemplateFactory(channel_type=ChannelType.SMS, **words),
        chat=CommunicationTemplateFactory(
            channel_type=ChannelType.WHATSAPP,
            provider_template={
                "name": "order",
                "namespace": "cc",
                "language": "nl",
                "parameters": ["first_name", "order_number"],
            },
            **words,
        ),
        sanne=ContactFactory(mobile=NUMBER),
    )
