import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from apps.core.admin import BaseAdmin, entity_chip, tone_chip
from apps.partners import queries, services
from apps.partners.admin.acts import BUTTONS
from apps.partners.admin.overview import STATE_TONES, OverviewPage
from apps.partners.admin.resending import ResendPage
from apps.partners.admin.tryout import TryoutPage
from apps.partners.forms import IntegrationForm
from apps.partners.models import PartnerIntegration, PartnerSku


class PartnerSkuInline(TabularInline):
    model = PartnerSku
    fields = ["partner_sku", "article"]
    autocomplete_fields = ["article"]
    extra = 0
    tab = True


@admin.register(PartnerIntegration)
class PartnerIntegrationAdmin(OverviewPage, TryoutPage, ResendPage, BaseAdmin):
    """How one partner and we understand each other, and how its endpoint is doing."""

    class Media:
        css = {"all": ["partners/partners.css"]}

    change_form_template = "admin/partners/settings.html"
    form = IntegrationForm
    inlines = [PartnerSkuInline]
    list_display = [
        "integration_name", "partner_organization", "entity", "standing", "sync_enabled", "rate", "last_sync_at", "parked",
    ]  # fmt: skip
    list_select_related = ["partner_organization", "business_entity"]
    list_filter = ["is_active", "sync_enabled", "test_mode", "business_entity", "integration_type"]
    search_fields = ["integration_name", "partner_organization__name", "partner_organization__slug"]
    readonly_fields = [
        "standing", "last_sync_at", "success_rate", "error_count", "last_error_at", "last_error_message",
        "unmapped", "previous_secret_until",
    ]  # fmt: skip
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "integration_name", "partner_organization", "business_entity", "integration_type", "standing",
                    "is_active", "takes_orders", "test_mode", "rate_limit_config", "partner_specific_config",
                ]
            },
        ),
        (
            _("Mapping"),
            {
                "classes": ["tab"],
                "fields": ["partner_order_id_field", "custom_field_mapping", "status_mapping", "status_arrows", "unmapped"],
            },
        ),
        (
            _("Webhooks"),
            {
                "classes": ["tab"],
                "fields": [
                    "sync_enabled", "sync_frequency", "webhook_url", "webhook_events", "webhook_secret",
                    "previous_secret_until",
                ],
            },
        ),
        (
            _("The partner's API"),
            {"classes": ["tab"], "fields": ["api_base_url", "api_version", "authentication_type", "credentials"]},
        ),
        (
            _("Health"),
            {
                "classes": ["tab"],
                "fields": ["success_rate", "error_count", "last_sync_at", "last_error_at", "last_error_message"],
            },
        ),
    ]  # fmt: skip
    buttons = BUTTONS

    def save_model(self, request: HttpRequest, obj: PartnerIntegration, form: Any, change: Any) -> None:
        services.save_integration(integration=obj, by=request.user)

    @display(description=_("state"))
    def standing(self, integration: PartnerIntegration) -> SafeString:
        state = integration.state
        return tone_chip(state.label, STATE_TONES[state])

    @display(description=_("business entity"), ordering="business_entity")
    def entity(self, integration: PartnerIntegration) -> SafeString:
        return entity_chip(integration.business_entity)

    @display(description=_("success (24 h)"), ordering="success_rate")
    def rate(self, integration: PartnerIntegration) -> str:
        return "–" if integration.success_rate is None else f"{integration.success_rate:.0f}%"

    @display(description=_("parked"))
    def parked(self, integration: PartnerIntegration) -> int:
        return integration.parked

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_parked().prefetch_related("endpoints")

    @display(description=_("fields that no rule looks at, in the latest 200 messages"))
    def unmapped(self, integration: PartnerIntegration) -> SafeString:
        return render_to_string("admin/partners/unmapped.html", {"fields": queries.unmapped_fields(integration)})


@admin.register(PartnerSku)
class PartnerSkuAdmin(BaseAdmin):
    list_display = ["partner_sku", "article", "integration"]
    list_select_related = ["article", "integration"]
    list_filter = ["integration"]
    search_fields = ["partner_sku", "article__article_number", "article__name"]


def pretty(value: Any) -> SafeString:
    """JSON as people read it, in a box of its own."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return render_to_string("admin/partners/code.html", {"text": text})
