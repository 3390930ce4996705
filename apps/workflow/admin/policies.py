from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import BaseAdmin, status_chip
from apps.core.errors import Text
from apps.workflow import services
from apps.workflow.admin.words import in_words, kind_in_words
from apps.workflow.models import StatusPolicy

KEY = ("entity_type", "workflow", "status", "business_entity")
KEY_IN_WORDS = ("kind_name", "workflow_name", "status_name", "business_entity")


@admin.register(StatusPolicy)
class StatusPolicyAdmin(BaseAdmin):
    """What statuses are called, look like and ask for. A new deadline sets the clocks that run by it anew."""

    list_display = [
        "chip",
        "kind",
        "business_entity",
        "sla_hours",
        "reason_required",
        "visible_to_customer",
        "notify",
        "milestone",
    ]
    list_select_related = ["business_entity"]
    list_filter = ["entity_type", "workflow", "category", "business_entity"]
    search_fields = ["status", "label_nl", "label_en"]
    fieldsets = [
        (None, {"fields": KEY}),
        (
            _("Words and looks"),
            {
                "fields": [
                    ("label_nl", "label_en"),
                    ("customer_label_nl", "customer_label_en"),
                    ("colour", "category", "order"),
                ]
            },
        ),
        (
            _("Rules"),
            {"fields": ["sla_hours", "reason_required", "visible_to_customer", "notify", "milestone", "final"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: StatusPolicy | None = None) -> tuple[str, ...]:
        return KEY_IN_WORDS if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: StatusPolicy | None = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        return [(None, {"fields": KEY_IN_WORDS}), *others] if obj else [first, *others]

    def has_delete_permission(self, request: HttpRequest, obj: StatusPolicy | None = None) -> bool:
        """A company's own policy may go, and the group's holds again; the group's own is what every status needs."""
        of_a_company = obj is None or obj.business_entity_id is not None
        return of_a_company and self.has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: StatusPolicy) -> None:
        services.delete_policy(obj, by=request.user)

    def heading(self, record: StatusPolicy) -> str:
        return f"{record.label} ({kind_in_words(record.entity_type)})"

    def save_model(self, request: HttpRequest, obj: StatusPolicy, form: ModelForm, change: Any) -> None:
        services.save_policy(obj, by=request.user)

    @display(description=_("kind of record"))
    def kind_name(self, policy: StatusPolicy) -> Text:
        return kind_in_words(policy.entity_type)

    @display(description=_("workflow"))
    def workflow_name(self, policy: StatusPolicy) -> Text:
        return in_words(policy.entity_type, "workflow", policy.workflow)

    @display(description=_("status"))
    def status_name(self, policy: StatusPolicy) -> Text:
        return in_words(policy.entity_type, "status", policy.status)

    @display(description=_("kind of record"), ordering="entity_type", header=True)
    def kind(self, policy: StatusPolicy) -> tuple[Text, Text]:
        path = in_words(policy.entity_type, "workflow", policy.workflow)
        return kind_in_words(policy.entity_type), "" if path == "–" else path

    @display(description=_("label"), ordering="order")
    def chip(self, policy: StatusPolicy) -> SafeString:
        return status_chip(policy.label, policy.colour)
