"""The one way in which a status changes: lock, compare, weigh, move, log, tell."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import Acting, current
from apps.core.errors import Conflict, FieldError, Malformed, NotFound
from apps.core.json import AsGiven
from apps.core.keys import new_key
from apps.core.prepared import Prepared, execute, insert, update
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.workflow.events import StatusChanged
from apps.workflow.machines import Arrow, arrows_from, status_label
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.models.status import CONTEXT_LENGTH, REASON_LENGTH
from apps.workflow.queries import find_record
from apps.workflow.registry import registry
from apps.workflow.services.clocks import Clock, clock_of_arrival, is_late
from apps.workflow.services.options import refuse_unless_open


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
    _refuse_unkeepable(reason, context)
    _refuse_stale(fresh, first_read, expected_status)
    arrow = _arrow_to(fresh, to_status)
    policy = _policy_in_force(fresh, to_status)
    refuse_unless_open(fresh, arrow, policy=policy, reason=reason, context=context, by=by)
    move = _Step(record=fresh, to_status=to_status, reason=reason, context=context, by=by, at=clock.now())
    previous = _lock_current_status(fresh)
    from_status = fresh.status
    _apply(arrow, move)
    transition = _log(move, policy, from_status, previous)
    _tell(transition, from_status)
    return transition


@in_transaction
def record_creation(record: StatefulModel, *, reason: str = "", by: User | None) -> StatusTransition:
    """Begin the log of a record that was just made: its first step, which comes from no status. Tells nobody."""
    _refuse_unkeepable(reason, {})
    move = _Step(record=record, to_status=record.status, reason=reason, context={}, by=by, at=clock.now())
    return _log(move, _policy_in_force(record, record.status), None, None)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One change of status on its way."""

    record: StatefulModel
    to_status: str
    reason: str
    context: dict[str, Any]
    by: User | None
    at: datetime


def _refuse_unkeepable(reason: str, context: dict[str, Any]) -> None:
    wrong = []
    if len(reason) > REASON_LENGTH:
        wrong.append(FieldError(pointer="/transition_reason", code="too_long", detail=_("This text is too long.")))
    if context and len(json.dumps(context, cls=AsGiven)) > CONTEXT_LENGTH:
        wrong.append(FieldError(pointer="/business_context", code="too_long", detail=_("This is too much.")))
    if wrong:
        raise Malformed(fields=wrong)


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


def _refuse_stale(fresh: StatefulModel, first_read: str, expected: str | None) -> None:
    if not fresh.status == first_read == (expected or first_read):
        raise Conflict(
            _("The status has changed meanwhile: it is now “%(status)s”.") % {"status": _label(fresh, fresh.status)},
            code="status_conflict",
            current=fresh.status,
            expected=expected or first_read,
        )


def _arrow_to(fresh: StatefulModel, to_status: str) -> Arrow:
    leaving = {arrow.target: arrow for arrow in arrows_from(fresh)}
    if to_status not in leaving:
        raise Conflict(
            _("“%(requested)s” cannot follow “%(current)s”.")
            % {"requested": _label(fresh, to_status), "current": _label(fresh, fresh.status)},
            code="invalid_status_transition",
            current=fresh.status,
            requested=to_status,
            allowed=list(leaving),
        )
    return leaving[to_status]


def _label(record: StatefulModel, status: str) -> str:
    return str(status_label(type(record), status))


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


def _apply(arrow: Arrow, move: _Step) -> None:
    """Run the transition's method and save the columns it changed."""
    record = move.record
    before = _columns(record)
    given = {"at": move.at, "by": move.by, "reason": move.reason, "to_status": move.to_status}
    offered = move.context | given
    getattr(record, arrow.name)(**{name: offered[name] for name in arrow.parameters if name in offered})
    if record.status != move.to_status:
        raise RuntimeError(f"{arrow.name} leads to {record.status}, not to {move.to_status}")
    if "version" in before:
        record.version += 1  # type: ignore[attr-defined]  # where the model keeps one
    changed = {name for name, value in _columns(record).items() if value != before[name]}
    _refuse_invalid(record, changed)
    update(record, changed)


def _columns(record: StatefulModel) -> dict[str, Any]:
    return {field.name: _kept(getattr(record, field.attname)) for field in record._meta.concrete_fields}


def _kept(value: Any) -> Any:
    """A copy of what a method may change in place, such as a JSON value: it must count as changed."""
    return copy.deepcopy(value) if isinstance(value, dict | list) else value


def _refuse_invalid(record: StatefulModel, changed: set[str]) -> None:
    """What a context brought into the row must fit its columns; a wrong value is the caller's, not the database's."""
    unchanged = {field.name for field in record._meta.concrete_fields} - changed
    try:
        record.clean_fields(exclude=unchanged | {"status"})
    except ValidationError as invalid:
        fields = [
            FieldError(pointer=f"/business_context/{name}", code=error.code or "invalid", detail=" ".join(error.messages))
            for name, errors in invalid.error_dict.items()
            for error in errors
        ]
        raise Malformed(fields=fields) from invalid


def _log(
    move: _Step, policy: StatusPolicy | None, from_status: str | None, previous: EntityCurrentStatus | None
) -> StatusTransition:
    record = move.record
    arrival = clock_of_arrival(record, move.to_status, policy=policy, previous=previous, at=move.at)
    acting = _acting(move.by)
    transition = insert(
        StatusTransition(
            entity_type=record.entity_type,
            entity_id=record.pk,
            sequence=_next_number(from_status, previous),
            workflow=record.workflow_name(),
            from_status=from_status,
            to_status=move.to_status,
            transition_reason=move.reason,
            business_context=move.context,
            occurred_at=move.at,
            actor_kind=acting.kind,
            actor_id=acting.id,
            actor_label=acting.label[:200],
            triggered_by=move.by,
            request_id=acting.request_id,
            status_since=arrival.since,
            sla_deadline=arrival.deadline,
            left_since=previous.status_since if previous else None,
            left_deadline=previous.sla_deadline if previous else None,
            left_overdue=is_late(previous, move.at),
            is_milestone=bool(policy and policy.milestone),
        )
    )
    transition.record = record
    _keep_current_status(move, transition, arrival)
    return transition


def _tell(transition: StatusTransition, from_status: str) -> None:
    publish(
        StatusChanged(
            entity_type=transition.entity_type,
            entity_id=transition.entity_id,
            transition_id=transition.pk,
            sequence=transition.sequence,
            from_status=from_status,
            to_status=transition.to_status,
        )
    )


def _next_number(from_status: str | None, previous: EntityCurrentStatus | None) -> int:
    if from_status is None:
        return 1
    # A record that came in past the engine has no log; number 1 stays free for the creation it lacks.
    return previous.last_transition.sequence + 1 if previous else 2


def _acting(by: User | None) -> Acting:
    """Who the log names: the actor of the door, or the user alone where code acts for one."""
    acting = current()
    if by is None or acting.kind not in {"system", "task"}:
        return acting
    return replace(acting, kind="user", id=str(by.pk), label=str(by))


# One row per record, made or moved; nothing of it is worked out anew for each of the many steps of a day.
_KEEP_CURRENT_STATUS = """
    INSERT INTO entity_current_status (
        id, entity_type, entity_id, business_entity_id, workflow, current_status, status_since, sla_deadline, is_overdue,
        last_transition_id, assigned_user_id
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (entity_type, entity_id) DO UPDATE SET
        business_entity_id = excluded.business_entity_id,
        workflow = excluded.workflow,
        current_status = excluded.current_status,
        status_since = excluded.status_since,
        sla_deadline = excluded.sla_deadline,
        is_overdue = excluded.is_overdue,
        last_transition_id = excluded.last_transition_id,
        assigned_user_id = excluded.assigned_user_id
"""


def _keep_current_status(move: _Step, transition: StatusTransition, arrival: Clock) -> None:
    record = move.record
    values = (
        new_key(),
        record.entity_type,
        record.pk,
        record.policy_entity_id(),
        transition.workflow,
        move.to_status,
        arrival.since,
        arrival.deadline,
        arrival.is_overdue,
        transition.pk,
        record.assignee_id(),
    )
    execute(_KEEP_CURRENT_STATUS, values)
