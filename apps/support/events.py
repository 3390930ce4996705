from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class TicketCreated(Event):
    """A question came in, whichever way."""

    name: ClassVar[str] = "support.ticket_created"
    label: ClassVar[Text] = _("Ticket created")
    ticket_id: UUID

    def subject(self) -> RecordRef:
        return _ticket(self.ticket_id)


@dataclass(frozen=True, kw_only=True)
class TicketAnswered(Event):
    """We said something to the customer; where it is the solution too, TicketResolved says so instead."""

    name: ClassVar[str] = "support.ticket_answered"
    label: ClassVar[Text] = _("Ticket answered")
    ticket_id: UUID
    comment_id: UUID

    def subject(self) -> RecordRef:
        return _ticket(self.ticket_id)


@dataclass(frozen=True, kw_only=True)
class TicketResolved(Event):
    """We think that the question is answered, and said what the answer is."""

    name: ClassVar[str] = "support.ticket_resolved"
    label: ClassVar[Text] = _("Ticket resolved")
    ticket_id: UUID
    comment_id: UUID

    def subject(self) -> RecordRef:
        return _ticket(self.ticket_id)


@dataclass(frozen=True, kw_only=True)
class TicketMerged(Event):
    """A ticket was found to be about the same as another, and goes on there."""

    name: ClassVar[str] = "support.ticket_merged"
    label: ClassVar[Text] = _("Ticket merged")
    ticket_id: UUID
    into_id: UUID

    def subject(self) -> RecordRef:
        return _ticket(self.ticket_id)


@dataclass(frozen=True, kw_only=True)
class InboundArrived(Event):
    """A source handed us a message; nobody has looked into it yet."""

    name: ClassVar[str] = "support.inbound_arrived"
    label: ClassVar[Text] = _("Message came in")
    inbound_id: UUID


def _ticket(key: UUID) -> RecordRef:
    return RecordRef(entity_type="ticket", entity_id=key)
