"""Many records of one kind change their status in a few statements: the rules, the rows and the events are those of one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core import clock
from apps.core.bulk import insert_many, update_many
from apps.core.errors import NotFound
from apps.core.prepared import Prepared, any_of, execute
from apps.core.transactions import in_transaction
from apps.events.services import publish_all
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.queries import calendar_of
from apps.workflow.services.steps import (
    STANDING,
    PolicyInForce,
    Step,
    carry_out,
    events_of,
    keep_current_status,
    weigh,
    written_of,
)


@dataclass(frozen=True, kw_only=True)
class Move:
    """One record, as its caller read it, and where it is to go: what `change_status` takes for one."""

    record: StatefulModel
    to_status: str
    reason: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    expected_status: str | None = None


@in_transaction
def change_statuses(moves: Sequence[Move], *, by: User | None) -> list[StatusTransition]:
    """Move many records of one model, each from the status in which the caller read it; gives their steps in the same order.

    Each is weighed and written as `change_status` does it, in about ten statements for all of them together. The rows are
    locked by ascending key and read afresh: `record` of each answer is that one, the callers' own copies stay as they were.
    It is all or nothing: the first that is refused refuses the whole. A record may stand in it once.

    Raises:
        NotFound, Malformed, Conflict, Forbidden, Refused: see `change_status`.
        ValueError: a record stands in it twice, or records of two models do.
    """
    if not moves:
        return []
    fresh = _locked(moves)
    at, policy_in_force, calendars = clock.now(), _asked_once(), cache(calendar_of)
    steps = [
        Step(record=fresh[move.record.pk], to_status=move.to_status, reason=move.reason, context=dict(move.context), by=by, at=at)
        for move in moves
    ]
    weighed = [
        weigh(step, move.record.status, move.expected_status, policy_in_force=policy_in_force)
        for step, move in zip(steps, moves, strict=True)
    ]
    standing = _standing(fresh)
    left = [step.record.status for step in steps]
    _store([(step.record, carry_out(arrow, step)) for step, (arrow, _policy) in zip(steps, weighed, strict=True)])
    transitions = _store_log(
        [
            written_of(step, policy, from_status, standing.get(step.record.pk), calendar_of=calendars)
            for step, (_arrow, policy), from_status in zip(steps, weighed, left, strict=True)
        ]
    )
    publish_all([event for transition in transitions for event in events_of(transition)])
    return transitions


@in_transaction
def record_creations(records: Sequence[StatefulModel], *, by: User | None) -> list[StatusTransition]:
    """Begin the logs of many records that were just made, each as `record_creation` does it. Tells nobody."""
    if not records:
        return []
    at, policy_in_force, calendars = clock.now(), _asked_once(), cache(calendar_of)
    steps = [Step(record=record, to_status=record.status, reason="", context={}, by=by, at=at) for record in records]
    return _store_log(
        [written_of(step, policy_in_force(step.record, step.to_status), None, None, calendar_of=calendars) for step in steps]
    )


def _locked(moves: Sequence[Move]) -> dict[UUID, StatefulModel]:
    model = type(moves[0].record)
    keys = {move.record.pk for move in moves}
    if len(keys) != len(moves) or any(type(move.record) is not model for move in moves):
        raise ValueError(f"{len(moves)} moves of {model.__name__} are not of as many records of it")
    fresh = {record.pk: record for record in _locking(model).rows(list(keys))}
    if len(fresh) != len(keys):
        raise NotFound
    return fresh


def _asked_once() -> PolicyInForce:
    """A policy is locked when it is first asked for, and then holds until the transaction ends."""
    known: dict[tuple[str, str, UUID | None], StatusPolicy | None] = {}

    def policy_in_force(record: StatefulModel, status: str) -> StatusPolicy | None:
        key = (record.workflow_name(), status, record.policy_entity_id())
        if key not in known:
            known[key] = StatusPolicy.objects.in_force(record.entity_type, *key)
        return known[key]

    return policy_in_force


def _standing(fresh: Mapping[UUID, StatefulModel]) -> dict[UUID, EntityCurrentStatus]:
    entity_type = next(iter(fresh.values())).entity_type
    return {row.entity_id: row for row in _STANDING.rows(entity_type, list(fresh))}


@cache
def _locking(model: type[StatefulModel]) -> Prepared[StatefulModel]:
    return Prepared(
        lambda keys: model._base_manager.select_for_update(of=("self",)).filter(pk__in=any_of(keys)).order_by("pk"),
        samples=[[UUID(int=1)]],
    )


_STANDING = Prepared(
    lambda entity_type, keys: (
        EntityCurrentStatus.objects.filter(entity_type=entity_type, entity_id__in=any_of(keys))
        .select_related("last_transition")
        .select_for_update(of=("self",))
        .order_by("entity_id")
    ),
    samples=["-type-", [UUID(int=1)]],
)


def _store(changed: Sequence[tuple[StatefulModel, set[str]]]) -> None:
    """One statement for all that changed the same fields."""
    alike: dict[frozenset[str], list[StatefulModel]] = defaultdict(list)
    for record, names in changed:
        alike[frozenset(names)].append(record)
    for fields, records in alike.items():
        update_many(records, fields)


def _store_log(written: Sequence[tuple[StatusTransition, tuple[Any, ...]]]) -> list[StatusTransition]:
    transitions = [transition for transition, _standing in written]
    insert_many(transitions)
    execute(
        _KEEP_CURRENT_STATUSES, [list(column) for column in zip(*(standing for _transition, standing in written), strict=True)]
    )
    return transitions


_LISTS = ", ".join(f"%s::{of_type}[]" for _name, of_type in STANDING)
_KEEP_CURRENT_STATUSES = keep_current_status(f"SELECT * FROM unnest({_LISTS})")  # noqa: S608 - our own types
