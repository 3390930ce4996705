from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import ReadOnlyAdmin, RowsInline, admin_link
from apps.partners.admin.integrations import pretty
from apps.partners.models import PartnerDelivery, PartnerMessage, PartnerOrderReference, PartnerStatusReport


class MessageInline(RowsInline):
    model = PartnerMessage
    fields = ["received_at", "kind", "request_id", "said", "differs", "unmapped"]
    readonly_fields = ["said", "differs"]
    show_change_link = False

    @display(description=_("message"))
    def said(self, message: PartnerMessage) -> SafeString:
        return pretty(message.payload)

    @display(description=_("differs from the first message"))
    def differs(self, message: PartnerMessage) -> SafeString | str:
        return pretty(message.differences) if message.differences else "–"


class DeliveryInline(RowsInline):
    model = PartnerDelivery
    fields = ["channel", "sequence", "status", "state", "attempts", "queued_at", "delivered_at", "last_error_code"]
    ordering = ["sequence", "channel"]


class StatusReportInline(RowsInline):
    model = PartnerStatusReport
    fields = ["received_at", "status", "reported_at", "notes", "to_status", "outcome", "outcome_code", "request_id"]
    ordering = ["-received_at"]
    show_change_link = False


@admin.register(PartnerOrderReference)
class PartnerOrderReferenceAdmin(ReadOnlyAdmin):
    """A partner's order: its own numbers, what it sent, what it was told."""

    empty_list = _("No partner has sent an order yet.")

    class Media:
        css = {"all": ["partners/partners.css"]}

    list_display = [
        "partner_order_id", "partner_organization", "order_link", "queued_status", "external_status", "last_sync_at",
    ]  # fmt: skip
    list_select_related = ["partner_organization", "order"]
    list_filter = ["integration", "partner_organization"]
    search_fields = ["=partner_order_id", "partner_customer_id", "order__order_number"]
    inlines = [DeliveryInline, StatusReportInline, MessageInline]
    fields = [
        "order_link", "partner_organization", "integration", "partner_order_id", "partner_customer_id", "partner_dealer_id",
        "partner_invoice_id", "partner_po_number", "partner_lead_id", "external_order_reference", "external_status",
        "external_status_at", "queued_sequence", "queued_status", "last_sync_at", "sync_errors",
    ]  # fmt: skip

    @display(description=_("order"), ordering="order__order_number")
    def order_link(self, reference: PartnerOrderReference) -> SafeString | str:
        return admin_link(reference.order)
