"""How holds stand as a whole: how many and for how long, why, which should end soon, and how the weeks went."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Avg, Count, DateField, DurationField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.functions import TruncWeek

from apps.accounts.models import User
from apps.core import clock
from apps.orders.choices import HoldReason
from apps.orders.models import OrderHold

WEEKS = 8
SOON = timedelta(days=7)
MOST_SHOWN = 100
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ReasonCount:
    """The active holds of one reason; `average_days` is how long they have lasted so far."""

    category: str
    count: int
    average_days: float

    @property
    def label(self) -> str:
        return str(HoldReason(self.category).label)


@dataclass(frozen=True, kw_only=True)
class Week:
    """How many holds began and how many ended in a week, which is named by its Monday."""

    monday: date
    created: int
    resolved: int


@dataclass(frozen=True, kw_only=True)
class HoldsSummary:
    """`late` last longer than was expected; `resuming` should end within a week, the first one first."""

    total: int
    late: int
    average_days: float
    categories: list[ReasonCount]
    resuming: list[OrderHold]
    weeks: list[Week]


def holds_summary(*, by: User, business_entity: UUID | None = None) -> HoldsSummary:
    """What they may see of the holds of orders that are no tests."""
    holds = OrderHold.objects.visible_to(by).filter(order__is_test=False)
    if business_entity is not None:
        holds = holds.filter(order__business_entity=business_entity)
    today, active = clock.today(), holds.active()
    lasting = ExpressionWrapper(Value(clock.now()) - F("held_at"), output_field=DurationField())
    whole = active.aggregate(total=Count("pk"), average=Avg(lasting))
    per_reason = active.values("hold_reason_category").annotate(count=Count("pk"), average=Avg(lasting)).order_by("-count")
    resuming = active.filter(estimated_resume_date__range=(today, today + SOON)).select_related("order__business_entity")
    return HoldsSummary(
        total=whole["total"],
        late=active.late(on=today).count(),
        average_days=_days(whole["average"]),
        categories=[
            ReasonCount(category=row["hold_reason_category"], count=row["count"], average_days=_days(row["average"]))
            for row in per_reason
        ],
        resuming=list(resuming.order_by("estimated_resume_date", "held_at")[:MOST_SHOWN]),
        weeks=_weeks(holds, today),
    )


def _days(lasting: timedelta | None) -> float:
    return round(lasting / DAY, 1) if lasting else 0.0


def _weeks(holds: QuerySet[OrderHold], today: date) -> list[Week]:
    this_monday = today - timedelta(days=today.weekday())
    mondays = [this_monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    created, resolved = (_per_week(holds, moment, mondays[0]) for moment in ("held_at", "resolved_at"))
    return [Week(monday=monday, created=created.get(monday, 0), resolved=resolved.get(monday, 0)) for monday in mondays]


def _per_week(holds: QuerySet[OrderHold], moment: str, first: date) -> dict[date, int]:
    begins, _next_day = clock.day_bounds(first)
    week = TruncWeek(moment, tzinfo=clock.AMSTERDAM, output_field=DateField())
    counted = holds.filter(**{f"{moment}__gte": begins}).annotate(week=week).values("week").order_by("week")
    return dict(counted.annotate(number=Count("pk")).values_list("week", "number"))
