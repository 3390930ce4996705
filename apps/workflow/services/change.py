"""The one way in which a status changes: lock, compare, weigh, move, log, tell. Many at once: see `change_many`."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.prepared import Prepared, execute, insert, update
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.queries import calendar_of, find_record
from apps.workflow.registry import registry
from apps.workflow.services.steps import (
    STANDING,
    Step,
    carry_out,
    events_of,
    keep_current_status,
    refuse_unkeepable,
    weigh,
    written_of,
)


@in_transaction
def change_entity_status(
    *,
    entity_type: str,
    entity_id: UUID,
    to_status: str,
    transition_reason: str = "",
    business_context: Mapping[str, Any] | None = None,
    expected_status: str | None = None,
    by: User | None = None,
) -> StatusTransition:
    """Move any record to another status; where the arrow belongs to a business act, have that act do it.

    Raises:
        NotFound: no such record, or not theirs.
        Malformed: the reason or the context cannot be kept.
        Conflict: status_conflict, invalid_status_transition.
        Forbidden, Refused: see `change_status`.
    """
    record = find_record(entity_type, entity_id, by=by, lock=True)
    context = dict(business_context or {})
    act = registry.act_behind(entity_type, record.status, to_status)
    if act:
        return act.service(record=record, context=context, reason=transition_reason, expected_status=expected_status, by=by)
    return _move(record, to_status, transition_reason, context, record.status, expected_status, by)


@in_transaction
def change_status(
    record: StatefulModel,
    to_status: str,
    *,
    reason: str = "",
    context: Mapping[str, Any] | None = None,
    expected_status: str | None = None,
    by: User | None,
) -> StatusTransition:
    """Move a record from the status in which the caller read it to another, along the one arrow that leads there.

    The row is locked and read afresh: `record` of the answer is that one, the caller's own copy stays as it was.

    Raises:
        NotFound: the record is gone.
        Malformed: the reason or the context cannot be kept.
        Conflict: status_conflict when it is in another status than expected or first read; invalid_status_transition when
            no arrow leads there.
        Forbidden: permission_denied.
        Refused: reason_required; guard_failed. Forbidden and Refused both name every reason.
    """
    return _move(_lock(record), to_status, reason, dict(context or {}), record.status, expected_status, by)


def _move(
    fresh: StatefulModel,
    to_status: str,
    reason: str,
    context: dict[str, Any],
    first_read: str,
    expected_status: str | None,
    by: User | None,
) -> StatusTransition:
    """Move a record that was just read and locked."""
    step = Step(record=fresh, to_status=to_status, reason=reason, context=context, by=by, at=clock.now())
    arrow, policy = weigh(step, first_read, expected_status, policy_in_force=_policy_in_force)
    previous = _lock_current_status(fresh)
    from_status = fresh.status
    update(fresh, carry_out(arrow, step))
    transition = _log(step, policy, from_status, previous)
    for event in events_of(transition):
        publish(event)
    return transition


@in_transaction
def record_creation(record: StatefulModel, *, reason: str = "", by: User | None) -> StatusTransition:
    """Begin the log of a record that was just made: its first step, which comes from no status. Tells nobody."""
    refuse_unkeepable(reason, {})
    step = Step(record=record, to_status=record.status, reason=reason, context={}, by=by, at=clock.now())
    return _log(step, _policy_in_force(record, record.status), None, None)


def _lock(record: StatefulModel) -> StatefulModel:
    locked = _locking(type(record)).first(record.pk)
    if locked is None:
        raise NotFound
    return locked


@cache
def _locking(model: type[StatefulModel]) -> Prepared[StatefulModel]:
    return Prepared(
        lambda key: model._base_manager.select_for_update(of=("self",)).filter(pk=key).order_by(), samples=[UUID(int=1)]
    )


def _policy_in_force(record: StatefulModel, status: str) -> StatusPolicy | None:
    return StatusPolicy.objects.in_force(record.entity_type, record.workflow_name(), status, record.policy_entity_id())


def _lock_current_status(record: StatefulModel) -> EntityCurrentStatus | None:
    return _CURRENT_STATUS.first(record.entity_type, record.pk)


_CURRENT_STATUS = Prepared(
    lambda entity_type, key: (
        EntityCurrentStatus.objects.filter(entity_type=entity_type, entity_id=key)
        .select_related("last_transition")
        .select_for_update(of=("self",))
        .order_by()
    ),
    samples=["-type-", UUID(int=1)],
)


def _log(
    step: Step, policy: StatusPolicy | None, from_status: str | None, previous: EntityCurrentStatus | None
) -> StatusTransition:
    transition, standing = written_of(step, policy, from_status, previous, calendar_of=calendar_of)
    insert(transition)
    execute(_KEEP_CURRENT_STATUS, standing)
    return transition


# One row per record, made or moved; nothing of it is worked out anew for each of the many steps of a day.
_KEEP_CURRENT_STATUS = keep_current_status(f"VALUES ({', '.join(['%s'] * len(STANDING))})")
