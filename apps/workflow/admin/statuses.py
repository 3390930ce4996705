from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin, status_chip
from apps.core.errors import Text
from apps.workflow.admin.words import in_words, kind_in_words
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services.clocks import is_late


@admin.register(StatusTransition)
class StatusTransitionAdmin(ReadOnlyAdmin):
    """Every step of every record, to read."""

    list_display = [
        "occurred_at",
        "kind",
        "sequence",
        "before",
        "after",
        "transition_reason",
        "actor_label",
        "is_milestone",
    ]
    list_filter = ["entity_type", "workflow", "to_status", "is_milestone"]
    search_fields = ["entity_id", "actor_label"]
    date_hierarchy = "occurred_at"

    @display(description=_("kind of record"), ordering="entity_type")
    def kind(self, step: StatusTransition) -> Text:
        return kind_in_words(step.entity_type)

    @display(description=pgettext_lazy("status", "from"), ordering="from_status")
    def before(self, step: StatusTransition) -> Text:
        return in_words(step.entity_type, "status", step.from_status or "")

    @display(description=pgettext_lazy("status", "to"), ordering="to_status")
    def after(self, step: StatusTransition) -> Text:
        return in_words(step.entity_type, "status", step.to_status)


class LateFilter(SimpleListFilter):
    """Late at this moment, also where the flag follows only at the next monitoring."""

    title = _("overdue")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "yes":
                return queryset.late(clock.now())
            case "no":
                return queryset.in_time(clock.now())
        return queryset


@admin.register(EntityCurrentStatus)
class EntityCurrentStatusAdmin(ReadOnlyAdmin):
    """Where every record stands and how its clock runs, to read."""

    list_display = ["standing", "kind", "path", "business_entity", "status_since", "sla_deadline", "assigned_user"]
    list_select_related = ["business_entity", "assigned_user"]
    list_filter = [LateFilter, "entity_type", "workflow", "current_status", "business_entity"]
    search_fields = ["entity_id"]

    @display(description=_("status"), ordering="current_status")
    def standing(self, row: EntityCurrentStatus) -> SafeString:
        label = in_words(row.entity_type, "status", row.current_status)
        return status_chip(label, since=row.status_since, overdue=is_late(row, clock.now()))

    @display(description=_("kind of record"), ordering="entity_type")
    def kind(self, row: EntityCurrentStatus) -> Text:
        return kind_in_words(row.entity_type)

    @display(description=_("workflow"), ordering="workflow")
    def path(self, row: EntityCurrentStatus) -> Text:
        return in_words(row.entity_type, "workflow", row.workflow)
