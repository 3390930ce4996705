"""Partners that were not told: messages to them that were given up."""

from django.utils.translation import gettext as _

from apps.core.chips import admin_url
from apps.core.contributions import Viewer, WorkItem
from apps.partners.choices import DeliveryState
from apps.partners.models import PartnerDelivery


def deliveries_parked(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Deliveries that wait for a person, the oldest first; of test orders none."""
    if not viewer.user.has_perm("partners.view_partnerdelivery"):
        return []
    rows = PartnerDelivery.objects.handled_by(viewer.user).filter(state=DeliveryState.PARKED, reference__order__is_test=False)
    if viewer.business_entity is not None:
        rows = rows.filter(integration__business_entity=viewer.business_entity)
    related = ("reference__order", "integration__partner_organization")
    return [_item(delivery) for delivery in rows.select_related(*related).order_by("queued_at")[:limit]]


def _item(delivery: PartnerDelivery) -> WorkItem:
    partner = delivery.integration.partner_organization.name
    return WorkItem(
        key=f"delivery:{delivery.pk}",
        kind="delivery",
        title=f"{delivery.reference.order.order_number} · {partner}",
        reason=_("%(partner)s does not know of “%(status)s”: %(error)s")
        % {"partner": partner, "status": delivery.status, "error": delivery.last_error or delivery.last_error_code},
        url=admin_url(delivery),
        severity="danger",
        due_at=delivery.queued_at,
        business_entity=delivery.integration.business_entity_id,
    )
