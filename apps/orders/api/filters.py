from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from apps.core import clock
from apps.core.api.filters import StrictFilterSet
from apps.core.api.values import is_within_reach, parse_day
from apps.orders.choices import OrderStatus, OrderType, Priority
from apps.orders.models import Order

SEARCH_LENGTH = 100


class DayField(forms.Field):
    """A day as everywhere in the API; one out of reach would be no moment in UTC."""

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        day = parse_day(value)
        if day is None or not is_within_reach(day):
            raise forms.ValidationError(_("Write a day as YYYY-MM-DD."), code="invalid")
        return day


class DayFilter(filters.Filter):
    field_class = DayField


class AnyOf(filters.BaseInFilter, filters.ChoiceFilter):
    """One value of the choices, or several apart by commas."""


class OrderFilters(StrictFilterSet):
    status = AnyOf(choices=OrderStatus.choices)
    business_entity = filters.CharFilter("business_entity__entity_code", max_length=20)
    order_type = AnyOf(choices=OrderType.choices)
    priority_level = AnyOf(choices=Priority.choices)
    partner = filters.CharFilter(method="of_partner", max_length=50, label=_("slug or key of the partner"))
    created_from = DayFilter(method="made_from")
    created_to = DayFilter(method="made_to")
    search = filters.CharFilter(method="having", max_length=SEARCH_LENGTH)

    class Meta:
        model = Order
        fields: list[str] = []

    def of_partner(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.of_partner(value)

    def made_from(self, orders: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return orders.filter(created_at__gte=clock.day_bounds(value)[0])

    def made_to(self, orders: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return orders.filter(created_at__lt=clock.day_bounds(value)[1])

    def having(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.having(value)
