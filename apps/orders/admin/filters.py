from datetime import date
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

from apps.core import clock
from apps.core.api.values import is_within_reach
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


class LocalDaysFilter(RangeDateFilter):
    """From one day to another, both included, over a column of moments: a day is Amsterdam's, with its 23 to 25 hours."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        first, last = (self._day(end) for end in self.expected_parameters())
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": clock.day_bounds(first)[0]})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": clock.day_bounds(last)[1]})
        return queryset

    def _day(self, end: str | None) -> date | None:
        day = parse_date_str(self.used_parameters.get(end) or "")
        return day if day is not None and is_within_reach(day) else None
