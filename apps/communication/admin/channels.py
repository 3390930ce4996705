from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.communication.models import CommunicationChannel
from apps.core.admin import BaseAdmin, entity_chip


@admin.register(CommunicationChannel)
class CommunicationChannelAdmin(BaseAdmin):
    list_display = [
        "entity",
        "channel_type",
        "channel_code",
        "channel_identifier",
        "response_sla_hours",
        "is_primary",
        "is_active",
    ]
    list_display_links = ["channel_identifier", "channel_code"]
    list_filter = ["business_entity", "channel_type", "channel_code", "is_active"]
    list_select_related = ["business_entity"]
    search_fields = ["channel_identifier", "business_entity__entity_name"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("business_entity", "channel_type", "channel_code"),
                    ("channel_identifier", "department"),
                    ("sends_from", "sends_until", "provider_channel_id"),
                    ("is_primary", "is_active"),
                ]
            },
        ),
        (
            _("Answering"),
            {
                "classes": ["tab"],
                "fields": [
                    ("response_sla_hours", "max_concurrent_conversations"),
                    ("auto_response_template", "fallback_channel"),
                    "business_hours",
                ],
            },
        ),
        (_("Rules"), {"classes": ["tab"], "fields": ["configuration", "auto_assignment_rules", "escalation_rules"]}),
    ]

    @admin.display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, channel: CommunicationChannel) -> SafeString:
        return entity_chip(channel.business_entity)
