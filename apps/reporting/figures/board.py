"""What the dashboard shows beside the figures: the same totals by status, company, partner, reason and week, read at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from apps.core import clock
from apps.core.errors import Text
from apps.orders.choices import FINAL_STATUSES, STATUSES, HoldReason, OrderStatus, OrderWorkflow
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Organization
from apps.reporting.figures.figure import Unit, change
from apps.reporting.figures.money import COSTS, REVENUE
from apps.reporting.figures.orders import SECONDS_A_DAY, SECONDS_AN_HOUR, mean, per_hundred
from apps.reporting.figures.periods import ONE_DAY, Period
from apps.reporting.figures.reading import THE_PRESENT, Ask, Sum, amount, by_key, count, read
from apps.reporting.figures.scopes import Scope, entities_of
from apps.workflow.choices import Stage
from apps.workflow.queries import policy_book

WEEKS, RESUMING_DAYS, MOST_PARTNERS = 8, 7, 10
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """The orders that stand in a status now."""

    workflow: str
    status: str
    label: Text
    count: int
    amount: Decimal
    is_final: bool
    url: str


@dataclass(frozen=True, kw_only=True)
class EntityRow:
    """What a company earned in the period, and before."""

    entity: BusinessEntity
    revenue: Decimal
    costs: Decimal
    profit: Decimal
    previous_revenue: Decimal
    change: Decimal | None


@dataclass(frozen=True, kw_only=True)
class PartnerRow:
    """What a partner brought in the period, and before; value excl. VAT."""

    partner: Organization
    orders: int
    value: Decimal
    average: Decimal | None
    previous_orders: int
    change: Decimal | None
    last_order_at: datetime | None
    url: str


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    """The active holds for one reason."""

    category: str
    label: Text
    count: int
    average_days: Decimal | None


@dataclass(frozen=True, kw_only=True)
class WeekRow:
    """The holds of a week, which begins on a Monday."""

    week: date
    created: int
    resolved: int


@dataclass(frozen=True, kw_only=True)
class ClockRow:
    """The steps that left a status in the period: how many were in time, and how long orders had been there."""

    status: str
    label: Text
    steps: int
    in_time: Decimal | None
    average_hours: Decimal | None


@dataclass(frozen=True, kw_only=True)
class LateRow:
    """What is overdue now, of one kind of record."""

    entity_type: str
    breached: int
    escalated: int


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """How many installation orders of the period got at least this far, and which part of those of the stage before."""

    stage: int
    orders: int
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class TrendRow:
    """A stretch of the period: how many orders came in and were completed, and the revenue."""

    period: Period
    new: int
    completed: int
    revenue: Decimal


class Board:
    """All of it for one question; the totals are read when the first part is asked for."""

    def __init__(self, scope: Scope, period: Period, *, today: date | None = None) -> None:
        self.scope, self.period, self.before = scope, period, period.previous()
        self.today = today or clock.today()

    def statuses(self) -> list[StatusRow]:
        found = by_key(self._now("orders"))
        rows = []
        for workflow in OrderWorkflow:
            book = policy_book(Order.entity_type, workflow)
            for status in STATUSES[workflow]:
                sums = found.get(f"{workflow}/{status}", [])
                policy = book.find(status, None)
                rows.append(
                    StatusRow(
                        workflow=workflow.value,
                        status=status.value,
                        label=policy.label if policy else status.label,
                        count=count(sums),
                        amount=amount(sums),
                        is_final=status in FINAL_STATUSES,
                        url=self._orders_url(workflow.value, status.value),
                    )
                )
        return rows

    def entities(self) -> list[EntityRow]:
        """The companies that count, each with its own books."""
        return [self._entity_row(entity) for entity in entities_of(self.scope.user) if entity.pk in self.scope.entities]

    def partners(self) -> list[PartnerRow]:
        """Those that brought most, by value."""
        now, before = (by_key(self._of("partner_orders", period)) for period in (self.period, self.before))
        largest = sorted(now, key=lambda key: (-amount(now[key]), key))[:MOST_PARTNERS]
        partners = self._partners_with_last_order(largest)
        return [self._partner_row(partners[UUID(key)], now[key], before.get(key, [])) for key in largest]

    def holds(self) -> list[HoldRow]:
        found, now = by_key(self._now("active_holds")), Decimal(clock.now().timestamp())
        rows = []
        for category, sums in sorted(found.items(), key=lambda pair: (-count(pair[1]), pair[0])):
            number = count(sums)
            average = mean(number * now - amount(sums), number, per=SECONDS_A_DAY)
            rows.append(HoldRow(category=category, label=HoldReason(category).label, count=number, average_days=average))
        return rows

    def resuming(self) -> int:
        """How many orders on hold are expected to go on in the next days."""
        return count(self._answers[self._resuming])

    def weeks(self) -> list[WeekRow]:
        return [
            WeekRow(week=week.first, created=count(self._answers[new]), resolved=count(self._answers[resolved]))
            for week in self._weeks
            for new, resolved in [_holds_of(week)]
        ]

    def clocks(self) -> list[ClockRow]:
        """The statuses that orders left in the period, the slowest first."""
        in_time, late, times = (by_key(self._of(name, self.period)) for name in ("steps_in_time", "steps_late", "time_in_status"))
        labels = dict(OrderStatus.choices)
        rows = []
        for status in {*in_time, *late, *times}:
            timely, untimely, spent = (count(found.get(status, [])) for found in (in_time, late, times))
            rows.append(
                ClockRow(
                    status=status,
                    label=labels.get(status, status),
                    steps=timely + untimely,
                    in_time=per_hundred(timely, timely + untimely),
                    average_hours=mean(amount(times.get(status, [])), spent, per=SECONDS_AN_HOUR),
                )
            )
        return sorted(rows, key=lambda row: (-(row.average_hours or 0), row.status))

    def late(self) -> list[LateRow]:
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for each in self._now("late"):
            entity_type, _slash, stage = each.key.partition("/")
            found[entity_type][stage] += each.count
        return [
            LateRow(entity_type=name, breached=numbers[Stage.BREACHED.code], escalated=numbers[Stage.ESCALATED.code])
            for name, numbers in sorted(found.items())
        ]

    def trend(self) -> list[TrendRow]:
        """The period day by day; a longer one by weeks or months."""
        answers = read(self.trend_asks(), self.scope.entities)
        return [
            TrendRow(period=each, new=count(answers[new]), completed=count(answers[completed]), revenue=amount(answers[revenue]))
            for each in self.period.stretches()
            for new, completed, revenue in [_trend_of(each)]
        ]

    def funnel(self) -> list[StageRow]:
        found = by_key(self._of("reached", self.period))
        numbers = [count(found.get(str(stage), [])) for stage in range(5)]
        shares = [None, *(per_hundred(there, before) for before, there in pairwise(numbers))]
        return [StageRow(stage=stage, orders=number, share=shares[stage]) for stage, number in enumerate(numbers)]

    def _entity_row(self, entity: BusinessEntity) -> EntityRow:
        own = _of_entity(entity.pk)
        revenue, before = (amount(own(self._booked(REVENUE, period))) for period in (self.period, self.before))
        costs = -amount(own(self._booked(COSTS, self.period)))
        return EntityRow(
            entity=entity,
            revenue=revenue,
            costs=costs,
            profit=revenue - costs,
            previous_revenue=before,
            change=change(revenue, before, unit=Unit.EUR),
        )

    def _partner_row(self, partner: Organization, now: list[Sum], before: list[Sum]) -> PartnerRow:
        query = {"partner": partner.slug or partner.pk, "from": self.period.first, "to": self.period.last}
        return PartnerRow(
            partner=partner,
            orders=count(now),
            value=amount(now),
            average=mean(amount(now), count(now), step=CENT),
            previous_orders=count(before),
            change=change(amount(now), amount(before), unit=Unit.EUR),
            last_order_at=partner.last_order_at,  # type: ignore[attr-defined]  # annotated below
            url=f"{reverse('orders-report')}?{urlencode(query)}",
        )

    def _partners_with_last_order(self, keys: Iterable[str]) -> dict[UUID, Organization]:
        orders = Order.objects.filter(
            partner_organization=OuterRef("pk"), is_test=False, deleted_at=None, business_entity__in=self.scope.entities
        )
        last = Subquery(orders.order_by("-created_at").values("created_at")[:1])
        return Organization.objects.annotate(last_order_at=last).in_bulk([UUID(key) for key in keys])

    def _orders_url(self, workflow: str, status: str) -> str:
        query = {"status__exact": status, "workflow__exact": workflow, "is_test__exact": 0}
        if len(self.scope.entities) == 1:
            query["business_entity__id__exact"] = str(self.scope.entities[0])
        return f"{reverse('admin:orders_order_changelist')}?{urlencode(query)}"

    @cached_property
    def _weeks(self) -> list[Period]:
        monday = self.today - timedelta(days=self.today.weekday())
        starts = (monday - timedelta(weeks=number) for number in reversed(range(WEEKS)))
        return [Period(start, start + timedelta(days=6)) for start in starts]

    @cached_property
    def _resuming(self) -> Ask:
        return Ask("held_until", self.today, self.today + RESUMING_DAYS * ONE_DAY, is_whole=True)

    def trend_asks(self) -> list[Ask]:
        """What `trend` asks of the totals."""
        return [ask for each in self.period.stretches() for ask in _trend_of(each)]

    def asks(self) -> list[Ask]:
        """What all other parts ask of the totals."""
        spans = [(name, self.period) for name in ("steps_in_time", "steps_late", "time_in_status", "reached")]
        spans += [("partner_orders", each) for each in (self.period, self.before)]
        asks = [ask for week in self._weeks for ask in _holds_of(week)]
        asks += [Ask(name, span.first, span.last) for name, span in spans]
        asks += [Ask(name, THE_PRESENT, THE_PRESENT) for name in ("orders", "active_holds", "late")]
        asks += [_books(roles, each) for roles in (REVENUE, COSTS) for each in (self.period, self.before)]
        return [*asks, self._resuming]

    @cached_property
    def _answers(self) -> dict[Ask, list[Sum]]:
        return read(self.asks(), self.scope.entities)

    def _of(self, measure: str, period: Period) -> list[Sum]:
        return self._answers[Ask(measure, period.first, period.last)]

    def _now(self, measure: str) -> list[Sum]:
        return self._answers[Ask(measure, THE_PRESENT, THE_PRESENT)]

    def _booked(self, roles: tuple[str, ...], period: Period) -> list[Sum]:
        return self._answers[_books(roles, period)]


def _trend_of(stretch: Period) -> tuple[Ask, Ask, Ask]:
    new, completed = (Ask(name, stretch.first, stretch.last, is_whole=True) for name in ("new_orders", "completed_orders"))
    return new, completed, _books(REVENUE, stretch)


def _holds_of(week: Period) -> tuple[Ask, Ask]:
    new, resolved = (Ask(name, week.first, week.last, is_whole=True) for name in ("new_holds", "resolved_holds"))
    return new, resolved


def _books(roles: tuple[str, ...], period: Period) -> Ask:
    return Ask("booked", period.first, period.last, ",".join(roles), is_whole=True)


def _of_entity(entity: UUID) -> Callable[[list[Sum]], list[Sum]]:
    return lambda sums: [each for each in sums if each.entity == entity]
