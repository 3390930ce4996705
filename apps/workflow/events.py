from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class StatusChanged(Event):
    """A record went from one status to another. Its creation is not a change: the app that made it says so itself."""

    name: ClassVar[str] = "workflow.status_changed"
    label: ClassVar[Text] = _("Status changed")

    entity_type: str
    entity_id: UUID
    transition_id: UUID
    sequence: int
    from_status: str
    to_status: str

    def subject(self) -> RecordRef:
        return RecordRef(entity_type=self.entity_type, entity_id=self.entity_id)
