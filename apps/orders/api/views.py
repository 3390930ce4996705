from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.pagination import OnePage
from apps.core.api.serializers import shaped, validated
from apps.core.api.views import ApiView, ListView
from apps.core.contributions import contributions
from apps.orders import services
from apps.orders.api.filters import OrderFilters
from apps.orders.api.inputs import BulkHoldIn, HoldIn, HoldsSummaryIn, OrderChangeIn, OrderIn, ResumeIn
from apps.orders.api.outputs import BulkHoldOut, HoldOut, HoldsSummaryOut, OrderOut, TimelineEntryOut
from apps.orders.api.reading import read_changes, read_order
from apps.orders.models import Order, OrderHold
from apps.orders.queries import find_order, holds_summary, order_in_hand, orders_of
from apps.organizations.queries import business_entity_named

READERS = (
    Scope.SALES_ORDERS,
    Scope.SALES_QUOTES,
    Scope.OPERATIONS_PLANNING,
    Scope.OPERATIONS_INVENTORY,
    Scope.SUPPORT_TICKETS,
    Scope.FINANCE_INVOICES,
    Scope.TECHNICAL_INSTALLATIONS,
    Scope.ADMIN_AUDIT,
)
HOLDERS = (Scope.SALES_ORDERS, Scope.OPERATIONS_PLANNING)


def told(order: Order, request: Request) -> dict[str, Any]:
    """The order as it is now, in the API's shape."""
    return OrderOut(find_order(str(order.pk), by=request.user)).data


class ByMethod(ApiView):
    """Whoever may read is not yet who may write."""

    writers: tuple[Scope, ...] = (Scope.SALES_ORDERS,)

    @property
    def scope(self) -> tuple[Scope, ...]:
        return READERS if self.request.method in ("GET", "HEAD", "OPTIONS") else self.writers


class OrdersView(ByMethod, ListView):
    """Orders, the newest first; and the place where a new one is made."""

    serializer_class = OrderOut
    filterset_class = OrderFilters
    queryset = Order.objects.none()

    def get_queryset(self) -> Any:
        return orders_of(self.request.user).for_list().select_related("installation_address").with_lines()

    @extend_schema(request=OrderIn, responses={201: OrderOut})
    def post(self, request: Request) -> Response:
        data = read_order(validated(OrderIn, request), by=request.user)
        order = services.create_order(data=data, by=request.user)
        return Response(told(order, request), status=status.HTTP_201_CREATED)


class OrderView(ByMethod):
    """One order, by its key or its number."""

    @extend_schema(responses=OrderOut)
    def get(self, request: Request, identifier: str) -> Response:
        refuse_unknown_parameters(request)
        return Response(OrderOut(find_order(identifier, by=request.user)).data)

    @extend_schema(request=OrderChangeIn, responses=OrderOut)
    def patch(self, request: Request, identifier: str) -> Response:
        order = order_in_hand(identifier, by=request.user)
        given = validated(OrderChangeIn, request)
        version = given.pop("version")
        changes = read_changes(given, entity=order.business_entity, by=request.user)
        changed = services.update_order(order=order, changes=changes, version=version, by=request.user)
        return Response(told(changed, request))


class TimelineView(ApiView):
    """All that happened to an order, the first thing first."""

    scope = READERS
    pagination_class = OnePage

    @extend_schema(responses=TimelineEntryOut(many=True))
    def get(self, request: Request, identifier: str) -> Response:
        refuse_unknown_parameters(request)
        order = order_in_hand(identifier, by=request.user)
        entries = contributions.timeline_of(Order.entity_type, [order.pk])[order.pk]
        return OnePage.of(TimelineEntryOut(entries, many=True).data)


class HoldView(ApiView):
    """Suspend work on an order."""

    scope = HOLDERS

    @extend_schema(request=HoldIn, responses={201: HoldOut})
    def post(self, request: Request, identifier: str) -> Response:
        order = order_in_hand(identifier, by=request.user)
        hold = services.order_hold_create(order=order, **validated(HoldIn, request), by=request.user)
        return Response(HoldOut(hold).data, status=status.HTTP_201_CREATED)


class ResumeView(ApiView):
    """Take work up again."""

    scope = HOLDERS

    @extend_schema(request=ResumeIn, responses=OrderOut)
    def post(self, request: Request, identifier: str) -> Response:
        order = order_in_hand(identifier, by=request.user)
        resumed = services.order_hold_resume(order=order, **validated(ResumeIn, request), by=request.user)
        return Response(told(resumed, request))


class BulkHoldView(ApiView):
    """Suspend work on many orders for one reason; each stands for itself."""

    scope = HOLDERS

    @extend_schema(request=BulkHoldIn, responses=BulkHoldOut)
    def post(self, request: Request) -> Response:
        results = services.bulk_hold(**validated(BulkHoldIn, request), by=request.user)
        held = sum(result.hold is not None for result in results)
        return Response(BulkHoldOut({"held": held, "refused": len(results) - held, "results": results}).data)


class HoldsView(ListView):
    """The holds of an order, the last one first."""

    scope = READERS
    serializer_class = HoldOut
    queryset = OrderHold.objects.none()

    def get_queryset(self) -> Any:
        order = order_in_hand(self.kwargs["identifier"], by=self.request.user)
        return OrderHold.objects.filter(order=order).select_related("created_by", "resolved_by")


class HoldsSummaryView(ApiView):
    """How holds stand as a whole, in the companies that the caller works for, or in the one that is asked for."""

    scope = READERS

    @extend_schema(parameters=[HoldsSummaryIn], responses=HoldsSummaryOut)
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, known={"business_entity": OrderFilters.base_filters["business_entity"]})
        code = shaped(HoldsSummaryIn, request.query_params.dict()).get("business_entity")
        entity = business_entity_named(code, by=request.user).pk if code else None
        return Response(HoldsSummaryOut(holds_summary(by=request.user, business_entity=entity)).data)
