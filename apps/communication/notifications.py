"""Which colleague is told what, in which words."""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.communication.choices import NotificationPriority, NotificationType
from apps.communication.services import notify_staff
from apps.core import clock
from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.organizations.models import BusinessEntity
from apps.workflow.choices import Level, TaskPriority
from apps.workflow.events import SlaStageReached
from apps.workflow.models import InternalTask
from apps.workflow.queries import supervisor

PRIORITY_OF_TASK = {
    TaskPriority.LOW: NotificationPriority.LOW,
    TaskPriority.HIGH: NotificationPriority.HIGH,
    TaskPriority.URGENT: NotificationPriority.URGENT,
    TaskPriority.CRITICAL: NotificationPriority.URGENT,
}

# Whom a deadline is told at each stage: whoever has the record, and then level by level up the house.
OF_THE_OWNER = "reminder_75"
LEVELS = {
    "reminder_75": Level.TEAM_LEADER,
    "warning_90": Level.TEAM_LEADER,
    "breached": Level.MANAGER,
    "escalated": Level.DIRECTOR,
}
STAGES_IN_WORDS: dict[str, Text] = {
    "reminder_75": gettext_lazy("%(record)s: three quarters of its time have passed"),
    "warning_90": gettext_lazy("%(record)s: its time is nearly over"),
    "breached": gettext_lazy("%(record)s is over its deadline"),
    "escalated": gettext_lazy("%(record)s has been over its deadline for a day"),
}
PRIORITY_OF_STAGE = {
    "reminder_75": NotificationPriority.LOW,
    "warning_90": NotificationPriority.NORMAL,
    "breached": NotificationPriority.HIGH,
    "escalated": NotificationPriority.HIGH,
}


def tell_of_task(task: InternalTask, user: User) -> None:
    """Tell somebody that a task is theirs."""
    with translation.override(user.language):
        notify_staff(
            users=[user],
            notification_type=NotificationType.TASK_ASSIGNED,
            title=_("A task for you: %(title)s") % {"title": task.title},
            message=_task_in_words(task),
            about=RecordRef(entity_type=InternalTask.entity_type, entity_id=task.pk),
            priority=PRIORITY_OF_TASK.get(TaskPriority(task.priority), NotificationPriority.NORMAL),
            business_entity=task.business_entity,
            dedupe_key=f"task:{task.pk}:{user.pk}:{task.version}",
        )


def _task_in_words(task: InternalTask) -> str:
    if task.due_at is None:
        return task.description
    due = _("To be done by %(moment)s.") % {"moment": f"{clock.local(task.due_at):%d-%m-%Y %H:%M}"}
    return f"{due}\n{task.description}"


def tell_of_deadline(event: SlaStageReached, record: models.Model) -> None:
    """Tell whoever is to know at this stage: the owner, the team leader, the manager, the director."""
    entity = getattr(record, "business_entity", None)
    person = _person_for(event.stage, record, entity)
    if person is None:
        return
    with translation.override(person.language):
        notify_staff(
            users=[person],
            notification_type=NotificationType.SLA_OVERDUE,
            title=STAGES_IN_WORDS[event.stage] % {"record": record},
            message=_("The deadline: %(moment)s.") % {"moment": f"{clock.local(event.deadline):%d-%m-%Y %H:%M}"},
            about=event.subject(),
            priority=PRIORITY_OF_STAGE[event.stage],
            business_entity=entity,
            dedupe_key=f"sla:{event.entity_id}:{event.promise}:{event.since.isoformat()}:{event.stage}",
        )


def _person_for(stage: str, record: models.Model, entity: BusinessEntity | None) -> User | None:
    assignee_id = getattr(record, "assignee_id", lambda: None)()
    if stage == OF_THE_OWNER and assignee_id is not None:
        return User.objects.get(pk=assignee_id)
    return supervisor(LEVELS[stage], entity.pk if entity else None)
