"""What partners add to the pages of others: an order's timeline and deliveries, and what failed on the home page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.contributions import Panel, Tile, TimelineEntry
from apps.partners import queries
from apps.partners.choices import DeliveryState
from apps.partners.models import PartnerDelivery

TONES = {
    DeliveryState.TODO: "info",
    DeliveryState.DONE: "success",
    DeliveryState.PARKED: "danger",
    DeliveryState.SKIPPED: "warning",
}
LATE = timedelta(minutes=10)
LISTED = 50


def deliveries_in_timeline(order_ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """What the partner was told, when it arrived; what did not arrive, when it was queued."""
    return {
        order_id: [_entry(delivery) for delivery in deliveries]
        for order_id, deliveries in queries.deliveries_of_orders(order_ids).items()
    }


def messages_in_timeline(order_ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """What the partner sent."""
    found: dict[UUID, list[TimelineEntry]] = {}
    for message in queries.messages_of_orders(order_ids):
        reference = message.reference
        entry = TimelineEntry(
            at=message.received_at,
            kind="delivery",
            title=_("Received from %(partner)s: %(kind)s")
            % {"partner": reference.partner_organization, "kind": message.get_kind_display()},
            detail=_differences(message.differences) or reference.partner_order_id,
            by=str(reference.partner_organization),
            tone="warning" if message.differences else "info",
            url=reverse("admin:partners_partnerorderreference_change", args=[reference.pk]),
        )
        found.setdefault(reference.order_id, []).append(entry)
    return found


def deliveries_panel(order_id: UUID) -> Panel:
    deliveries = queries.deliveries_of_orders([order_id]).get(order_id, [])
    return Panel(
        title=_("Deliveries"),
        columns=[_("Status told"), _("Partner"), _("State"), _("Queued"), _("Delivered"), _("Attempts"), _("Last error")],
        rows=[_row(delivery) for delivery in deliveries[-LISTED:]],
        empty=_("Nothing was sent to a partner about this order."),
        url=reverse("admin:partners_partnerdelivery_changelist") + f"?reference__order__id__exact={order_id}",
    )


def tiles(request: Any) -> list[Tile]:
    """What did not arrive, for whoever may see it."""
    if not request.user.has_perm("partners.view_partnerdelivery"):
        return []
    rows = PartnerDelivery.objects.visible_to(request.user)
    url = reverse("admin:partners_partnerdelivery_changelist")
    parked = rows.filter(state=DeliveryState.PARKED).count()
    late = rows.filter(state=DeliveryState.TODO, queued_at__lt=clock.now() - LATE).count()
    group = _("What failed")
    return [
        Tile(title=_("Parked deliveries to partners"), value=parked, url=f"{url}?state__exact=parked", group=group, order=210,
             tone="danger" if parked else "success"),
        Tile(title=_("Deliveries to partners that wait"), value=late, url=f"{url}?state__exact=todo", group=group, order=220,
             tone="warning" if late else "success"),
    ]  # fmt: skip


def _entry(delivery: PartnerDelivery) -> TimelineEntry:
    partner = str(delivery.integration)
    return TimelineEntry(
        at=delivery.delivered_at or delivery.queued_at,
        kind="delivery",
        title=_("%(partner)s told: %(status)s") % {"partner": partner, "status": delivery.status},
        detail=_detail(delivery),
        by=delivery.settled_by,
        tone=TONES[DeliveryState(delivery.state)],
        url=reverse("admin:partners_partnerdelivery_change", args=[delivery.pk]),
    )


def _detail(delivery: PartnerDelivery) -> str:
    words = [str(delivery.get_state_display())]
    if delivery.last_error_code and delivery.state != DeliveryState.DONE:
        words.append(f"{delivery.last_error_code} {delivery.last_error}".strip())
    if delivery.settled_reason:
        words.append(delivery.settled_reason)
    return " · ".join(words)


def _row(delivery: PartnerDelivery) -> list[Any]:
    return [
        delivery.status,
        str(delivery.integration),
        delivery.get_state_display(),
        clock.local(delivery.queued_at),
        clock.local(delivery.delivered_at) if delivery.delivered_at else "",
        delivery.attempts,
        delivery.last_error_code,
    ]


def _differences(differences: list[dict[str, Any]]) -> str:
    told = [f"{each['pointer']}: {each['first']!r} → {each['now']!r}" for each in differences[:5]]
    return "; ".join(told)
