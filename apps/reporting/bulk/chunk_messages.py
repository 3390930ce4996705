"""Confirmations of some of the orders, as they were sent."""

from apps.communication.choices import DeliveryStatus, MessageType, ThreadType
from apps.communication.models import CommunicationMessage, CommunicationThread, MessageAttempt
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.tables import fill_draft, literal

MODELS = (CommunicationThread, CommunicationMessage, MessageAttempt)
ONE_IN = 20

THREAD = {
    "created_at": "placed_at",
    "updated_at": "placed_at",
    "business_entity_id": "person.entity_id",
    "contact_id": "contact_id",
    "thread_subject": "subject",
    "thread_type": literal(ThreadType.NOTIFICATIONS.value),
    "about_type": "'order'",
    "about_id": "person.id",
    "last_message_at": "placed_at",
}
MESSAGE = {
    "created_at": "placed_at",
    "updated_at": "placed_at",
    "channel_id": "mailbox.channel_id",
    "channel_type": "mailbox.channel_type",
    "message_type": literal(MessageType.SYSTEM_NOTIFICATION.value),
    "sender": "mailbox.sender",
    "recipient_contact_id": "contact_id",
    "recipient": "email",
    "subject": "subject",
    "text": "concat('Beste ', first_name, E',\\n\\nWij hebben uw bestelling ', number, ' ontvangen.')",
    "language": "'nl'",
    "template_id": "mailbox.template_id",
    "template_version": "mailbox.template_version",
    "external_message_id": "concat('<', person.id, '@example.nl>')",
    "dedupe_key": "concat('order:', person.id, ':confirmation')",
    "delivery_status": literal(DeliveryStatus.SENT.value),
    "attempt_count": "1",
    "sent_at": "placed_at",
}
ATTEMPT = {
    "created_at": "sent_at",
    "updated_at": "sent_at",
    "id": "md5('attempt' || message.id)::uuid",
    "message_id": "message.id",
    "number": "1",
    "occurred_at": "sent_at",
    "succeeded": "true",
    "outcome": "'250 OK'",
}


def statements(chance: Chance) -> list[str]:
    """What makes the rows of this chunk ready, for `store_draft`."""
    told = f"""
        bulk_person AS person JOIN bulk_mailbox AS mailbox ON mailbox.entity_id = person.entity_id
        CROSS JOIN LATERAL (SELECT 'Uw bestelling ' || number AS subject) AS title
        WHERE {chance.below(ONE_IN, 80)} = 0
    """
    thread = chance.key("thread", "n")
    return [
        fill_draft(CommunicationThread, THREAD | {"id": thread}, "0", told),
        fill_draft(CommunicationMessage, MESSAGE | {"id": chance.key("mail", "n"), "thread_id": thread}, "0", told),
        fill_draft(MessageAttempt, ATTEMPT, "0", "new_communication_message AS message"),
    ]
