"""Clocks worked out anew from the log, because what they run by was changed."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core import clock
from apps.workflow import queries
from apps.workflow.choices import Stage
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy
from apps.workflow.registry import registry
from apps.workflow.services.clocks import steps_of
from apps.workflow.sla import Moments, Visit, visit_of

BATCH = 500
WRITTEN = ("sla_deadline", "reminder_at", "warning_at", "escalates_at", "next_stage_at", "stage", "is_overdue")


@transaction.atomic
def save_policy(policy: StatusPolicy, *, by: User | None) -> StatusPolicy:
    """Keep a policy as staff have arranged it and set the clocks that it governs anew."""
    policy.save()
    recompute_clocks(policy)
    return policy


@transaction.atomic
def recompute_clocks(policy: StatusPolicy) -> int:
    """Compute the running and paused clocks of a policy's status from the log. Says how many rows were looked at.

    This alone may clear an overdue flag: the record is late by the new deadline, or it is not.
    """
    machine = registry.machine(policy.entity_type)
    standing = {policy.status, *machine.paused_in}
    rows = EntityCurrentStatus.objects.filter(
        entity_type=policy.entity_type, workflow=policy.workflow, current_status__in=standing
    )
    if policy.business_entity_id is not None:
        rows = rows.filter(business_entity=policy.business_entity_id)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for batch in _batches(keys):
        _recompute(rows, batch, policy, machine)
    return len(keys)


def _batches(keys: list[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _recompute(rows: Any, keys: list[UUID], policy: StatusPolicy, machine: type[StatefulModel]) -> None:
    # Filtered again with the lock held: a record that has moved on meanwhile keeps the clock it was given.
    locked = list(rows.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",)))
    book = queries.policy_book(policy.entity_type, policy.workflow)
    logs = queries.histories(policy.entity_type, [row.entity_id for row in locked])
    records = machine._base_manager.in_bulk([row.entity_id for row in locked])
    changed = []
    for row in locked:
        calendar = queries.calendar_of(row.business_entity_id)
        visit = visit_of(steps_of(logs[row.entity_id]), paused_in=machine.paused_in, calendar=calendar)
        if visit is None or visit.status != policy.status:
            continue
        effective = book.find(policy.status, row.business_entity_id)
        hours = effective.sla_hours if effective and records[row.entity_id].is_timed else None
        _set(row, visit, visit.moments(hours, calendar))
        changed.append(row)
    EntityCurrentStatus.objects.bulk_update(changed, WRITTEN)


def _set(row: EntityCurrentStatus, visit: Visit, moments: Moments | None) -> None:
    """What lies ahead again is told again, and only a deadline that has passed makes late."""
    seen_at = visit.paused_at or clock.now()
    passed = moments.stage(seen_at) if moments else Stage.NONE
    row.stage = min(row.stage, passed)
    row.is_overdue = passed >= Stage.BREACHED
    row.run(None if visit.paused_at else moments)
