"""The clocks as rows: begun and continued with each change of status."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.records import RecordRef
from apps.workflow import queries
from apps.workflow.calendars import ROUND_THE_CLOCK, Calendar
from apps.workflow.choices import Stage
from apps.workflow.models import EntityCurrentStatus, StatefulModel, StatusPolicy, StatusTransition
from apps.workflow.sla import Moments, Step, Visit, follow, is_past, visit_of

CalendarOf = Callable[[UUID | None], Calendar]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How the clock of a record's current status stands; while it is paused, or without an SLA, it has no moments."""

    since: datetime
    moments: Moments | None = None
    stage: int = Stage.NONE
    is_overdue: bool = False

    @property
    def deadline(self) -> datetime | None:
        return self.moments.deadline if self.moments else None

    @property
    def next_stage_at(self) -> datetime | None:
        return self.moments.after(self.stage) if self.moments else None


def is_late(row: EntityCurrentStatus | None, now: datetime) -> bool:
    """Whether a record is overdue now; the flag follows at the next monitoring."""
    return row is not None and (row.is_overdue or is_past(row.sla_deadline, now))


def clock_of_arrival(
    record: StatefulModel,
    to_status: str,
    *,
    policy: StatusPolicy | None,
    previous: EntityCurrentStatus | None,
    at: datetime,
    calendar_of: CalendarOf,
) -> Clock:
    """The clock of a record that arrives in a status: paused, going on after a pause, or new."""
    if to_status in record.paused_in:
        return Clock(since=at, stage=previous.stage if previous else Stage.NONE, is_overdue=is_late(previous, at))
    hours = policy.sla_hours if policy and record.is_timed else None
    calendar = ROUND_THE_CLOCK if hours is None else calendar_of(record.policy_entity_id())
    left = _paused_visit(record, previous, calendar)
    visit = follow(left, Step(at=at, to_status=to_status), paused_in=record.paused_in, calendar=calendar)
    if visit is None or previous is None or left is None or left.status != to_status:
        new = Visit(status=to_status, since=at)
        return Clock(since=at, moments=new.moments(hours, calendar))
    moments = visit.moments(hours, calendar)
    late = is_late(previous, at) or (moments is not None and is_past(moments.deadline, at))
    return Clock(since=visit.since, moments=moments, stage=previous.stage, is_overdue=late)


def _paused_visit(record: StatefulModel, previous: EntityCurrentStatus | None, calendar: Calendar) -> Visit | None:
    if previous is None or previous.current_status not in record.paused_in:
        return None
    steps = queries.history(RecordRef(entity_type=record.entity_type, entity_id=record.pk))
    return visit_of(steps_of(steps), paused_in=record.paused_in, calendar=calendar)


def steps_of(transitions: Iterable[StatusTransition]) -> Iterator[Step]:
    return (Step(at=transition.occurred_at, to_status=transition.to_status) for transition in transitions)
