"""What we promised of a ticket: pure arithmetic over its log.

Each promise has one clock, which begins when the ticket comes in and is never begun anew. That of the first answer runs until
we answer. That of the solution stands still while the ticket waits for the customer, and from when it is resolved until it is
opened again. What the tables hold is what this module makes of the log, the hours and the calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.support.choices import SETTLED, PromiseKind, TicketStatus
from apps.workflow.calendars import NOTHING, Calendar
from apps.workflow.sla import Moments, Step, stage_moments


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the clock of one promise has run so far.

    Attributes:
        held: the working time that it stood still.
        paused_at: since when it stands still now.
        met_at: when the promise was kept, or broken for good: we answered, we solved.
        ended_at: when it stopped to count, as nothing is to be answered any more.
    """

    started_at: datetime
    held: timedelta = NOTHING
    paused_at: datetime | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None

    def moments(self, hours: int, calendar: Calendar) -> Moments:
        """When the stages of its deadline are reached, were the clock to run on from here."""
        return stage_moments(self.started_at, timedelta(hours=hours), self.held, calendar)

    def stopped_at(self) -> datetime | None:
        """The moment up to which the clock has run, where it does not run now."""
        return min((at for at in (self.paused_at, self.met_at, self.ended_at) if at is not None), default=None)


def course_of(kind: str, steps: Iterable[Step], *, first_response_at: datetime | None, calendar: Calendar) -> Course:
    """The course of a promise, from the whole log of its ticket, in order."""
    first, *later = steps
    course = Course(started_at=first.at)
    if kind == PromiseKind.FIRST_RESPONSE:
        ended = next((step.at for step in later if step.to_status == TicketStatus.CANCELLED), None)
        return replace(course, met_at=first_response_at, ended_at=None if first_response_at else ended)
    for step in later:
        course = _follow(course, step, calendar)
    return course


def _follow(course: Course, step: Step, calendar: Calendar) -> Course:
    stopped = course.stopped_at()
    if step.to_status == TicketStatus.CANCELLED:
        return replace(course, ended_at=step.at)
    if step.to_status == TicketStatus.PENDING:
        return replace(course, paused_at=step.at)
    if step.to_status in SETTLED:
        return course if course.met_at else replace(course, met_at=step.at)
    held = course.held + (calendar.between(stopped, step.at) if stopped else NOTHING)
    return replace(course, held=held, paused_at=None, met_at=None)


def stricter(*hours: int | None) -> int | None:
    """The least of what is promised by several rules; None where none promises anything."""
    return min((each for each in hours if each is not None), default=None)
