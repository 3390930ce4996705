from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """An order was accepted, whichever way it came in."""

    name: ClassVar[str] = "orders.order_placed"
    label: ClassVar[Text] = _("Order placed")
    order_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="order", entity_id=self.order_id)


@dataclass(frozen=True, kw_only=True)
class OrderHeld(Event):
    """Work on an order was suspended; whom to tell was decided by whoever suspended it."""

    name: ClassVar[str] = "orders.order_held"
    label: ClassVar[Text] = _("Order put on hold")
    hold_id: UUID
    notify_customer: bool
    notify_partner: bool


@dataclass(frozen=True, kw_only=True)
class OrderResumed(Event):
    """A hold ended and work goes on."""

    name: ClassVar[str] = "orders.order_resumed"
    label: ClassVar[Text] = _("Order taken up again")
    hold_id: UUID


@dataclass(frozen=True, kw_only=True)
class HoldEnded(Event):
    """A hold that somebody higher up had to hear of ended, whether work goes on or the order was cancelled."""

    name: ClassVar[str] = "orders.hold_ended"
    label: ClassVar[Text] = _("Hold ended")
    hold_id: UUID


@dataclass(frozen=True, kw_only=True)
class HoldEscalated(Event):
    """A hold lasts so long that the next level is to hear of it."""

    name: ClassVar[str] = "orders.hold_escalated"
    label: ClassVar[Text] = _("Hold escalated")
    hold_id: UUID
    level: str


@dataclass(frozen=True, kw_only=True)
class HoldFollowUpDue(Event):
    """A customer whose order is on hold has heard nothing for a week."""

    name: ClassVar[str] = "orders.hold_follow_up_due"
    label: ClassVar[Text] = _("Customer to hear of a hold again")
    hold_id: UUID
    on: date
