"""What staff arrange about tickets: how soon they are answered, and with which words."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import BaseAdmin
from apps.support.forms import MacroForm
from apps.support.models import Macro, SupportPolicy
from apps.support.services import delete_support_policy, save_support_policy


@admin.register(SupportPolicy)
class SupportPolicyAdmin(BaseAdmin):
    """How soon we promise to answer and to solve."""

    list_display = ["what", "business_entity", "response_sla_hours", "resolution_sla_hours"]
    list_select_related = ["business_entity"]
    list_filter = ["business_entity"]
    fields = [("ticket_type", "priority"), "business_entity", ("response_sla_hours", "resolution_sla_hours")]
    empty_list = _("Nothing is promised yet: tickets have no deadlines.")

    @display(description=_("of"))
    def what(self, policy: SupportPolicy) -> str:
        return str(policy)

    def has_delete_permission(self, request: HttpRequest, obj: SupportPolicy | None = None) -> bool:
        """A promise may be taken back; what is left of the policies holds."""
        return self.has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: SupportPolicy) -> None:
        delete_support_policy(policy=obj, by=request.user)

    def save_model(self, request: HttpRequest, obj: SupportPolicy, form: forms.ModelForm, change: Any) -> None:
        save_support_policy(policy=obj, by=request.user)


@admin.register(Macro)
class MacroAdmin(BaseAdmin):
    """Answers that are given often."""

    form = MacroForm
    list_display = ["name", "business_entity", "set_status", "take_it", "is_active"]
    list_select_related = ["business_entity"]
    list_filter = ["is_active", "business_entity"]
    search_fields = ["name", "text_nl", "text_en"]
    fields = [
        ("name", "business_entity"),
        "text_nl",
        "text_en",
        ("set_status", "set_priority"),
        ("set_department", "take_it"),
        ("order", "is_active"),
    ]
    empty_list = _("There are no macros yet. A macro is an answer that is given often.")
