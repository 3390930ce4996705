"""The SLA clock: pure arithmetic over the log of one record.

A clock belongs to one visit of a status. A pausing status (on hold) stops it; return to the status that was left goes on
with it, the deadline moved by the working time held; any other status starts a new one. The log and the policy's hours
say everything; what the tables hold is what this module makes of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.workflow.choices import Severity

SEVERITIES = ((timedelta(hours=72), Severity.CRITICAL), (timedelta(hours=24), Severity.WARNING))


def add_working_time(start: datetime, amount: timedelta) -> datetime:
    """The moment at which `amount` of working time has passed since `start`. Every hour counts, day and night.

    With `working_time_between` this is the seam for a calendar of business hours. A calendar must keep
    add(add(t, a), b) == add(t, a + b) and between(t, add(t, a)) == a.
    """
    return start + amount


def working_time_between(start: datetime, end: datetime) -> timedelta:
    """The working time that passed from `start` to `end`; none where the moments are the wrong way round."""
    return max(end - start, timedelta())


@dataclass(frozen=True, kw_only=True)
class Step:
    """One move of a record: when, and to which status."""

    at: datetime
    to_status: str


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in a status, from its beginning through the pauses so far."""

    status: str
    since: datetime
    held: timedelta = timedelta()
    paused_at: datetime | None = None

    def deadline(self, sla_hours: int | None) -> datetime | None:
        """When the stay has lasted too long, as far as is known now; None without an SLA."""
        if sla_hours is None:
            return None
        return add_working_time(self.since, timedelta(hours=sla_hours) + self.held)

    def is_overdue(self, sla_hours: int | None, now: datetime) -> bool:
        """Whether the deadline had passed when the clock last ran: now, or when it was paused."""
        return is_past(self.deadline(sla_hours), self.paused_at or now)


def is_past(deadline: datetime | None, now: datetime) -> bool:
    return deadline is not None and deadline < now


def follow(visit: Visit | None, step: Step, *, paused_in: frozenset[str]) -> Visit | None:
    """The visit after one more step. None where a record has been in pausing statuses only."""
    if step.to_status in paused_in:
        return replace(visit, paused_at=visit.paused_at or step.at) if visit else None
    if visit and visit.paused_at and visit.status == step.to_status:
        return replace(visit, held=visit.held + working_time_between(visit.paused_at, step.at), paused_at=None)
    return Visit(status=step.to_status, since=step.at)


def visit_of(steps: Iterable[Step], *, paused_in: frozenset[str]) -> Visit | None:
    """The visit that a record's whole log, in order, leads to."""
    visit: Visit | None = None
    for step in steps:
        visit = follow(visit, step, paused_in=paused_in)
    return visit


def severity(deadline: datetime | None, now: datetime) -> Severity:
    """How bad it is that this deadline has passed."""
    late = now - deadline if deadline else timedelta()
    return next((found for limit, found in SEVERITIES if late > limit), Severity.INFO)
