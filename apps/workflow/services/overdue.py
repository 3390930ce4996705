"""What stays lying gets an owner: a task about an overdue record, which rises with it and closes itself when it moves on."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction
from apps.workflow import queries
from apps.workflow.choices import Level, Stage, TaskPriority, TaskType
from apps.workflow.machines import status_label
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatefulModel
from apps.workflow.services.tasks import complete_task, create_task, edit_task

# Who is asked, and how soon it is to be done, by how pressing the record is.
LEVELS = {TaskPriority.URGENT: Level.MANAGER, TaskPriority.CRITICAL: Level.MANAGER}
RESPOND_WITHIN = {
    TaskPriority.LOW: timedelta(hours=48),
    TaskPriority.NORMAL: timedelta(hours=24),
    TaskPriority.HIGH: timedelta(hours=4),
    TaskPriority.URGENT: timedelta(hours=1),
}


@in_transaction
def see_to_overdue(*, entity_type: str, entity_id: UUID, since: datetime, stage: str) -> InternalTask | None:
    """Ask somebody to get an overdue record on; after a day their manager. One task a record; none where it has moved on or was removed.

    It is asked of whoever has the record, else of a team leader, of a manager where it is urgent.
    """
    row = _overdue_row(entity_type, entity_id, since)
    record = queries.record_at_work(entity_type, entity_id)
    if row is None or record is None or not record.asks_when_overdue:
        return None
    escalated = stage == Stage.ESCALATED.code
    task = _open_task(entity_id)
    if task is None:
        return _ask(record, row, escalated=escalated)
    return _raise(task, record) if escalated else task


@in_transaction
def close_overdue_task(*, entity_type: str, entity_id: UUID) -> None:
    """Finish the task about a record that was overdue and is so no longer; not where it is overdue again by now."""
    row = EntityCurrentStatus.objects.filter(entity_type=entity_type, entity_id=entity_id).select_for_update().first()
    task = _open_task(entity_id)
    if task is not None and not (row and row.is_overdue):
        complete_task(task=task, completion_notes=_("The record is no longer overdue."), by=None)


def _overdue_row(entity_type: str, entity_id: UUID, since: datetime) -> EntityCurrentStatus | None:
    """Where the record stands, if it is still overdue in the same stay; kept so until the transaction ends."""
    rows = EntityCurrentStatus.objects.filter(
        entity_type=entity_type, entity_id=entity_id, status_since=since, is_overdue=True, stage__gte=Stage.BREACHED
    )
    return rows.select_for_update(of=("self",)).first()


def _key(entity_id: UUID) -> str:
    return f"overdue:{entity_id}"


def _open_task(entity_id: UUID) -> InternalTask | None:
    task: InternalTask | None = InternalTask.objects.unfinished().filter(dedupe_key=_key(entity_id)).first()
    return task


def _ask(record: StatefulModel, row: EntityCurrentStatus, *, escalated: bool) -> InternalTask:
    urgency = TaskPriority(record.urgency())
    policy = queries.policy_for(record, row.current_status)
    label = policy.label if policy else status_label(type(record), row.current_status)
    supervisor = queries.supervisor(
        Level.MANAGER if escalated else LEVELS.get(urgency, Level.TEAM_LEADER), row.business_entity_id
    )
    owner = None if escalated else row.assigned_user
    return create_task(
        title=_("Overdue: %(record)s in “%(status)s”") % {"record": record, "status": label},
        description=_("It should have moved on by %(moment)s. Get it on, or put it on hold with the reason.")
        % {"moment": f"{clock.local(row.sla_deadline):%d-%m-%Y %H:%M}" if row.sla_deadline else "–"},
        task_type=TaskType.ESCALATE,
        priority=TaskPriority.CRITICAL if escalated else max(urgency, TaskPriority.HIGH, key=list(TaskPriority).index),
        about=RecordRef(entity_type=row.entity_type, entity_id=row.entity_id),
        business_entity=row.business_entity,
        assigned_to=owner if owner and owner.is_active else supervisor,
        due_at=_due(row, urgency),
        dedupe_key=_key(row.entity_id),
    )


def _raise(task: InternalTask, record: StatefulModel) -> InternalTask:
    """A day later the manager has it, and it comes before all else."""
    manager = queries.supervisor(Level.MANAGER, record.policy_entity_id())
    changes = {"priority": TaskPriority.CRITICAL} | ({"assigned_to": manager} if manager else {})
    return edit_task(task=task, changes=changes, by=None)


def _due(row: EntityCurrentStatus, urgency: TaskPriority) -> datetime:
    within = RESPOND_WITHIN.get(urgency, RESPOND_WITHIN[TaskPriority.URGENT])
    return queries.calendar_of(row.business_entity_id).at_work(clock.now() + within)
