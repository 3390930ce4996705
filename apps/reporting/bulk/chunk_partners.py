"""What partners call their orders, what they sent, and what they were told."""

from apps.partners.choices import DeliveryState, MessageKind, WebhookEvent
from apps.partners.models import DeliveryAttempt, PartnerDelivery, PartnerMessage, PartnerOrderReference
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.tables import creation, fill_draft, literal, log_rows, write_history

MODELS = (PartnerOrderReference, PartnerMessage, PartnerDelivery, DeliveryAttempt)

# Each step of a partner's order with the word for it, if there is one, and the last word said before and after.
HEARD = """
    INSERT INTO bulk_heard
    WITH worded AS (
        SELECT step.*, bulk_chunk.integration_id, word, (array_agg(word) FILTER (WHERE word IS NOT NULL) OVER path)[
            count(word) OVER path] AS said, step.at + (1 + 20 * {delay}) * interval '1 second' AS told_at
        FROM bulk_step AS step JOIN bulk_chunk ON bulk_chunk.n = step.n
        LEFT JOIN bulk_word ON bulk_word.integration_id = bulk_chunk.integration_id AND bulk_word.status = step.to_status
        WHERE bulk_chunk.integration_id IS NOT NULL
        WINDOW path AS (PARTITION BY step.n ORDER BY step.sequence)
    ), compared AS (
        SELECT *, sequence > 1 AND word IS NOT NULL AND word IS DISTINCT FROM coalesce(lag(said) OVER path, '') AS is_told
        FROM worded WINDOW path AS (PARTITION BY n ORDER BY sequence)
    ), kept AS (
        SELECT *, max(told_at) FILTER (WHERE is_told) OVER path AS synced_at FROM compared
        WHERE is_told OR is_last OR sequence = 1
        WINDOW path AS (PARTITION BY n ORDER BY sequence)
    )
    SELECT n, order_id, id, integration_id, sequence, from_status, to_status, at, reason, planned, is_last, is_told,
        coalesce(said, ''), told_at, synced_at, lag(sequence) OVER path, coalesce(lag(said) OVER path, ''),
        lag(synced_at) OVER path
    FROM kept WINDOW path AS (PARTITION BY n ORDER BY sequence)
"""
REFERENCE = {
    "created_at": "placed_at",
    "updated_at": "CASE WHEN sequence = 1 THEN placed_at ELSE told_at END",
    "order_id": "order_id",
    "partner_organization_id": "partner_id",
    "integration_id": "bulk_chunk.integration_id",
    "partner_order_id": "partner_order_id",
    "queued_sequence": "sequence",
    "queued_status": "said",
    "last_sync_at": "synced_at",
}
MESSAGE = {
    "created_at": "placed_at",
    "updated_at": "placed_at",
    "kind": literal(MessageKind.FIRST.value),
    "received_at": "placed_at",
    "payload": (
        "jsonb_build_object('partner_order_id', partner_order_id, 'customer', jsonb_build_object('name',"
        " concat(first_name, ' ', last_name), 'email', email, 'phone', phone))"
    ),
}
DELIVERY = {
    "id": "md5(concat('delivery', channel, heard.id))::uuid",
    "created_at": "at",
    "updated_at": "told_at",
    "integration_id": "heard.integration_id",
    "channel": "channel",
    "event_type": literal(WebhookEvent.ORDER_STATUS_CHANGED.value),
    "sequence": "sequence",
    "status": "said",
    "body": f"""concat('{{"type": "{WebhookEvent.ORDER_STATUS_CHANGED.value}", "timestamp": ', to_json(at), ', "data": ',
        json_build_object('order_id', order_id, 'order_number', number, 'partner_order_id', partner_order_id, 'status', said,
            'from_status', from_status, 'to_status', to_status, 'reason', reason, 'scheduled_date', planned,
            'sequence', sequence), '}}')""",
    "queued_at": "at",
    "state": literal(DeliveryState.DONE.value),
    "attempts": "1",
    "next_attempt_at": "at",
    "delivered_at": "told_at",
}
ATTEMPT = {
    "id": "md5('attempt' || delivery.id)::uuid",
    "created_at": "delivered_at",
    "updated_at": "delivered_at",
    "delivery_id": "delivery.id",
    "number": "1",
    "started_at": "delivered_at",
    "url": "url",
    "response_status": "204",
    "elapsed_ms": "20 + sequence",
}
REFERENCE_AT_FIRST = {
    "updated_at": "made.created_at",
    "queued_sequence": "1",
    "queued_status": (
        "coalesce((SELECT word FROM bulk_word WHERE integration_id = made.integration_id AND status = 'new_lead'), '')"
    ),
    "last_sync_at": "NULL::timestamptz",
}
VERSION = {"queued_sequence": "heard.sequence", "queued_status": "heard.said", "last_sync_at": "heard.synced_at"}


def statements(chance: Chance) -> list[str]:
    """What makes the rows of this chunk ready, for `store_draft`."""
    key = chance.key("reference", "n")
    here = "bulk_heard AS heard JOIN bulk_chunk USING (n)"
    return [
        HEARD.format(delay=chance.share(70, "(step.n * 64 + step.sequence)")),
        fill_draft(PartnerOrderReference, REFERENCE | {"id": key}, "maker", f"{here} WHERE is_last"),
        fill_draft(
            PartnerMessage,
            MESSAGE | {"id": chance.key("message", "n"), "reference_id": key},
            "maker",
            "bulk_person WHERE integration_id IS NOT NULL",
        ),
        fill_draft(
            PartnerDelivery,
            DELIVERY | {"reference_id": key},
            "0",
            f"{here} JOIN bulk_channel ON bulk_channel.integration_id = heard.integration_id WHERE is_told",
        ),
        fill_draft(
            DeliveryAttempt,
            ATTEMPT,
            "0",
            "new_partner_delivery AS delivery JOIN bulk_channel USING (integration_id, channel)",
        ),
    ]


def histories() -> list[str]:
    """The versions of the references: one for each message, and for the last step."""
    return [
        write_history(
            PartnerOrderReference,
            source="bulk_heard AS heard JOIN new_partner_order_reference AS made ON made.order_id = heard.order_id"
            " JOIN bulk_actor AS actor ON actor.number = CASE WHEN heard.sequence = 1 THEN made.made_by ELSE 0 END",
            at="CASE WHEN heard.sequence = 1 THEN made.created_at ELSE heard.told_at END",
            kind="CASE WHEN heard.sequence = 1 THEN '+' ELSE '~' END",
            changed=VERSION,
        )
    ]


def log() -> list[str]:
    """What the log says of the references."""
    changes = "jsonb_build_object('queued_sequence', {sequence}, 'queued_status', {said}, 'last_sync_at', {synced_at})"
    return [
        creation(PartnerOrderReference, at_first=REFERENCE_AT_FIRST),
        log_rows(
            PartnerOrderReference,
            at="told_at",
            action="update",
            old=changes.format(sequence="sequence_before", said="said_before", synced_at="synced_before"),
            new=changes.format(sequence="heard.sequence", said="said", synced_at="synced_at"),
            actor="0",
            source="bulk_heard AS heard JOIN new_partner_order_reference AS made ON made.order_id = heard.order_id"
            " WHERE heard.sequence > 1",
        ),
    ]
