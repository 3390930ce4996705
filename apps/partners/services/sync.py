"""From an order's transitions to messages for its partner: each looked at once, in order."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from apps.core import clock
from apps.core.prepared import Prepared, insert_all
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction
from apps.orders.models import Order
from apps.partners.choices import SyncFrequency, WebhookEvent
from apps.partners.doorbell import doorbell
from apps.partners.models import PartnerDelivery, PartnerOrderReference
from apps.workflow import queries as workflow
from apps.workflow.models import StatusTransition

_STEPS = {SyncFrequency.EVERY_15_MINUTES: timedelta(minutes=15), SyncFrequency.HOURLY: timedelta(hours=1)}


@in_transaction
def queue_statuses(*, order_id: UUID) -> list[PartnerDelivery]:
    """Look at every transition of an order that was not looked at before, and queue those that its partner hears of.

    A late or doubled call finds nothing left to look at. What the partner has no word for, or was told already, is skipped.
    """
    reference = _REFERENCE.first(order_id)
    if reference is None:
        return []
    new = list(_transitions_after(reference))
    queued = [delivery for transition in new for delivery in _deliveries_of(reference, transition)]
    if new:
        reference.queued_sequence = new[-1].sequence
        reference.save(update_fields=["queued_sequence", "queued_status"])
    if queued:
        insert_all(queued)
        doorbell.ring_after_commit()
    return queued


def _transitions_after(reference: PartnerOrderReference) -> list[StatusTransition]:
    return list(_STEPS_AFTER.rows(reference.order_id, reference.queued_sequence))


_REFERENCE = Prepared(
    lambda order_id: (
        PartnerOrderReference.objects.filter(order=order_id)
        .select_related("order", "integration")
        .select_for_update(of=("self",))
        .order_by()
    ),
    samples=[UUID(int=1)],
)
_STEPS_AFTER = Prepared(
    lambda order_id, sequence: workflow.history(RecordRef(entity_type="order", entity_id=order_id)).filter(sequence__gt=sequence),
    samples=[UUID(int=1), 999_983],
)


def _deliveries_of(reference: PartnerOrderReference, transition: StatusTransition) -> list[PartnerDelivery]:
    """One message for each way in which the partner hears of us."""
    integration = reference.integration
    channels = integration.channels
    word = integration.outward_status(transition.to_status)
    if word is None or word == reference.queued_status or not channels:
        return []
    reference.queued_status = word
    now = clock.now()
    body = status_changed_body(reference, transition, word)
    return [
        PartnerDelivery(
            reference=reference,
            integration=integration,
            channel=channel,
            event_type=WebhookEvent.ORDER_STATUS_CHANGED,
            sequence=transition.sequence,
            status=word,
            body=body,
            queued_at=now,
            next_attempt_at=first_attempt_at(integration.sync_frequency, now),
        )
        for channel in channels
    ]


def status_changed_body(reference: PartnerOrderReference, transition: StatusTransition, word: str) -> str:
    """What the partner will read, frozen now: a later attempt sends the same bytes."""
    return json.dumps(
        {
            "type": WebhookEvent.ORDER_STATUS_CHANGED,
            "timestamp": transition.occurred_at.isoformat(),
            "data": {
                "order_id": str(reference.order_id),
                "order_number": reference.order.order_number,
                "partner_order_id": reference.partner_order_id,
                "status": word,
                "from_status": transition.from_status,
                "to_status": transition.to_status,
                "reason": transition.transition_reason,
                "scheduled_date": _scheduled_date(reference.order, transition),
                "sequence": transition.sequence,
                **({"is_test": True} if reference.order.is_test else {}),
            },
        },
        ensure_ascii=False,
    )


def _scheduled_date(order: Order, transition: StatusTransition) -> str | None:
    """The day that the transition itself brought, else the one the order has."""
    given = transition.business_context.get("planned_start_date")
    if given is None and order.planned_start_date is not None:
        given = order.planned_start_date.isoformat()
    return given


def first_attempt_at(frequency: str, now: datetime) -> datetime:
    """At once, or at the next quarter, hour or day of the Amsterdam clock."""
    if frequency == SyncFrequency.REAL_TIME:
        return now
    midnight, next_midnight = clock.day_bounds(clock.local_day(now))
    if frequency == SyncFrequency.DAILY:
        return next_midnight
    step = _STEPS[SyncFrequency(frequency)]
    return midnight + ((now - midnight) // step + 1) * step
