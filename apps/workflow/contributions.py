"""What the engine adds to pages of other apps: steps on a record's timeline, figures on the home page."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.contributions import Tile, TimelineEntry
from apps.core.errors import Text
from apps.workflow import queries
from apps.workflow.choices import StatusCategory
from apps.workflow.machines import status_label
from apps.workflow.models import InternalTask, StatefulModel, StatusPolicy, StatusTransition

TONES = {
    StatusCategory.COMPLETED: "success",
    StatusCategory.CANCELLED: "danger",
    StatusCategory.FAILED: "danger",
}


def steps_of(machine: type[StatefulModel], ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """The steps of many records of a machine, in two queries."""
    rows = StatusPolicy.objects.filter(entity_type=machine.entity_type, business_entity=None)
    policies = {(policy.workflow, policy.status): policy for policy in rows}
    return {
        key: [_entry(machine, step, policies.get((step.workflow, step.to_status))) for step in found]
        for key, found in queries.histories(machine.entity_type, ids).items()
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
    )


def tiles(request: HttpRequest) -> list[Tile]:
    """What is late, and the tasks of whoever looks."""
    late = queries.overdue(by=request.user, now=clock.now()).count()
    mine = InternalTask.objects.visible_to(request.user).unfinished().of_user(request.user).count()
    return [
        Tile(
            title=_("Over their deadline"),
            value=late,
            url=reverse("admin:workflow_entitycurrentstatus_changelist") + "?late=yes",
            tone="danger" if late else "success",
            group=_("Work"),
            order=20,
        ),
        Tile(
            title=_("My tasks"),
            value=mine,
            url=reverse("admin:workflow_internaltask_changelist") + "?whose=mine",
            group=_("Work"),
            order=10,
        ),
    ]
