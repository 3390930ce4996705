from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class StatusChanged(Event):
    """A record went from one status to another. Its creation is not a change: the app that made it says so itself."""

    name: ClassVar[str] = "workflow.status_changed"

    entity_type: str
    entity_id: UUID
    transition_id: UUID
    sequence: int
    from_status: str
    to_status: str
