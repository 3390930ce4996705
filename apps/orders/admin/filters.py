from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.orders.choices import FINAL_STATUSES


class OverdueFilter(SimpleListFilter):
    """Late at this moment, also where nobody has flagged it yet."""

    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.overdue(at=clock.now()) if self.value() == "yes" else queryset


class WhoseFilter(SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("Mine")), ("nobody", _("Nobody's")), ("open", _("Unfinished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "mine":
                return queryset.exclude(status__in=FINAL_STATUSES).filter(order_owner=request.user)
            case "nobody":
                return queryset.exclude(status__in=FINAL_STATUSES).filter(order_owner=None)
            case "open":
                return queryset.exclude(status__in=FINAL_STATUSES)
        return queryset
