"""What providers tell of the messages they took. They tell late, twice and out of order: a state only ever goes up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.communication.choices import DeliveryStatus, TraceKind
from apps.communication.events import MessageFailed
from apps.communication.models import CommunicationMessage
from apps.communication.models.message import ERROR_LENGTH
from apps.communication.services.failing import tell_of_failure
from apps.communication.services.keeping import note
from apps.communication.services.preferences import mark_undeliverable
from apps.core import clock
from apps.events.services import publish

# MessageBird's words for where a message stands, as ours. What is not here changes nothing.
STATES: dict[str, DeliveryStatus] = {
    **dict.fromkeys(
        ("accepted", "pending", "scheduled", "buffered", "transmitted", "dispatched", "delayed", "sent"), DeliveryStatus.SENT
    ),
    **dict.fromkeys(
        ("rejected", "failed", "delivery_failed", "expired", "bounce", "out_of_bounded", "undeliverable"), DeliveryStatus.BOUNCED
    ),
    "delivered": DeliveryStatus.DELIVERED,
    **dict.fromkeys(("read", "opened", "clicked"), DeliveryStatus.READ),
}
# After these nothing more is sent to the number; an expired one only says that a phone was off.
DEAD_ENDS = ("delivery_failed", "bounce", "undeliverable")
HEIGHT = {
    status: height
    for height, status in enumerate(
        (
            DeliveryStatus.PENDING,
            DeliveryStatus.SENDING,
            DeliveryStatus.FAILED,
            DeliveryStatus.SENT,
            DeliveryStatus.BOUNCED,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.READ,
        )
    )
}


@dataclass(frozen=True, kw_only=True)
class StateReport:
    """What a provider says of one message: by our `reference`, its own name for it, or both."""

    state: str
    reference: UUID | None
    provider_id: str
    occurred_at: datetime
    reason: str = ""


@transaction.atomic
def take_state(report: StateReport, *, entities: set[UUID]) -> bool:
    """Write down where a message of these companies (their keys) stands; whether it is one that we know."""
    message = _named(report, entities)
    if message is None:
        return False
    new = STATES.get(report.state)
    if new is None or HEIGHT[new] <= HEIGHT.get(DeliveryStatus(message.delivery_status), len(HEIGHT)):
        return True
    message.delivery_status = new
    message.provider_message_id = message.provider_message_id or report.provider_id
    moment = min(report.occurred_at, clock.now())
    message.sent_at = message.sent_at or moment
    if new in (DeliveryStatus.DELIVERED, DeliveryStatus.READ):
        message.delivered_at = message.delivered_at or moment
        message.last_error, message.next_attempt_at = "", None
    if new == DeliveryStatus.READ:
        message.read_at = moment
    words = " ".join(filter(None, [report.state, report.reason]))
    note(message, TraceKind.STATE, words, succeeded=new != DeliveryStatus.BOUNCED)
    if new == DeliveryStatus.BOUNCED:
        _bounced(message, report)
    message.save()
    return True


def _named(report: StateReport, entities: set[UUID]) -> CommunicationMessage | None:
    named = Q(pk=report.reference) if report.reference else Q()
    if report.provider_id:
        named |= Q(provider_message_id=report.provider_id)
    if not named:
        return None
    rows = CommunicationMessage.objects.select_for_update(of=("self",)).select_related(
        "thread__business_entity", "channel__fallback_channel", "recipient_contact", "template"
    )
    return rows.filter(named, thread__business_entity__in=entities).order_by("pk").first()


def _bounced(message: CommunicationMessage, report: StateReport) -> None:
    message.next_attempt_at = None
    words = _("The provider says that it did not arrive: %(state)s %(reason)s")
    message.last_error = (words % {"state": report.state, "reason": report.reason}).strip()[:ERROR_LENGTH]
    message.save()
    if report.state in DEAD_ENDS and message.recipient_contact is not None:
        mark_undeliverable(
            contact=message.recipient_contact,
            channel_type=message.channel_type,
            address=message.recipient,
            reason=message.last_error,
        )
    publish(MessageFailed(message_id=message.pk))
    tell_of_failure(message)
