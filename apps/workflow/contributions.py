"""What the engine adds to pages of other apps: steps on a record's timeline, figures on the home page."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.chips import admin_link
from apps.core.contributions import (
    FEED_CUSTOMER,
    FEED_ORDER,
    FEED_SYSTEM,
    Panel,
    Tile,
    TimelineEntry,
    Viewer,
)
from apps.core.errors import Text
from apps.workflow import queries
from apps.workflow.choices import UNFINISHED, StatusCategory
from apps.workflow.machines import status_label
from apps.workflow.models import InternalTask, StatefulModel, StatusPolicy, StatusTransition

TONES: dict[str, str] = {
    StatusCategory.COMPLETED: "success",
    StatusCategory.CANCELLED: "danger",
    StatusCategory.FAILED: "danger",
}


def steps_of(machine: type[StatefulModel], ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """The steps of many records of a machine, in one query and one for each of its workflows."""
    histories = queries.histories(machine.entity_type, ids)
    workflows = {step.workflow for steps in histories.values() for step in steps}
    books = {workflow: queries.policy_book(machine.entity_type, workflow) for workflow in workflows}
    return {
        key: [_entry(machine, step, books[step.workflow].find(step.to_status, None)) for step in steps]
        for key, steps in histories.items()
    }


def _entry(machine: type[StatefulModel], step: StatusTransition, policy: StatusPolicy | None) -> TimelineEntry:
    label: Text = policy.label if policy else status_label(machine, step.to_status)
    return TimelineEntry(
        at=step.occurred_at,
        kind="status",
        title=label,
        detail=step.transition_reason,
        by=step.actor_label,
        tone=TONES.get(policy.category, "info") if policy else "info",
        url=reverse("admin:workflow_statustransition_change", args=[step.pk]),
        feeds=_feeds(step, policy),
    )


def _feeds(step: StatusTransition, policy: StatusPolicy | None) -> tuple[str, ...]:
    """A step is the order's own; the system's too where no person took it, the customer's where its status shows."""
    by_machine = [FEED_SYSTEM] if step.actor_kind != "user" else []
    seen = [FEED_CUSTOMER] if policy and policy.visible_to_customer else []
    return FEED_ORDER, *by_machine, *seen


def tasks_about(entity_type: str, record: Model) -> Panel:
    """What colleagues have to do about a record, the unfinished first."""
    tasks = InternalTask.objects.filter(about_type=entity_type, about_id=record.pk).select_related("assigned_to")
    return Panel(
        title=_("Tasks"),
        columns=[_("Task"), _("Status"), _("Assigned to"), _("Due")],
        rows=[_row(task) for task in sorted(tasks, key=lambda task: task.status not in UNFINISHED)],
        empty=_("Nobody has to do anything about this now."),
    )


def _row(task: InternalTask) -> list[object]:
    due = date_format(clock.local(task.due_at), "SHORT_DATETIME_FORMAT") if task.due_at else "–"
    return [admin_link(task), task.get_status_display(), task.assigned_to or "–", due]


def tiles(viewer: Viewer) -> list[Tile]:
    """The tasks of whoever looks."""
    if not viewer.user.has_perm("workflow.view_internaltask"):
        return []
    mine = InternalTask.objects.visible_to(viewer.user).unfinished().of_user(viewer.user)
    return [
        Tile(
            title=_("My tasks"),
            value=_of_entity(mine, viewer).count(),
            url=_address("internaltask", "whose=mine", viewer),
            group=_("Work"),
            order=1,
        )
    ]


def _of_entity(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows if viewer.business_entity is None else rows.filter(business_entity=viewer.business_entity)


def _address(model: str, query: str, viewer: Viewer) -> str:
    """The list of exactly the rows that were counted."""
    if viewer.business_entity is not None:
        query += f"&business_entity__id__exact={viewer.business_entity}"
    return f"{reverse(f'admin:workflow_{model}_changelist')}?{query}"
