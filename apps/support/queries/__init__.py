"""Tickets, what was said in them, and what to know of whoever asks."""

from apps.support.queries.tickets import (
    comments_of,
    find_ticket,
    others_of_customer,
    ticket_in_hand,
    tickets_of,
    tickets_of_orders,
    waiting_count,
    works_on_tickets,
)

__all__ = [
    "comments_of",
    "find_ticket",
    "others_of_customer",
    "ticket_in_hand",
    "tickets_of",
    "tickets_of_orders",
    "waiting_count",
    "works_on_tickets",
]
