from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.records import RecordRef
from apps.organizations.models import BusinessEntity
from apps.workflow.choices import UNFINISHED, TaskPriority, TaskStatus, TaskType
from apps.workflow.models import EntityCurrentStatus, InternalTask
from apps.workflow.services.change import change_status, record_creation


@transaction.atomic
def create_task(
    *,
    title: str,
    description: str = "",
    task_type: str = TaskType.OTHER,
    priority: str = TaskPriority.NORMAL,
    about: RecordRef | None = None,
    business_entity: BusinessEntity | None = None,
    assigned_to: User | None = None,
    due_at: datetime | None = None,
    created_by: User | None = None,
) -> InternalTask:
    """Ask a colleague, or whoever takes it, to do something, about a record or about none."""
    task = InternalTask.objects.create(
        title=title,
        description=description,
        task_type=task_type,
        priority=priority,
        about_type=about.entity_type if about else "",
        about_id=about.entity_id if about else None,
        business_entity=business_entity,
        assigned_to=assigned_to,
        due_at=due_at,
        created_by=created_by,
    )
    record_creation(task, by=created_by)
    return task


@transaction.atomic
def assign_task(*, task: InternalTask, assigned_to: User | None, by: User | None) -> InternalTask:
    """Give a task to somebody, or back to whoever takes it.

    Raises:
        Refused: task_finished.
    """
    locked = InternalTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if locked.status not in UNFINISHED:
        raise Refused(_("This task is finished."), code="task_finished")
    locked.assigned_to = assigned_to
    locked.version += 1
    locked.save(update_fields=["assigned_to", "version"])
    EntityCurrentStatus.objects.filter(entity_type=locked.entity_type, entity_id=locked.pk).update(assigned_user=assigned_to)
    return locked


@transaction.atomic
def complete_task(*, task: InternalTask, completion_notes: str = "", by: User | None) -> InternalTask:
    """Finish a task from wherever it is."""
    return _move(task, TaskStatus.COMPLETED, context={"completion_notes": completion_notes}, by=by)


@transaction.atomic
def cancel_task(*, task: InternalTask, reason: str, by: User | None) -> InternalTask:
    """Withdraw a task that is no longer wanted."""
    return _move(task, TaskStatus.CANCELLED, reason=reason, by=by)


def _move(
    task: InternalTask, to_status: str, *, reason: str = "", context: dict[str, str] | None = None, by: User | None
) -> InternalTask:
    moved: InternalTask = change_status(task, to_status, reason=reason, context=context, by=by).record
    return moved
