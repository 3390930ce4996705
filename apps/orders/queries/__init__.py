"""Reads of orders across tables."""

from apps.orders.queries.customers import addresses_of, known_customer, latest_orders
from apps.orders.queries.edits import Edit, edits_of
from apps.orders.queries.holds import HoldsSummary, ReasonCount, Week, holds_summary
from apps.orders.queries.orders import (
    contacts_of,
    copies_of,
    edits_since,
    find_order,
    holds_of,
    main_contact,
    notes_of,
    order_in_hand,
    orders_of,
    partner_contact,
    steps_taken,
)

__all__ = [
    "Edit",
    "HoldsSummary",
    "ReasonCount",
    "Week",
    "addresses_of",
    "contacts_of",
    "copies_of",
    "edits_of",
    "edits_since",
    "find_order",
    "holds_of",
    "holds_summary",
    "known_customer",
    "latest_orders",
    "main_contact",
    "notes_of",
    "order_in_hand",
    "orders_of",
    "partner_contact",
    "steps_taken",
]
