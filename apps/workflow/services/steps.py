"""What one change of a status asks for and leaves behind: the same for one record and for many."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.actor import Acting, current
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.json import AsGiven
from apps.core.keys import new_key
from apps.events.events import Event
from apps.workflow.events import OverdueEnded, StatusChanged
from apps.workflow.machines import Arrow, arrows_from, status_label
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.models.status import CONTEXT_LENGTH, REASON_LENGTH
from apps.workflow.services.clocks import CalendarOf, Clock, clock_of_arrival, is_late
from apps.workflow.services.options import refuse_unless_open

# The columns of where a record stands, with their types.
STANDING = (
    ("id", "uuid"),
    ("entity_type", "varchar"),
    ("entity_id", "uuid"),
    ("business_entity_id", "uuid"),
    ("workflow", "varchar"),
    ("current_status", "varchar"),
    ("status_since", "timestamptz"),
    ("sla_deadline", "timestamptz"),
    ("reminder_at", "timestamptz"),
    ("warning_at", "timestamptz"),
    ("escalates_at", "timestamptz"),
    ("next_stage_at", "timestamptz"),
    ("stage", "smallint"),
    ("is_overdue", "boolean"),
    ("last_transition_id", "uuid"),
    ("assigned_user_id", "uuid"),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of status on its way."""

    record: StatefulModel
    to_status: str
    reason: str
    context: dict[str, Any]
    by: User | None
    at: datetime


PolicyInForce = Callable[[StatefulModel, str], StatusPolicy | None]


def weigh(
    step: Step, first_read: str, expected_status: str | None, *, policy_in_force: PolicyInForce
) -> tuple[Arrow, StatusPolicy | None]:
    """The arrow along which a locked record goes, and the policy of where it leads.

    Raises:
        Malformed, Conflict, Forbidden, Refused: see `change_status`.
    """
    record = step.record
    refuse_unkeepable(step.reason, step.context)
    _refuse_stale(record, first_read, expected_status)
    arrow = _arrow_to(record, step.to_status)
    policy = policy_in_force(record, step.to_status)
    refuse_unless_open(record, arrow, policy=policy, reason=step.reason, context=step.context, by=step.by)
    return arrow, policy


def refuse_unkeepable(reason: str, context: dict[str, Any]) -> None:
    wrong = []
    if len(reason) > REASON_LENGTH:
        wrong.append(FieldError(pointer="/transition_reason", code="too_long", detail=_("This text is too long.")))
    if context and len(json.dumps(context, cls=AsGiven)) > CONTEXT_LENGTH:
        wrong.append(FieldError(pointer="/business_context", code="too_long", detail=_("This is too much.")))
    if wrong:
        raise Malformed(fields=wrong)


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


def carry_out(arrow: Arrow, step: Step) -> set[str]:
    """Run the transition's method on the record in hand; gives the fields that are to be stored."""
    record = step.record
    before = _columns(record)
    given = {"at": step.at, "by": step.by, "reason": step.reason, "to_status": step.to_status}
    offered = step.context | given
    getattr(record, arrow.name)(**{name: offered[name] for name in arrow.parameters if name in offered})
    if record.status != step.to_status:
        raise RuntimeError(f"{arrow.name} leads to {record.status}, not to {step.to_status}")
    if "version" in before:
        record.version += 1  # type: ignore[attr-defined]  # where the model keeps one
    changed = {name for name, value in _columns(record).items() if value != before[name]}
    _refuse_invalid(record, changed)
    return changed


def _columns(record: StatefulModel) -> dict[str, Any]:
    return {field.name: _kept(getattr(record, field.attname)) for field in record._meta.concrete_fields}


def _kept(value: Any) -> Any:
    """What a method may change in place, such as a JSON value, is compared by how it was written: it must count as changed."""
    return repr(value) if isinstance(value, dict | list) else value


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


def written_of(
    step: Step,
    policy: StatusPolicy | None,
    from_status: str | None,
    previous: EntityCurrentStatus | None,
    *,
    calendar_of: CalendarOf,
) -> tuple[StatusTransition, tuple[Any, ...]]:
    """What a step leaves behind, not stored yet: its row in the log, and the row of where its record stands now (STANDING)."""
    record = step.record
    arrival = clock_of_arrival(record, step.to_status, policy=policy, previous=previous, at=step.at, calendar_of=calendar_of)
    acting = _acting(step.by)
    transition = StatusTransition(
        entity_type=record.entity_type,
        entity_id=record.pk,
        sequence=_next_number(from_status, previous),
        workflow=record.workflow_name(),
        from_status=from_status,
        to_status=step.to_status,
        transition_reason=step.reason,
        business_context=step.context,
        occurred_at=step.at,
        actor_kind=acting.kind,
        actor_id=acting.id,
        actor_label=acting.label[:200],
        triggered_by=step.by,
        request_id=acting.request_id,
        status_since=arrival.since,
        sla_deadline=arrival.deadline,
        left_since=previous.status_since if previous else None,
        left_deadline=previous.sla_deadline if previous else None,
        left_overdue=is_late(previous, step.at),
        is_milestone=bool(policy and policy.milestone),
    )
    transition.record = record
    transition.ends_overdue = transition.left_overdue and not arrival.is_overdue
    return transition, _standing(step, transition, arrival)


def events_of(transition: StatusTransition) -> list[Event]:
    """What a step that was just stored says."""
    told: list[Event] = [
        StatusChanged(
            entity_type=transition.entity_type,
            entity_id=transition.entity_id,
            transition_id=transition.pk,
            sequence=transition.sequence,
            from_status=str(transition.from_status),
            to_status=transition.to_status,
        )
    ]
    if transition.ends_overdue:
        told.append(OverdueEnded(entity_type=transition.entity_type, entity_id=transition.entity_id))
    return told


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


def _standing(step: Step, transition: StatusTransition, arrival: Clock) -> tuple[Any, ...]:
    record, moments = step.record, arrival.moments
    return (
        new_key(),
        record.entity_type,
        record.pk,
        record.policy_entity_id(),
        transition.workflow,
        step.to_status,
        arrival.since,
        arrival.deadline,
        moments.reminder_at if moments else None,
        moments.warning_at if moments else None,
        moments.escalates_at if moments else None,
        arrival.next_stage_at,
        int(arrival.stage),
        arrival.is_overdue,
        transition.pk,
        record.assignee_id(),
    )


def keep_current_status(rows: str) -> str:
    """The statement that writes where records stand, in place of where they stood; `rows` gives them, in the order of STANDING."""
    names = [name for name, _type in STANDING]
    anew = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("id", "entity_type", "entity_id"))
    return (
        f"INSERT INTO entity_current_status ({', '.join(names)}) {rows} ON CONFLICT (entity_type, entity_id) DO UPDATE SET {anew}"
    )
