from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """An order was accepted, whichever way it came in."""

    name: ClassVar[str] = "orders.order_placed"
    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class OrderHeld(Event):
    """Work on an order was suspended; whom to tell was decided by whoever suspended it."""

    name: ClassVar[str] = "orders.order_held"
    hold_id: UUID
    notify_customer: bool
    notify_partner: bool


@dataclass(frozen=True, kw_only=True)
class OrderResumed(Event):
    """A hold ended and work goes on."""

    name: ClassVar[str] = "orders.order_resumed"
    hold_id: UUID
