from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import LocalDaysFilter, ReadOnlyAdmin, admin_link, tone_chip
from apps.orders.models import OrderHold


class StandingFilter(SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("active", _("Active")), ("late", _("Longer than expected")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "active":
                return queryset.active()
            case "late":
                return queryset.late(on=clock.today())
            case "ended":
                return queryset.filter(is_active=False)
        return queryset


@admin.register(OrderHold)
class OrderHoldAdmin(ReadOnlyAdmin):
    """Orders that stand still, or did: why, until when, and how it ended. It is the order that is held and resumed."""

    list_display = ["order_link", "standing", "hold_reason_category", "held_at", "estimated_resume_date", "escalation_date"]
    list_select_related = ["order"]
    empty_list = _("No order is on hold, and none has been. An order is put on hold on its own page.")
    list_filter = [
        StandingFilter,
        ("hold_reason_category", ChoicesDropdownFilter),
        "escalation_level",
        "order__business_entity",
        ("held_at", LocalDaysFilter),
        ("estimated_resume_date", RangeDateFilter),
    ]
    search_fields = ["order__order_number", "hold_reason_details"]
    fields = [
        "order_link",
        ("hold_reason_category", "previous_status"),
        "hold_reason_details",
        ("held_at", "created_by", "estimated_resume_date"),
        ("escalation_level", "escalation_date", "automatic_followup_date"),
        ("customer_notified", "partner_notified"),
        ("resolved_at", "resolved_by"),
        "resolution_notes",
    ]

    @display(description=_("order"), ordering="order__order_number")
    def order_link(self, hold: OrderHold) -> SafeString | str:
        return admin_link(hold.order)

    @display(description=_("standing"))
    def standing(self, hold: OrderHold) -> SafeString:
        if not hold.is_active:
            return tone_chip(_("Ended"), "success")
        return tone_chip(_("Late"), "danger") if hold.is_overdue else tone_chip(_("Active"), "warning")
