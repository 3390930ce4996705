"""The SLA clock: pure arithmetic over the log of one record.

A clock belongs to one visit of a status. A pausing status (on hold) stops it; return to the status that was left goes on
with it, the deadline moved by the working time held; any other status starts a new one. The log, the policy's hours and the
business entity's calendar say everything; what the tables hold is what this module makes of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.workflow.calendars import NOTHING, Calendar
from apps.workflow.choices import Severity, Stage

SEVERITIES = ((timedelta(hours=72), Severity.CRITICAL), (timedelta(hours=24), Severity.WARNING))
ESCALATES_AFTER = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One move of a record: when, and to which status."""

    at: datetime
    to_status: str


@dataclass(frozen=True, kw_only=True)
class Moments:
    """When each stage of a deadline is reached: somebody is reminded, warned, too late, and late beyond a day."""

    reminder_at: datetime
    warning_at: datetime
    deadline: datetime
    escalates_at: datetime

    def stage(self, now: datetime) -> Stage:
        """The last stage that has passed."""
        return Stage(sum(moment < now for moment in self._in_order()))

    def after(self, stage: int) -> datetime | None:
        """When the stage after this one is reached; None after the last."""
        moments = self._in_order()
        return moments[stage] if stage < len(moments) else None

    def _in_order(self) -> tuple[datetime, ...]:
        return self.reminder_at, self.warning_at, self.deadline, self.escalates_at


def stage_moments(start: datetime, allowed: timedelta, held: timedelta, calendar: Calendar) -> Moments:
    """When a clock that began at `start` reaches its stages: 75%, 90% and all of the working time allowed, and a day later.

    Reminders and the escalation come when people are at work; the deadline itself stays where it is, and nothing of it is
    told of later than that.
    """
    deadline = calendar.add(start, held + allowed)
    return Moments(
        reminder_at=min(deadline, calendar.at_work(calendar.add(start, held + allowed * 3 / 4))),
        warning_at=min(deadline, calendar.at_work(calendar.add(start, held + allowed * 9 / 10))),
        deadline=deadline,
        escalates_at=calendar.at_work(deadline + ESCALATES_AFTER),
    )


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in a status, from its beginning through the pauses so far."""

    status: str
    since: datetime
    held: timedelta = NOTHING
    paused_at: datetime | None = None

    def moments(self, sla_hours: int | None, calendar: Calendar) -> Moments | None:
        """When the stay reaches the stages of its deadline, as far as is known now; None without an SLA."""
        if sla_hours is None:
            return None
        return stage_moments(self.since, timedelta(hours=sla_hours), self.held, calendar)


def is_past(deadline: datetime | None, now: datetime) -> bool:
    return deadline is not None and deadline < now


def follow(visit: Visit | None, step: Step, *, paused_in: frozenset[str], calendar: Calendar) -> Visit | None:
    """The visit after one more step. None where a record has been in pausing statuses only."""
    if step.to_status in paused_in:
        return replace(visit, paused_at=visit.paused_at or step.at) if visit else None
    if visit and visit.paused_at and visit.status == step.to_status:
        return replace(visit, held=visit.held + calendar.between(visit.paused_at, step.at), paused_at=None)
    return Visit(status=step.to_status, since=step.at)


def visit_of(steps: Iterable[Step], *, paused_in: frozenset[str], calendar: Calendar) -> Visit | None:
    """The visit that a record's whole log, in order, leads to."""
    visit: Visit | None = None
    for step in steps:
        visit = follow(visit, step, paused_in=paused_in, calendar=calendar)
    return visit


def severity(deadline: datetime | None, now: datetime) -> Severity:
    """How bad it is that this deadline has passed."""
    late = now - deadline if deadline else NOTHING
    return next((found for limit, found in SEVERITIES if late > limit), Severity.INFO)
