import json

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import ActionButton, ReadOnlyAdmin, RowsInline, admin_link, tone_chip
from apps.partners import services
from apps.partners.admin.integrations import INTEGRATIONS, pretty
from apps.partners.choices import UNSETTLED, DeliveryState
from apps.partners.forms import SkipForm
from apps.partners.models import DeliveryAttempt, PartnerDelivery
from apps.partners.pages import TONES

MAY_DECIDE = (INTEGRATIONS, "operations.planning", "sales.orders")


class AttemptInline(RowsInline):
    model = DeliveryAttempt
    fields = ["number", "started_at", "response_status", "elapsed_ms", "error_code", "error_detail", "response_excerpt"]
    ordering = ["-started_at"]
    show_change_link = False


@admin.register(PartnerDelivery)
class PartnerDeliveryAdmin(ReadOnlyAdmin):
    """What partners were told of their orders, and every attempt; what did not arrive is sent again or skipped here."""

    list_display = [
        "queued_at", "integration", "channel", "partner_order", "status", "standing", "attempts", "next_attempt_at", "delivered_at",
        "last_error_code",
    ]  # fmt: skip
    list_select_related = ["integration", "reference"]
    list_filter = ["state", "integration", "channel", "status"]
    search_fields = ["=reference__partner_order_id", "=reference__order__order_number"]
    ordering = ["-queued_at", "-sequence"]
    inlines = [AttemptInline]
    fields = [
        "order_link", "integration", "channel", "event_type", "sequence", "status", "standing", "webhook_id", "queued_at",
        "delivered_at", "attempts", "next_attempt_at", "lease_until", "last_error_code", "last_error", "settled_by",
        "settled_reason", "message",
    ]  # fmt: skip
    buttons = [
        ActionButton(
            services.resend_delivery,
            _("Resend"),
            subject="delivery",
            permission=MAY_DECIDE,
            offered=lambda delivery: delivery.state == DeliveryState.PARKED,
            variant="primary",
        ),
        ActionButton(
            services.skip_delivery,
            _("Skip"),
            subject="delivery",
            form=SkipForm,
            permission=MAY_DECIDE,
            offered=lambda delivery: delivery.state in UNSETTLED,
            variant="danger",
        ),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        # An order's page links to its own deliveries, the home page of a company to that company's.
        linked = (
            "reference__order__id__exact",
            "reference__order__is_test__exact",
            "integration__business_entity__id__exact",
        )
        return lookup in linked or super().lookup_allowed(lookup, value, request)

    @display(description=_("partner's order"), ordering="reference__partner_order_id")
    def partner_order(self, delivery: PartnerDelivery) -> str:
        return delivery.reference.partner_order_id

    @display(description=_("order"))
    def order_link(self, delivery: PartnerDelivery) -> SafeString | str:
        return admin_link(delivery.reference.order)

    @display(description=_("state"), ordering="state")
    def standing(self, delivery: PartnerDelivery) -> SafeString:
        return tone_chip(delivery.get_state_display(), TONES[DeliveryState(delivery.state)])

    @display(description=_("message"))
    def message(self, delivery: PartnerDelivery) -> SafeString:
        return pretty(json.loads(delivery.body))
