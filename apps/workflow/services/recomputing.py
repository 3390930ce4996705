"""Clocks worked out anew from the log, because the hours they run by were changed; the time held is kept.

This alone may clear an overdue flag: the record is late by the new deadline, or it is not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.core import clock
from apps.core.bulk import update_many
from apps.core.transactions import in_transaction
from apps.events.services import publish, publish_all
from apps.workflow import queries
from apps.workflow.choices import Stage
from apps.workflow.events import ClocksOutdated, OverdueEnded
from apps.workflow.models import EntityCurrentStatus, StatusPolicy
from apps.workflow.registry import registry
from apps.workflow.services.clocks import steps_of
from apps.workflow.sla import Moments, Visit, visit_of

BATCH = 500
AT_ONCE = 2_000  # while somebody waits; the rest follows by itself, piece by piece
BEGINNING = UUID(int=0)
WRITTEN = ("sla_deadline", "reminder_at", "warning_at", "escalates_at", "next_stage_at", "stage", "is_overdue")


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Whose clocks a change concerns: those of a business entity, of a status, or of a status in an entity."""

    business_entity_id: UUID | None = None
    entity_type: str = ""
    workflow: str = ""
    status: str = ""
    after: UUID = BEGINNING

    def rows(self) -> Any:
        """The running clocks, and all that are paused: which clock it is that a pause holds up, only the log says."""
        rows = EntityCurrentStatus.objects.filter(pk__gt=self.after)
        if self.business_entity_id is not None:
            rows = rows.filter(business_entity=self.business_entity_id)
        if not self.status:
            return rows.filter(Q(sla_deadline__isnull=False) | _paused())
        here = rows.filter(entity_type=self.entity_type, workflow=self.workflow)
        return here.filter(Q(current_status=self.status) | _paused())

    def concerns(self, visit: Visit) -> bool:
        return not self.status or visit.status == self.status


def of_policy(policy: StatusPolicy) -> Affected:
    return Affected(
        business_entity_id=policy.business_entity_id,
        entity_type=policy.entity_type,
        workflow=policy.workflow,
        status=policy.status,
    )


def _paused() -> Q:
    paused = Q(pk__in=[])
    for entity_type, machine in registry.machines.items():
        paused |= Q(entity_type=entity_type, current_status__in=sorted(machine.paused_in))
    return paused


@in_transaction
def recompute(affected: Affected) -> int:
    """Work out the clocks that a change concerns. Says how many rows were looked at; a large rest comes in its own time."""
    looked_at, rest = _recompute_some(affected)
    if rest is not None:
        publish(
            ClocksOutdated(
                business_entity_id=rest.business_entity_id,
                entity_type=rest.entity_type,
                workflow=rest.workflow,
                status=rest.status,
                after=rest.after,
            )
        )
    return looked_at


def recompute_all(affected: Affected) -> int:
    """The same at once to the end, in transactions of a bounded size; for a command, which nobody waits for."""
    some = in_transaction(_recompute_some)
    total = 0
    rest: Affected | None = affected
    while rest is not None:
        looked_at, rest = some(rest)
        total += looked_at
    return total


def _recompute_some(affected: Affected) -> tuple[int, Affected | None]:
    """How many rows were worked out, and what is left to do."""
    keys = list(affected.rows().order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for batch in _batches(keys):
        _recompute(affected, batch)
    return len(keys), replace(affected, after=keys[-1]) if len(keys) == AT_ONCE else None


def _batches(keys: list[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _recompute(affected: Affected, keys: list[UUID]) -> None:
    # Filtered again with the lock held: a record that has moved on meanwhile keeps the clock it was given.
    locked = affected.rows().filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    of_kind = defaultdict(list)
    for row in locked:
        of_kind[row.entity_type, row.workflow].append(row)
    late = {row.pk for rows in of_kind.values() for row in rows if row.is_overdue}
    changed = [
        row for (entity_type, workflow), rows in of_kind.items() for row in _recomputed(affected, entity_type, workflow, rows)
    ]
    update_many(changed, WRITTEN)
    forgiven = [row for row in changed if row.pk in late and not row.is_overdue]
    publish_all([OverdueEnded(entity_type=row.entity_type, entity_id=row.entity_id) for row in forgiven])


def _recomputed(
    affected: Affected, entity_type: str, workflow: str, rows: list[EntityCurrentStatus]
) -> Iterable[EntityCurrentStatus]:
    machine = registry.machine(entity_type)
    book = queries.policy_book(entity_type, workflow)
    keys = [row.entity_id for row in rows]
    logs, records = queries.histories(entity_type, keys), machine._base_manager.in_bulk(keys)
    calendars = {key: queries.calendar_of(key) for key in {row.business_entity_id for row in rows}}
    for row in rows:
        calendar = calendars[row.business_entity_id]
        visit = visit_of(steps_of(logs[row.entity_id]), paused_in=machine.paused_in, calendar=calendar)
        if visit is not None and affected.concerns(visit):
            policy = book.find(visit.status, row.business_entity_id)
            hours = policy.sla_hours if policy and records[row.entity_id].is_timed else None
            _set(row, visit, visit.moments(hours, calendar))
            yield row


def _set(row: EntityCurrentStatus, visit: Visit, moments: Moments | None) -> None:
    """What lies ahead again is told again, and only a deadline that has passed makes late."""
    passed = moments.stage(visit.paused_at or clock.now()) if moments else Stage.NONE
    row.stage = min(row.stage, passed)
    row.is_overdue = passed >= Stage.BREACHED
    row.run(None if visit.paused_at else moments)
