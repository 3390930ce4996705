from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """A message was handed over to the mail provider."""

    name: ClassVar[str] = "communication.message_sent"
    label: ClassVar[Text] = _("Message sent")
    message_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="communication_message", entity_id=self.message_id)


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """A message was given up and waits for a person."""

    name: ClassVar[str] = "communication.message_failed"
    label: ClassVar[Text] = _("Message given up")
    message_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="communication_message", entity_id=self.message_id)


@dataclass(frozen=True, kw_only=True)
class MessageReceived(Event):
    """Somebody wrote to us: by mail, SMS or WhatsApp."""

    name: ClassVar[str] = "communication.message_received"
    label: ClassVar[Text] = _("Message received")
    message_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="communication_message", entity_id=self.message_id)
