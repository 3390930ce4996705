from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import BaseAdmin, entity_chip
from apps.workflow import queries, services
from apps.workflow.models import BusinessCalendar, CalendarDay, Supervision
from apps.workflow.models.calendar import WEEKDAYS

AHEAD = timedelta(days=366)


class CalendarDayInline(TabularInline):
    model = CalendarDay
    fields = ["day", "hours", "reason"]
    extra = 0
    hide_title = True
    tab = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("workflow.change_businesscalendar"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("workflow.view_businesscalendar")) or self.has_change_permission(request, obj)


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(BaseAdmin):
    """When a company is at work. Whatever is changed, the deadlines that run by it are set anew."""

    empty_list = _("No company has a calendar, so deadlines count every hour, day and night.")
    list_display = ["chip", "monday", "friday", "saturday", "sunday", "closed_on_holidays", "liberation_day"]
    list_select_related = ["business_entity"]
    search_fields = ["business_entity__entity_name"]
    inlines = [CalendarDayInline]
    fieldsets = [
        (None, {"fields": ["business_entity"]}),
        (
            _("Open"),
            {"fields": [WEEKDAYS[:4], WEEKDAYS[4:]], "description": _("Such as 09:00-12:30, 13:00-17:00; empty: closed.")},
        ),
        (_("Holidays"), {"fields": [("closed_on_holidays", "closed_on_good_friday", "liberation_day"), "coming"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: BusinessCalendar | None = None) -> list[str]:
        return ["business_entity", "coming"] if obj else ["coming"]

    def has_delete_permission(self, request: HttpRequest, obj: BusinessCalendar | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: BusinessCalendar, form: ModelForm, change: Any) -> None:
        """It is kept with its days, see `save_related`: the clocks are then set once."""

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list[BaseModelFormSet], change: Any) -> None:
        changed = [day for formset in formsets for day in formset.save(commit=False)]
        removed = [day for formset in formsets for day in formset.deleted_objects]
        services.save_calendar(form.instance, days=changed, removed=removed, by=request.user)
        for formset in formsets:
            formset.save_m2m()

    def delete_model(self, request: HttpRequest, obj: BusinessCalendar) -> None:
        services.delete_calendar(obj, by=request.user)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def chip(self, calendar: BusinessCalendar) -> SafeString:
        return entity_chip(calendar.business_entity)

    @display(description=_("closed in the coming year"))
    def coming(self, calendar: BusinessCalendar) -> SafeString | str:
        """The holidays as the calendar is stored, so that nobody is surprised by one."""
        if calendar._state.adding:  # noqa: SLF001 - Django's own mark
            return "–"
        today = clock.today()
        kept = queries.holidays_between(calendar, today, today + AHEAD)
        return format_html_join(SafeString("<br>"), "{}: {}", [(date_format(day, "D j F Y"), name) for day, name in kept]) or "–"


@admin.register(Supervision)
class SupervisionAdmin(BaseAdmin):
    """Who hears of what stays lying."""

    empty_list = _("Nothing is arranged, so whoever has the role of manager in a company hears of what stays lying there.")
    list_display = ["chip", "team_leader", "manager", "director"]
    list_select_related = ["business_entity", "team_leader", "manager", "director"]
    search_fields = ["business_entity__entity_name"]
    fields = ["business_entity", "team_leader", "manager", "director"]

    def get_readonly_fields(self, request: HttpRequest, obj: Supervision | None = None) -> list[str]:
        return ["business_entity"] if obj else []

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def chip(self, supervision: Supervision) -> SafeString:
        return entity_chip(supervision.business_entity)
