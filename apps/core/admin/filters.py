from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

from apps.core import clock
from apps.core.api.values import is_within_reach


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
