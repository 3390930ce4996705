from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, kw_only=True)
class SlaStageReached(Event):
    """A deadline reached a stage: reminder_75, warning_90, breached or escalated; told once of each clock and stage.

    A stage that was passed over is not told, only the furthest.

    Attributes:
        since: when the clock began; with the record, the promise and the stage it tells one clock's stages from another's.
        promise: which of the record's promises it is, where that is not the time in its status.
    """

    name: ClassVar[str] = "workflow.sla_stage_reached"
    label: ClassVar[Text] = _("Deadline near or passed")

    entity_type: str
    entity_id: UUID
    stage: str
    since: datetime
    deadline: datetime
    status: str = ""
    promise: str = ""

    def subject(self) -> RecordRef:
        return RecordRef(entity_type=self.entity_type, entity_id=self.entity_id)


@dataclass(frozen=True, kw_only=True)
class ClocksOutdated(Event):
    """The hours by which clocks run were changed, and so many run by them that the rest, from a key on, is still to be set."""

    name: ClassVar[str] = "workflow.clocks_outdated"
    label: ClassVar[Text] = _("Clocks to be set anew")

    business_entity_id: UUID | None
    entity_type: str
    workflow: str
    status: str
    after: UUID


@dataclass(frozen=True, kw_only=True)
class OverdueEnded(Event):
    """A record that was overdue went on to another status, or has more time by hours that were changed."""

    name: ClassVar[str] = "workflow.overdue_ended"
    label: ClassVar[Text] = _("No longer overdue")

    entity_type: str
    entity_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type=self.entity_type, entity_id=self.entity_id)


@dataclass(frozen=True, kw_only=True)
class TaskAssigned(Event):
    """Somebody was given a task, by another than themselves."""

    name: ClassVar[str] = "workflow.task_assigned"
    label: ClassVar[Text] = _("Task assigned")

    task_id: UUID
    assigned_to_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="internal_task", entity_id=self.task_id)


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """When a business entity is at work was changed; the clocks of statuses are set anew, promises are their app's to set."""

    name: ClassVar[str] = "workflow.calendar_changed"
    label: ClassVar[Text] = _("Working hours changed")

    business_entity_id: UUID
