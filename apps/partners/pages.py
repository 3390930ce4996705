"""What partners add to the pages of others: an order's timeline and deliveries, and what failed on the home page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.contributions import FEED_SYSTEM, Panel, Tile, TimelineEntry, Viewer
from apps.core.errors import Text
from apps.orders.models import Order
from apps.partners import queries
from apps.partners.choices import DeliveryState
from apps.partners.models import PartnerDelivery

TONES = {
    DeliveryState.TODO: "info",
    DeliveryState.DONE: "success",
    DeliveryState.PARKED: "danger",
    DeliveryState.SKIPPED: "warning",
}
MAY_SEE = "partners.view_partnerdelivery"
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
            feeds=(FEED_SYSTEM,),
        )
        found.setdefault(reference.order_id, []).append(entry)
    return found


def reports_in_timeline(order_ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """What the partner reported."""
    found: dict[UUID, list[TimelineEntry]] = {}
    for report in queries.reports_of_orders(order_ids):
        reference = report.reference
        entry = TimelineEntry(
            at=report.received_at,
            kind="delivery",
            title=_("%(partner)s reports: %(status)s") % {"partner": reference.partner_organization, "status": report.status},
            detail=" · ".join(part for part in (report.get_outcome_display(), report.outcome_code, report.notes) if part),
            by=str(reference.partner_organization),
            tone="info",
            url=reverse("admin:partners_partnerorderreference_change", args=[reference.pk]),
        )
        found.setdefault(reference.order_id, []).append(entry)
    return found


def deliveries_panel(order: Order) -> Panel:
    deliveries = queries.deliveries_of_orders([order.pk]).get(order.pk, [])
    return Panel(
        title=_("Deliveries"),
        columns=[_("Status told"), _("Partner"), _("State"), _("Queued"), _("Delivered"), _("Attempts"), _("Last error")],
        rows=[_row(delivery) for delivery in deliveries[-LISTED:]],
        empty=_("Nothing was sent to a partner about this order."),
        url=reverse("admin:partners_partnerdelivery_changelist") + f"?reference__order__id__exact={order.pk}",
    )


def tiles(viewer: Viewer) -> list[Tile]:
    """What did not arrive, for whoever may see it."""
    if not viewer.user.has_perm(MAY_SEE):
        return []
    late = {"state__exact": DeliveryState.TODO, "queued_at__lt": clock.now() - LATE}
    return [
        _tile(_("Parked deliveries to partners"), {"state__exact": DeliveryState.PARKED}, viewer, tone="danger", order=210),
        _tile(_("Deliveries to partners that wait"), late, viewer, tone="warning", order=220),
    ]


def _tile(title: Text, where: dict[str, Any], viewer: Viewer, *, tone: str, order: int) -> Tile:
    """How many deliveries there are of a kind, test orders aside; it opens the list of exactly those."""
    where = {**where, "reference__order__is_test__exact": 0}
    if viewer.business_entity is not None:
        where = {**where, "integration__business_entity__id__exact": viewer.business_entity}
    count = PartnerDelivery.objects.visible_to(viewer.user).filter(**where).count()
    return Tile(
        title=title,
        value=count,
        url=f"{reverse('admin:partners_partnerdelivery_changelist')}?{urlencode(where)}",
        group=_("What failed"),
        order=order,
        tone=tone if count else "success",
    )


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
        feeds=(FEED_SYSTEM,),
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
