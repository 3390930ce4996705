from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.accounts.models import User
from apps.core.models import known
from apps.core.records import RecordRef
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.workflow.choices import UNFINISHED, TaskPriority, TaskStatus, TaskType
from apps.workflow.guards import guard, scope_permission
from apps.workflow.models.stateful import GuardedQuerySet, StatefulModel, Workflow


@guard("nobody_assigned", _("Somebody has to have the task first."))
def is_assigned(task: "InternalTask") -> bool:
    return task.assigned_to_id is not None


plans_the_work = scope_permission("operations.planning")


def may_cancel(task: Any, user: Any) -> bool:
    """Whoever asked for the task, and whoever plans the work."""
    return task.created_by_id == user.pk or plans_the_work(task, user)


class InternalTaskQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    is_group_wide_without_entity = True

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def of_user(self, user: User) -> Self:
        return self.filter(assigned_to=user)


class InternalTask(StatefulModel):
    """Something a colleague has to do, about a record of any kind or about none.

    It lies open until somebody starts it, may wait for somebody else (its clock then stands still), and ends completed
    or cancelled.
    """

    entity_type = "internal_task"
    workflows = {
        "default": Workflow(
            statuses=tuple(TaskStatus.values),
            initial=TaskStatus.OPEN,
            final=frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED}),
        )
    }
    paused_in = frozenset({TaskStatus.WAITING})
    asks_when_overdue = False  # a task about a task helps nobody

    title = models.CharField(_("title"), max_length=200)
    description = models.CharField(_("description"), max_length=4000, blank=True)
    task_type = models.CharField(_("type"), max_length=20, choices=TaskType, default=TaskType.OTHER)
    priority = models.CharField(_("priority"), max_length=10, choices=TaskPriority, default=TaskPriority.NORMAL)
    status = FSMField(
        _("status"), max_length=20, choices=TaskStatus.choices, default=TaskStatus.OPEN, protected=True, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: a task of the whole group
        blank=True,
        related_name="tasks",
        verbose_name=_("business entity"),
    )
    about_type = models.CharField(_("about"), max_length=50, blank=True, editable=False)
    about_id = models.UUIDField(_("about record"), null=True, blank=True, editable=False)
    dedupe_key = models.CharField(
        _("made once for"),
        max_length=100,
        blank=True,
        editable=False,
        db_default="",
        help_text=_("Of one key there is one unfinished task."),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: whoever takes it
        blank=True,
        related_name="tasks",
        verbose_name=_("assigned to"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: the system
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True, editable=False)
    completion_notes = models.CharField(_("completion notes"), max_length=2000, blank=True)

    objects = InternalTaskQuerySet.as_manager()

    class Meta(StatefulModel.Meta):
        db_table = "internal_task"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = [models.F("due_at").asc(nulls_last=True), "created_at"]
        constraints = [
            known("status", TaskStatus),
            known("task_type", TaskType),
            known("priority", TaskPriority),
            models.CheckConstraint(
                name="internal_task_about_pair",
                condition=Q(about_type="", about_id__isnull=True) | ~Q(about_type="") & Q(about_id__isnull=False),
            ),
            models.UniqueConstraint(
                name="internal_task_once_for",
                fields=["dedupe_key"],
                condition=Q(status__in=UNFINISHED) & ~Q(dedupe_key=""),
            ),
            models.CheckConstraint(
                name="internal_task_completed_at",
                condition=Q(status=TaskStatus.COMPLETED, completed_at__isnull=False)
                | ~Q(status=TaskStatus.COMPLETED) & Q(completed_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["assigned_to", "due_at"], name="internal_task_todo", condition=Q(completed_at=None)),
            # Those that nobody has: to an index, null is no value to begin with.
            models.Index(fields=["due_at"], name="internal_task_free", condition=Q(completed_at=None, assigned_to=None)),
            models.Index(fields=["about_type", "about_id"], name="internal_task_about"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> RecordRef | None:
        """The record that the task is about, if it is about one."""
        if self.about_id is None:
            return None
        return RecordRef(entity_type=self.about_type, entity_id=self.about_id)

    def urgency(self) -> str:
        return self.priority

    def assignee_id(self) -> UUID | None:
        return self.assigned_to_id

    @transition(
        field=status, source=[TaskStatus.OPEN, TaskStatus.WAITING], target=TaskStatus.IN_PROGRESS, conditions=[is_assigned]
    )
    def start(self) -> None:
        """Somebody is at it, or goes on with it."""

    @transition(field=status, source=TaskStatus.IN_PROGRESS, target=TaskStatus.WAITING)
    def wait(self) -> None:
        """The work cannot go on before somebody else has answered."""

    @transition(field=status, source=UNFINISHED, target=TaskStatus.COMPLETED)
    def complete(self, *, at: datetime, completion_notes: str = "") -> None:
        """The work is done."""
        self.completed_at = at
        self.completion_notes = completion_notes

    @transition(field=status, source=UNFINISHED, target=TaskStatus.CANCELLED, permission=may_cancel)
    def cancel(self) -> None:
        """The work is no longer wanted."""
