"""What must hold between partners' references, the orders they name and the messages about them."""

from collections.abc import Iterator

from apps.core.consistency import Check, Difference, Snapshot, checks

REFERENCES = """
    SELECT 'reference ' || reference.partner_order_id,
        concat_ws(', ', coalesce('order ' || order_number || ' of this partner', 'an order'),
            'told up to a step from 1 to ' || step.last),
        concat_ws(', ', CASE WHEN "order".id IS NULL THEN 'none'
            WHEN "order".partner_organization_id IS DISTINCT FROM reference.partner_organization_id THEN 'another partner''s' END,
            'told up to step ' || queued_sequence)
    FROM partner_order_reference AS reference
    LEFT JOIN "order" ON "order".id = reference.order_id
    LEFT JOIN LATERAL (
        SELECT max(sequence) AS last FROM status_transitions
        WHERE entity_type = 'order' AND entity_id = reference.order_id
    ) AS step ON true
    WHERE "order".id IS NULL OR "order".partner_organization_id IS DISTINCT FROM reference.partner_organization_id
        OR queued_sequence NOT BETWEEN 1 AND coalesce(step.last, 0)
"""
UNNAMED = """
    SELECT 'order ' || order_number, 'the partner''s own name for it', 'none'
    FROM "order" LEFT JOIN partner_order_reference AS reference ON reference.order_id = "order".id
    WHERE "order".source = 'partner' AND reference.id IS NULL
"""
# A partner's words may change later; the message is frozen, so it is held against its own step.
TOLD = """
    WITH delivery AS (
        SELECT delivery.*, reference.order_id, reference.partner_order_id, reference.queued_sequence,
            delivery.body::jsonb -> 'data' AS said
        FROM partner_delivery AS delivery
        JOIN partner_order_reference AS reference ON reference.id = delivery.reference_id
        WHERE delivery.event_type = 'order.status_changed'
    )
    SELECT concat_ws(' ', 'delivery', delivery.id, 'of', partner_order_id),
        coalesce(concat_ws(' ', delivery.status, 'for step', step.sequence, 'from', step.from_status, 'to', step.to_status),
            'a step ' || delivery.sequence) || ', looked at up to ' || greatest(queued_sequence, delivery.sequence),
        concat_ws(' ', said ->> 'status', 'for step', said ->> 'sequence', 'from', said ->> 'from_status', 'to',
            said ->> 'to_status') || ', looked at up to ' || queued_sequence
    FROM delivery
    LEFT JOIN status_transitions AS step
        ON step.entity_type = 'order' AND step.entity_id = delivery.order_id AND step.sequence = delivery.sequence
    WHERE step.id IS NULL OR delivery.sequence > queued_sequence
        OR (said ->> 'order_id', said ->> 'sequence', said ->> 'from_status', said ->> 'to_status', said ->> 'status')
            IS DISTINCT FROM (order_id::text, step.sequence::text, step.from_status, step.to_status, delivery.status)
"""
IN_ORDER = """
    WITH line AS (
        SELECT *, min(sequence) FILTER (WHERE state IN ('todo', 'parked')) OVER (PARTITION BY reference_id, channel) AS first_open
        FROM partner_delivery
    )
    SELECT concat_ws(' ', 'delivery', line.id, 'of', partner_order_id), 'not delivered before step ' || first_open,
        'step ' || sequence || ' delivered at ' || delivered_at
    FROM line JOIN partner_order_reference AS reference ON reference.id = line.reference_id
    WHERE state = 'done' AND sequence > first_open
"""


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        Check(name="partner_references", label="Every reference has its order, every partner's order its reference", run=names),
        Check(name="partner_deliveries", label="Every message tells of its step, and none overtook another", run=deliveries),
    )


def names(view: Snapshot) -> Iterator[Difference]:
    """A partner's name for an order leads to it, and nobody was told of a step that was never taken."""
    view.look_at("SELECT count(*) FROM partner_order_reference")
    yield from view.differences(REFERENCES)
    yield from view.differences(UNNAMED)


def deliveries(view: Snapshot) -> Iterator[Difference]:
    """A message says what its step was; of one order's messages a later one is never
    delivered the same way before an earlier one.
    """
    view.look_at("SELECT count(*) FROM partner_delivery")
    yield from view.differences(TOLD)
    yield from view.differences(IN_ORDER)
