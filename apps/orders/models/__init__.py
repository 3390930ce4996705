from apps.orders.models.hold import OrderHold, OrderHoldQuerySet
from apps.orders.models.line_item import LineItem
from apps.orders.models.note import OrderNote
from apps.orders.models.order import Order, OrderQuerySet, lines_in_order
from apps.orders.models.parties import OrderContact, OrderOrganization
from apps.orders.models.search import OrderWords

__all__ = [
    "LineItem",
    "Order",
    "OrderContact",
    "OrderHold",
    "OrderHoldQuerySet",
    "OrderNote",
    "OrderOrganization",
    "OrderQuerySet",
    "OrderWords",
    "lines_in_order",
]
