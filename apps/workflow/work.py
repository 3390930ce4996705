"""What colleagues have to do next: their tasks, and those that nobody has."""

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.chips import admin_url
from apps.core.contributions import Viewer, WorkItem
from apps.workflow.choices import TaskPriority
from apps.workflow.models import InternalTask

PRESSING = (TaskPriority.URGENT, TaskPriority.CRITICAL)


def tasks_to_do(viewer: Viewer, limit: int) -> list[WorkItem]:
    """The viewer's own tasks, and those that wait for somebody to take them."""
    if not viewer.user.has_perm("workflow.view_internaltask"):
        return []
    tasks = InternalTask.objects.handled_by(viewer.user).unfinished().filter(completed_at=None)
    if viewer.business_entity is not None:
        tasks = tasks.filter(business_entity=viewer.business_entity)
    first = tasks.order_by(F("due_at").asc(nulls_last=True))
    return [*_items(first.of_user(viewer.user)[:limit], viewer), *_items(first.filter(assigned_to=None)[:limit], viewer)]


def _items(tasks: QuerySet[InternalTask], viewer: Viewer) -> list[WorkItem]:
    may_complete = viewer.user.has_perm("workflow.change_internaltask")
    return [_item(task, may_complete=may_complete) for task in tasks]


def _item(task: InternalTask, *, may_complete: bool) -> WorkItem:
    is_mine = task.assigned_to_id is not None
    complete = reverse("admin:workflow_internaltask_button", args=[task.pk, "complete-task"])
    return WorkItem(
        key=f"task:{task.pk}",
        kind="task",
        title=task.title,
        reason=_("A task of yours.") if is_mine else _("A task that nobody has taken."),
        url=admin_url(task),
        severity="danger" if task.priority in PRESSING else "warning" if is_mine else "info",
        due_at=task.due_at,
        business_entity=task.business_entity_id,
        is_mine=is_mine,
        action_label=_("Complete") if is_mine and may_complete else "",
        action_url=complete if is_mine and may_complete else "",
        is_one_click=is_mine and may_complete,
    )
