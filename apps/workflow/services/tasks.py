from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import FieldError, Malformed, Refused
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.organizations.models import BusinessEntity
from apps.workflow.choices import UNFINISHED, TaskPriority, TaskStatus, TaskType
from apps.workflow.events import TaskAssigned
from apps.workflow.models import EntityCurrentStatus, InternalTask
from apps.workflow.services.change import change_status, record_creation

EDITABLE = frozenset({"title", "description", "task_type", "priority", "assigned_to", "due_at"})
NOT_EDITABLE = _("This cannot be changed.")


@in_transaction
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
    dedupe_key: str = "",
) -> InternalTask:
    """Ask a colleague, or whoever takes it, to do something, about a record or about none.

    Raises:
        IntegrityError: there is an unfinished task of this key.
    """
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
        dedupe_key=dedupe_key,
    )
    record_creation(task, by=created_by)
    _tell_assignee(task, by=created_by)
    return task


@transaction.atomic
def edit_task(*, task: InternalTask, changes: Mapping[str, Any], by: User | None) -> InternalTask:
    """Write some of a task's fields anew: those in EDITABLE. What is finished stays as it was.

    Raises:
        Malformed: a field that cannot be edited.
        Refused: task_finished.
    """
    if unknown := sorted(set(changes) - EDITABLE):
        raise Malformed(fields=[FieldError(pointer=f"/{name}", code="not_editable", detail=NOT_EDITABLE) for name in unknown])
    locked = InternalTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if locked.status not in UNFINISHED:
        raise Refused(_("This task is finished."), code="task_finished")
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.version += 1
    locked.save(update_fields=[*changes, "version"])
    if "assigned_to" in changes:
        rows = EntityCurrentStatus.objects.filter(entity_type=locked.entity_type, entity_id=locked.pk)
        rows.update(assigned_user=locked.assigned_to)
        _tell_assignee(locked, by=by)
    return locked


def _tell_assignee(task: InternalTask, *, by: User | None) -> None:
    assigned_to_id = task.assigned_to_id
    if assigned_to_id is not None and (by is None or assigned_to_id != by.pk):
        publish(TaskAssigned(task_id=task.pk, assigned_to_id=assigned_to_id))


@transaction.atomic
def assign_task(*, task: InternalTask, assigned_to: User | None, by: User | None) -> InternalTask:
    """Give a task to somebody, or back to whoever takes it.

    Raises:
        Refused: task_finished.
    """
    return edit_task(task=task, changes={"assigned_to": assigned_to}, by=by)


@transaction.atomic
def take_task(*, task: InternalTask, by: User) -> InternalTask:
    """Take a task oneself and begin.

    Raises:
        Refused: task_finished.
        Conflict: status_conflict, invalid_status_transition.
    """
    taken = assign_task(task=task, assigned_to=by, by=by)
    return _move(taken, TaskStatus.IN_PROGRESS, by=by)


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
