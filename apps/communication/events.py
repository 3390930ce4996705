from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """A message was handed over to the mail provider."""

    name: ClassVar[str] = "communication.message_sent"
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """A message was given up and waits for a person."""

    name: ClassVar[str] = "communication.message_failed"
    message_id: UUID
