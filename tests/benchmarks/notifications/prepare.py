"""Run in the system under measurement: puts so many text messages in line, to as many people as there are; says how many."""

import os
import sys
from datetime import time
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from apps.communication.choices import ChannelType, DeliveryStatus, MessageType  # noqa: E402 - Django is set up now
from apps.communication.models import (  # noqa: E402
    CommunicationChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    MessageBirdConnection,
)
from apps.core import clock  # noqa: E402
from apps.organizations.models import BusinessEntity, Contact  # noqa: E402

TOGETHER = 1_000
ON_THEIR_WAY = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


def put_in_line(count: int) -> None:
    entity = BusinessEntity.objects.get_by_natural_key("chargecars")
    keys = {"access_key": "key_of_the_benchmark", "signing_key": "key_of_the_benchmark"}
    MessageBirdConnection.objects.get_or_create(business_entity=entity, defaults=keys)
    line = CommunicationChannel.objects.get(business_entity=entity, channel_type=ChannelType.SMS)
    line.is_active, line.sends_from, line.sends_until = True, time(0), time(23, 59, 59, 999_999)  # it is measured at any hour
    line.save()
    template = CommunicationTemplate.objects.get(
        template_code="appointment_confirmation", channel_type=ChannelType.SMS, language="nl", business_entity=None
    )
    people = list(Contact.objects.filter(organization__business_entity=entity, is_active=True, deleted_at=None)[:count])
    thread = CommunicationThread.objects.filter(business_entity=entity).first()
    CommunicationMessage.objects.filter(delivery_status__in=ON_THEIR_WAY).update(
        delivery_status=DeliveryStatus.SUPPRESSED, next_attempt_at=None
    )
    for start in range(0, count, TOGETHER):
        CommunicationMessage.objects.bulk_create(
            _message(number, line, template, thread, people[number % len(people)])
            for number in range(start, min(start + TOGETHER, count))
        )


def _message(
    number: int, line: CommunicationChannel, template: CommunicationTemplate, thread: CommunicationThread, contact: Contact
) -> CommunicationMessage:
    key = uuid4()
    return CommunicationMessage(
        id=key,
        thread=thread,
        channel=line,
        channel_type=line.channel_type,
        message_type=MessageType.SYSTEM_NOTIFICATION,
        sender=line.sender,
        recipient_contact=contact,
        recipient=f"+316{10_000_000 + number}",
        text=f"Beste {contact.first_name}, wij komen morgen voor order CC-2026-{number:05d}. ChargeCars",
        language="nl",
        template=template,
        template_version=template.version,
        part_count=1,
        external_message_id=line.message_id_for(key),
        delivery_status=DeliveryStatus.PENDING,
        next_attempt_at=clock.now(),
    )


if __name__ == "__main__":
    put_in_line(int(sys.argv[1]))
    sys.stdout.write(str(CommunicationMessage.objects.filter(delivery_status=DeliveryStatus.PENDING).count()))
