from apps.workflow.models.calendar import BusinessCalendar, CalendarDay
from apps.workflow.models.policy import PolicyBook, StatusPolicy, StatusPolicyQuerySet
from apps.workflow.models.stages import Staged
from apps.workflow.models.stateful import GuardedQuerySet, StatefulModel, Workflow
from apps.workflow.models.status import EntityCurrentStatus, EntityCurrentStatusQuerySet, StatusTransition
from apps.workflow.models.supervision import Supervision
from apps.workflow.models.task import InternalTask, InternalTaskQuerySet

__all__ = [
    "BusinessCalendar",
    "CalendarDay",
    "EntityCurrentStatus",
    "EntityCurrentStatusQuerySet",
    "GuardedQuerySet",
    "InternalTask",
    "InternalTaskQuerySet",
    "PolicyBook",
    "Staged",
    "StatefulModel",
    "StatusPolicy",
    "StatusPolicyQuerySet",
    "StatusTransition",
    "Supervision",
    "Workflow",
]
