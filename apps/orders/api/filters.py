from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from apps.core import clock
from apps.core.api.filters import AnyOf, DayFilter, StrictFilterSet
from apps.orders.choices import CancellationCode, OrderStatus, OrderType, Priority
from apps.orders.models import Order

SEARCH_LENGTH = 100


class OrderFilters(StrictFilterSet):
    status = AnyOf(choices=OrderStatus.choices)
    business_entity = filters.CharFilter(method="of_entity", max_length=20, label=_("code of the company"))
    order_type = AnyOf(choices=OrderType.choices)
    priority_level = AnyOf(choices=Priority.choices)
    cancellation_code = AnyOf(choices=CancellationCode.choices)
    partner = filters.CharFilter(method="of_partner", max_length=50, label=_("slug or key of the partner"))
    created_from = DayFilter(method="made_from")
    created_to = DayFilter(method="made_to")
    search = filters.CharFilter(method="having", max_length=SEARCH_LENGTH)

    class Meta:
        model = Order
        fields: list[str] = []

    def of_entity(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.of_entity(value)

    def of_partner(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.of_partner(value)

    def made_from(self, orders: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return orders.filter(created_at__gte=clock.day_bounds(value)[0])

    def made_to(self, orders: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return orders.filter(created_at__lt=clock.day_bounds(value)[1])

    def having(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.having(value)
