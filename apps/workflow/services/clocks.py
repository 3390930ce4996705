"""The clocks as rows: begun and continued with each change, flagged when late, computed anew when a policy changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core import clock
from apps.core.records import RecordRef
from apps.workflow import queries
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.registry import registry
from apps.workflow.sla import Step, Visit, follow, is_past, visit_of

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How the clock of a record's current status stands; while it is paused it has no deadline."""

    since: datetime
    deadline: datetime | None
    is_overdue: bool


def is_late(row: EntityCurrentStatus | None, now: datetime) -> bool:
    """Whether a record is overdue now; the flag follows at the next monitoring."""
    return row is not None and (row.is_overdue or is_past(row.sla_deadline, now))


def clock_of_arrival(
    record: StatefulModel, to_status: str, *, policy: StatusPolicy | None, previous: EntityCurrentStatus | None, at: datetime
) -> Clock:
    """The clock of a record that arrives in a status: paused, going on after a pause, or new."""
    if to_status in record.paused_in:
        return Clock(since=at, deadline=None, is_overdue=is_late(previous, at))
    left = _paused_visit(record, previous)
    visit = follow(left, Step(at=at, to_status=to_status), paused_in=record.paused_in) or Visit(status=to_status, since=at)
    goes_on = left is not None and left.status == to_status
    hours = policy.sla_hours if policy and record.is_timed else None
    return Clock(
        since=visit.since,
        deadline=visit.deadline(hours),
        is_overdue=goes_on and (is_late(previous, at) or visit.is_overdue(hours, at)),
    )


def _paused_visit(record: StatefulModel, previous: EntityCurrentStatus | None) -> Visit | None:
    if previous is None or previous.current_status not in record.paused_in:
        return None
    steps = queries.history(RecordRef(entity_type=record.entity_type, entity_id=record.pk))
    return visit_of(_steps(steps), paused_in=record.paused_in)


def _steps(transitions: Iterable[StatusTransition]) -> Iterator[Step]:
    return (Step(at=transition.occurred_at, to_status=transition.to_status) for transition in transitions)


@transaction.atomic
def mark_overdue(now: datetime) -> int:
    """Flag every running clock whose deadline has passed, in one statement. Says how many were new; safe to repeat."""
    return EntityCurrentStatus.objects.filter(is_overdue=False, sla_deadline__lt=now).update(is_overdue=True)


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
    now = clock.now()
    changed = []
    for row in locked:
        visit = visit_of(_steps(logs[row.entity_id]), paused_in=machine.paused_in)
        if visit is None or visit.status != policy.status:
            continue
        effective = book.find(policy.status, row.business_entity_id)
        hours = effective.sla_hours if effective and records[row.entity_id].is_timed else None
        row.sla_deadline = None if visit.paused_at else visit.deadline(hours)
        row.is_overdue = visit.is_overdue(hours, now)
        changed.append(row)
    EntityCurrentStatus.objects.bulk_update(changed, ["sla_deadline", "is_overdue"])
