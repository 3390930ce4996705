"""How many orders come in on which day, and which ways they go."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from apps.core import clock
from apps.orders.choices import FINAL_STATUSES, INITIAL_STATUS, OrderStatus, OrderWorkflow
from apps.orders.models import Order
from apps.organizations.models.number_sequence import YEARS
from apps.workflow.checks.standings import allowed_steps

S = OrderStatus
VARIANTS = 400  # ways per kind of order
WORKING_MINUTES = 570  # of a day, from eight until half past five
GROWTH = 0.35  # a year
OF_WEEKDAY = (1.2, 1.15, 1.1, 1.05, 1.0, 0.3, 0.25)
OF_MONTH = (0.9, 0.95, 1.1, 1.15, 1.1, 1.0, 0.75, 0.7, 1.1, 1.15, 1.1, 0.8)
HOLD_LASTS = 6.0  # working days
HOLDS_RESUMED = 0.8  # the others are cancelled
DAYS_AHEAD = 7  # of a visit that never came

# Per kind of order and status: where it goes next, how often, and after how many working days.
Ways = dict[str, tuple[tuple[str, float, float], ...]]
AFTER_APPROVAL: Ways = {
    S.BOTH_APPROVED: ((S.PLANNING, 0.98, 0.8), (S.CANCELLED, 0.02, 2.0)),
    S.PLANNING: ((S.SCHEDULED, 0.98, 2.0), (S.CANCELLED, 0.02, 4.0)),
    S.SCHEDULED: ((S.IN_PROGRESS, 0.9, 9.0), (S.PLANNING, 0.08, 3.0), (S.CANCELLED, 0.02, 3.0)),
    S.IN_PROGRESS: ((S.COMPLETED, 0.95, 0.5), (S.PLANNING, 0.05, 0.5)),
}
QUOTED: Ways = {
    S.INTAKE_COMPLETED: ((S.QUOTE_DRAFT, 0.97, 0.5), (S.CANCELLED, 0.03, 2.0)),
    S.QUOTE_DRAFT: ((S.QUOTE_READY, 1.0, 0.6),),
    S.QUOTE_READY: ((S.QUOTE_SENT, 0.95, 0.1), (S.QUOTE_DRAFT, 0.05, 0.2)),
    S.CUSTOMER_APPROVED: ((S.BOTH_APPROVED, 0.95, 1.0), (S.QUOTE_DRAFT, 0.02, 1.0), (S.CANCELLED, 0.03, 3.0)),
    S.PARTNER_APPROVED: ((S.BOTH_APPROVED, 0.93, 1.5), (S.CANCELLED, 0.07, 3.0)),
}
SHIPPED: Ways = {
    S.APPROVED: ((S.IN_PRODUCTION, 0.98, 0.3), (S.CANCELLED, 0.02, 0.5)),
    S.IN_PRODUCTION: ((S.READY_FOR_DELIVERY, 0.99, 1.0), (S.CANCELLED, 0.01, 2.0)),
    S.READY_FOR_DELIVERY: ((S.DELIVERED, 1.0, 1.0),),
    S.DELIVERED: ((S.COMPLETED, 1.0, 2.0),),
}
KINDS: dict[str, tuple[OrderWorkflow, Ways]] = {
    "partner": (
        OrderWorkflow.INSTALLATION,
        {
            S.NEW_LEAD: ((S.INTAKE_COMPLETED, 0.97, 0.4), (S.CANCELLED, 0.03, 2.0)),
            **QUOTED,
            S.QUOTE_SENT: (
                *((S.CUSTOMER_APPROVED, 0.64, 4.0), (S.PARTNER_APPROVED, 0.12, 2.0), (S.QUOTE_DRAFT, 0.06, 3.0)),
                (S.CANCELLED, 0.18, 8.0),
            ),
            **AFTER_APPROVAL,
        },
    ),
    "own": (
        OrderWorkflow.INSTALLATION,
        {
            S.NEW_LEAD: ((S.INTAKE_SENT, 0.75, 0.3), (S.INTAKE_COMPLETED, 0.17, 0.5), (S.CANCELLED, 0.08, 2.0)),
            S.INTAKE_SENT: ((S.INTAKE_COMPLETED, 0.82, 2.5), (S.CANCELLED, 0.18, 8.0)),
            **QUOTED,
            S.QUOTE_SENT: ((S.BOTH_APPROVED, 0.62, 4.0), (S.QUOTE_DRAFT, 0.08, 3.0), (S.CANCELLED, 0.3, 8.0)),
            **AFTER_APPROVAL,
        },
    ),
    "wholesale": (
        OrderWorkflow.WHOLESALE,
        {S.NEW: ((S.APPROVED, 0.97, 0.2), (S.CANCELLED, 0.03, 0.5)), **SHIPPED},
    ),
    "wholesale_big": (
        OrderWorkflow.WHOLESALE,
        {
            S.NEW: ((S.PENDING_APPROVAL, 1.0, 0.1),),
            S.PENDING_APPROVAL: ((S.APPROVED, 0.92, 0.8), (S.REJECTED, 0.05, 0.8), (S.CANCELLED, 0.03, 1.0)),
            **SHIPPED,
        },
    ),
}
HELD_AT: dict[str, float] = {S.QUOTE_SENT: 0.03, S.PLANNING: 0.06, S.SCHEDULED: 0.04, S.IN_PROGRESS: 0.02, S.IN_PRODUCTION: 0.04}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to load. `until` is the day that has just ended: all is as it stood at that midnight in Amsterdam."""

    orders: int
    seed: int
    years: int
    until: date

    @property
    def now(self) -> datetime:
        return clock.day_bounds(self.until)[1]

    @property
    def first_day(self) -> date:
        """The first day of the span; before the first year there are no numbers."""
        return max(date(self.until.year - self.years, self.until.month, 1), date(YEARS[0], 1, 1))

    def days(self) -> list[tuple[date, int, int]]:
        """(day, number of its first order, how many) of every day with orders: more each year, fewer in summer."""
        days = [self.first_day + timedelta(days=n) for n in range((self.until - self.first_day).days + 1)]
        weights = [self._weight(day) for day in days]
        ends = [round(self.orders * so_far / sum(weights)) for so_far in accumulate(weights)]
        return [
            (day, start + 1, end - start) for day, (start, end) in zip(days, pairwise([0, *ends]), strict=True) if end > start
        ]

    def _weight(self, day: date) -> float:
        growth = math.exp(GROWTH * (day - self.first_day).days / 365)
        return growth * OF_WEEKDAY[day.weekday()] * OF_MONTH[day.month - 1]


@dataclass(frozen=True, kw_only=True)
class PathStep:
    """One step of a way: how many working minutes after the one before on average, and what it leaves.

    `resumes`: it goes back to where the order was held. `day_of` is the step whose day is the planned one from here on,
    `day_plus` how many days after it.
    """

    from_status: str | None
    to_status: str
    minutes: float = 0.0
    held_from: str = ""
    resumes: bool = False
    day_of: int | None = None
    day_plus: int = 0


def paths(seed: int) -> Iterator[tuple[str, int, int, PathStep]]:
    """(kind, variant, number of the step, step) of ways through each workflow, as often as they happen.

    Raises:
        ValueError: a step that the machine does not have.
    """
    allowed = set(allowed_steps(Order))
    chance = random.Random(seed)  # noqa: S311  # the same orders for the same seed
    for kind, (workflow, ways) in KINDS.items():
        for variant in range(VARIANTS):
            way = _with_days(list(_walk(INITIAL_STATUS[workflow], ways, chance)))
            _refuse_impossible(way, workflow, allowed)
            for number, step in enumerate(way, start=1):
                yield kind, variant, number, step


def _walk(start: OrderStatus, ways: Ways, chance: random.Random) -> Iterator[PathStep]:
    status: str = start
    yield PathStep(from_status=None, to_status=status)
    while status not in FINAL_STATUSES:
        target, _share, days = chance.choices(ways[status], [share for _target, share, _days in ways[status]])[0]
        if chance.random() < HELD_AT.get(status, 0.0):
            yield PathStep(from_status=status, to_status=S.ON_HOLD, minutes=days / 2 * WORKING_MINUTES, held_from=status)
            resumes = chance.random() < HOLDS_RESUMED
            after = status if resumes else S.CANCELLED
            yield PathStep(from_status=S.ON_HOLD, to_status=after, minutes=HOLD_LASTS * WORKING_MINUTES, resumes=resumes)
            if not resumes:
                return
        yield PathStep(from_status=status, to_status=target, minutes=days * WORKING_MINUTES)
        status = target


def _with_days(way: list[PathStep]) -> list[PathStep]:
    """The same way with the day that is planned at each step: that of the visit, once it is scheduled."""
    planned: tuple[int | None, int] = (None, 0)
    dated = []
    for number, step in enumerate(way, start=1):
        if step.to_status == S.PLANNING and not step.resumes:
            planned = (None, 0)
        elif step.to_status == S.SCHEDULED and not step.resumes:
            visits = (place for place, later in enumerate(way, start=1) if place > number and later.to_status == S.IN_PROGRESS)
            visit = next(visits, None)
            planned = (visit, 0) if visit else (number, DAYS_AHEAD)
        dated.append(replace(step, day_of=planned[0], day_plus=planned[1]))
    return dated


def _refuse_impossible(way: list[PathStep], workflow: str, allowed: set[tuple[str, str, str, str | None]]) -> None:
    held_from = ""
    for step in way:
        taken = (workflow, step.from_status or "", step.to_status)
        if not {(*taken, None), (*taken, held_from)} & allowed:
            raise ValueError(f"{workflow} has no step from {step.from_status} to {step.to_status}")
        held_from = step.held_from
