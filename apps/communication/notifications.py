"""Which colleague is told what, in which words."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication.choices import NotificationPriority, NotificationType
from apps.communication.services import notify_staff
from apps.core import clock
from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.workflow.choices import TaskPriority
from apps.workflow.models import InternalTask

PRIORITY_OF_TASK = {
    TaskPriority.LOW: NotificationPriority.LOW,
    TaskPriority.HIGH: NotificationPriority.HIGH,
    TaskPriority.URGENT: NotificationPriority.URGENT,
    TaskPriority.CRITICAL: NotificationPriority.URGENT,
}


def tell_of_task(task: InternalTask, user: User) -> None:
    """Tell somebody that a task is theirs."""
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


def _task_in_words(task: InternalTask) -> Text:
    if task.due_at is None:
        return task.description
    due = _("To be done by %(moment)s.") % {"moment": f"{clock.local(task.due_at):%d-%m-%Y %H:%M}"}
    return format_lazy("{due}\n{description}", due=due, description=task.description)
