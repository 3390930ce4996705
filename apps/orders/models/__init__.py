from apps.orders.models.hold import OrderHold, OrderHoldQuerySet
from apps.orders.models.line_item import LineItem
from apps.orders.models.order import Order, OrderQuerySet
from apps.orders.models.parties import OrderContact, OrderOrganization

__all__ = [
    "LineItem",
    "Order",
    "OrderContact",
    "OrderHold",
    "OrderHoldQuerySet",
    "OrderOrganization",
    "OrderQuerySet",
]
