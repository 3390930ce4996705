"""Figures of the work: orders in, done and given up, how they get on, and what holds them up."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.orders.choices import OPEN_STATUSES, OrderStatus, OrderWorkflow
from apps.orders.models import Order, OrderHold
from apps.reporting.figures.figure import Figure, Good, Unit, Value
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import Measure, Sum, amount, count
from apps.reporting.figures.scopes import Scope
from apps.reporting.models.facts import ENDED_BADLY, STAGES
from apps.workflow.choices import Stage
from apps.workflow.models import EntityCurrentStatus, StatusTransition

SEES_ORDERS, SEES_HOLDS, SEES_CLOCKS = "orders.view_order", "orders.view_orderhold", "workflow.view_entitycurrentstatus"
WORK, HOLDS, PROMISES = _("Orders"), _("Holds"), _("Promised times")
SECONDS_A_DAY, SECONDS_AN_HOUR = 86_400, 3_600
TENTH = Decimal("0.1")
order_figure = partial(Figure, group=WORK, right=SEES_ORDERS)
hold_figure = partial(Figure, group=HOLDS, right=SEES_HOLDS)
promise_figure = partial(Figure, group=PROMISES, right=SEES_CLOCKS)


def per_hundred(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(TENTH) if whole else None


def mean(total: Decimal, number: int, *, per: int = 1, step: Decimal = TENTH) -> Decimal | None:
    return (total / number / per).quantize(step) if number else None


def orders_of(scope: Scope) -> "QuerySet[Any]":
    """The orders that count: not removed, and no test."""
    rows = Order.objects.visible_to(scope.user).kept().filter(is_test=False, business_entity__in=scope.entities)
    return rows.select_related("business_entity", "customer_organization", "partner_organization")


def new_orders(scope: Scope, period: Period) -> "QuerySet[Any]":
    return orders_of(scope).filter(within("created_at", period))


def within(field: str, period: Period) -> Q:
    first, after = period.moments()
    return Q(**{f"{field}__gte": first, f"{field}__lt": after})


def steps_of(scope: Scope, period: Period) -> "QuerySet[Any]":
    """The steps of orders that left a status behind in a period; a hold is no step."""
    taken = StatusTransition.objects.filter(within("occurred_at", period), entity_type=Order.entity_type)
    ours = Exists(orders_of(scope).filter(pk=OuterRef("entity_id")))
    return (
        taken.filter(ours, from_status__isnull=False)
        .exclude(from_status=OrderStatus.ON_HOLD)
        .exclude(to_status=OrderStatus.ON_HOLD)
    )


def holds_of(scope: Scope) -> "QuerySet[Any]":
    rows = OrderHold.objects.visible_to(scope.user).filter(
        order__business_entity__in=scope.entities, order__is_test=False, order__deleted_at__isnull=True
    )
    return rows.select_related("order__business_entity", "order__customer_organization")


def late_of(scope: Scope) -> "QuerySet[Any]":
    """What is in its status for too long; an order that was removed is late for nobody."""
    rows = EntityCurrentStatus.objects.visible_to(scope.user).late(clock.now()).filter(business_entity__in=scope.entities)
    removed = Order.objects.filter(Q(is_test=True) | Q(deleted_at__isnull=False), pk=OuterRef("entity_id"))
    return rows.exclude(Exists(removed), entity_type=Order.entity_type).select_related("business_entity", "assigned_user")


def reached(scope: Scope, period: Period, stage: int) -> "QuerySet[Any]":
    """Orders for an installation that came in in a period and got at least as far as a stage."""
    statuses = [status for later in STAGES[stage:] for status in later]
    been = StatusTransition.objects.filter(entity_type=Order.entity_type, entity_id=OuterRef("pk"), to_status__in=statuses)
    came_so_far = new_orders(scope, period).filter(Exists(been), workflow=OrderWorkflow.INSTALLATION)
    return came_so_far.order_by("-created_at", "-id")


def open_orders(sums: Sequence[Sum]) -> int:
    return count(each for each in sums if each.key.partition("/")[2] in OPEN_STATUSES)


def conversion(name: str, label: Any, meaning: Any, stage: int) -> Figure:
    """How many per cent of the orders that reached a stage got to the next one."""

    def share(sums: Sequence[Sum]) -> Value:
        came = {number: count(each for each in sums if each.key == str(number)) for number in (stage, stage + 1)}
        return per_hundred(came[stage + 1], came[stage])

    return order_figure(
        name=name,
        label=label,
        unit=Unit.PERCENT,
        meaning=meaning,
        measures=(Measure("reached", by_key=True),),
        work_out=share,
        rows=lambda scope, period: reached(scope, period, stage),
        good=Good.UP,
    )


def mean_age(sums: Sequence[Sum]) -> Decimal | None:
    """In days; the totals keep when each hold began."""
    number = count(sums)
    return mean(number * Decimal(clock.now().timestamp()) - amount(sums), number, per=SECONDS_A_DAY)


def how_late(name: str, label: Any, meaning: Any, stage: Stage) -> Figure:
    """What is overdue and has been told of so far."""

    def at_stage(rows: "QuerySet[Any]") -> "QuerySet[Any]":
        return rows.filter(stage=stage) if stage == Stage.ESCALATED else rows.exclude(stage=Stage.ESCALATED)

    return promise_figure(
        name=name,
        label=label,
        unit=Unit.NUMBER,
        meaning=meaning,
        measures=(Measure("late", "now", by_key=True),),
        work_out=lambda sums: count(each for each in sums if each.key.endswith(f"/{stage.code}")),
        rows=lambda scope, period: at_stage(late_of(scope)).order_by("status_since", "id"),
        good=Good.DOWN,
        is_now=True,
    )


ORDER_FIGURES = (
    order_figure(
        name="orders_new",
        label=_("New orders"),
        unit=Unit.NUMBER,
        meaning=_("Orders that came in in the period. Tests and removed orders never count."),
        measures=(Measure("new_orders"),),
        work_out=count,
        rows=lambda scope, period: new_orders(scope, period).order_by("-created_at", "-id"),
        good=Good.UP,
        partner_measure="partner_orders",
    ),
    order_figure(
        name="orders_value",
        label=_("Value of new orders"),
        unit=Unit.EUR,
        meaning=_("What the orders that came in in the period are worth today, excl. VAT."),
        measures=(Measure("new_orders"),),
        work_out=amount,
        rows=lambda scope, period: new_orders(scope, period).order_by("-total_excl_vat", "-id"),
        good=Good.UP,
        column="total_excl_vat",
        partner_measure="partner_orders",
    ),
    order_figure(
        name="orders_average",
        label=_("Average order"),
        unit=Unit.EUR,
        meaning=_("The value of the new orders by their number, excl. VAT."),
        measures=(Measure("new_orders"),),
        work_out=lambda sums: mean(amount(sums), count(sums), step=Decimal("0.01")),
        rows=lambda scope, period: new_orders(scope, period).order_by("-total_excl_vat", "-id"),
        good=Good.UP,
    ),
    order_figure(
        name="orders_completed",
        label=_("Completed orders"),
        unit=Unit.NUMBER,
        meaning=_("Orders that were completed on a day of the period."),
        measures=(Measure("completed_orders"),),
        work_out=count,
        rows=lambda scope, period: (
            orders_of(scope)
            .filter(actual_completion_date__range=(period.first, period.last))
            .order_by("-actual_completion_date", "-id")
        ),
        good=Good.UP,
    ),
    order_figure(
        name="orders_cancelled",
        label=_("Cancelled orders"),
        unit=Unit.NUMBER,
        meaning=_("Orders that were cancelled or rejected in the period."),
        measures=(Measure("cancelled_orders"),),
        work_out=count,
        rows=lambda scope, period: StatusTransition.objects.filter(
            within("occurred_at", period),
            Exists(orders_of(scope).filter(pk=OuterRef("entity_id"))),
            entity_type=Order.entity_type,
            to_status__in=ENDED_BADLY,
        ).order_by("-occurred_at", "-id"),
        good=Good.DOWN,
    ),
    order_figure(
        name="orders_open",
        label=_("Open orders"),
        unit=Unit.NUMBER,
        meaning=_("Orders on which something is still to be done, now."),
        measures=(Measure("orders", "now", by_key=True),),
        work_out=open_orders,
        rows=lambda scope, period: orders_of(scope).filter(status__in=OPEN_STATUSES).order_by("-created_at", "-id"),
        is_now=True,
    ),
    conversion(
        "conversion_intake",
        _("Lead to intake"),
        _("Of the installation orders that came in in the period, how many got to a completed intake or further."),
        0,
    ),
    conversion(
        "conversion_quote",
        _("Intake to quote"),
        _("Of the installation orders of the period with an intake, how many got a quote or further."),
        1,
    ),
    conversion(
        "conversion_approved",
        _("Quote to approval"),
        _("Of the installation orders of the period with a quote, how many the customer approved."),
        2,
    ),
    conversion(
        "conversion_completed",
        _("Approval to completion"),
        _("Of the installation orders of the period that were approved, how many are completed."),
        3,
    ),
)
HOLD_FIGURES = (
    hold_figure(
        name="holds_active",
        label=_("Active holds"),
        unit=Unit.NUMBER,
        meaning=_("Orders that are on hold now."),
        measures=(Measure("active_holds", "now"),),
        work_out=count,
        rows=lambda scope, period: holds_of(scope).filter(is_active=True).order_by("held_at", "id"),
        good=Good.DOWN,
        is_now=True,
    ),
    hold_figure(
        name="holds_overdue",
        label=_("Overdue holds"),
        unit=Unit.NUMBER,
        meaning=_("Orders on hold that were expected to go on before today."),
        measures=(Measure("held_until", "before_today"),),
        work_out=count,
        rows=lambda scope, period: (
            holds_of(scope)
            .filter(is_active=True, estimated_resume_date__lt=clock.today())
            .order_by("estimated_resume_date", "id")
        ),
        good=Good.DOWN,
        is_now=True,
    ),
    hold_figure(
        name="holds_age",
        label=_("Average age of holds"),
        unit=Unit.DAYS,
        meaning=_("For how many days the orders on hold have been held until now, on average."),
        measures=(Measure("active_holds", "now"),),
        work_out=mean_age,
        rows=lambda scope, period: holds_of(scope).filter(is_active=True).order_by("held_at", "id"),
        good=Good.DOWN,
        is_now=True,
    ),
    hold_figure(
        name="holds_created",
        label=_("New holds"),
        unit=Unit.NUMBER,
        meaning=_("Orders that were put on hold in the period."),
        measures=(Measure("new_holds"),),
        work_out=count,
        rows=lambda scope, period: holds_of(scope).filter(within("held_at", period)).order_by("-held_at", "-id"),
        good=Good.DOWN,
    ),
    hold_figure(
        name="holds_resolved",
        label=_("Ended holds"),
        unit=Unit.NUMBER,
        meaning=_("Holds that ended in the period."),
        measures=(Measure("resolved_holds"),),
        work_out=count,
        rows=lambda scope, period: holds_of(scope).filter(within("resolved_at", period)).order_by("-resolved_at", "-id"),
        good=Good.UP,
    ),
    hold_figure(
        name="holds_duration",
        label=_("Average duration of holds"),
        unit=Unit.DAYS,
        meaning=_("How many days the holds lasted that ended in the period, on average."),
        measures=(Measure("resolved_holds"),),
        work_out=lambda sums: mean(amount(sums), count(sums), per=SECONDS_A_DAY),
        rows=lambda scope, period: holds_of(scope).filter(within("resolved_at", period)).order_by("-resolved_at", "-id"),
        good=Good.DOWN,
    ),
)
SLA_FIGURES = (
    promise_figure(
        name="sla_in_time",
        label=_("Steps in time"),
        unit=Unit.PERCENT,
        meaning=_("Of the steps of orders in the period that had a deadline, how many were taken before it."),
        measures=(Measure("steps_in_time"), Measure("steps_late")),
        work_out=lambda in_time, late: per_hundred(count(in_time), count(in_time) + count(late)),
        rows=lambda scope, period: (
            steps_of(scope, period).filter(Q(left_deadline__isnull=False) | Q(left_overdue=True)).order_by("-occurred_at", "-id")
        ),
        good=Good.UP,
    ),
    promise_figure(
        name="sla_late",
        label=_("Late steps"),
        unit=Unit.NUMBER,
        meaning=_("Steps of orders in the period that were taken after their deadline."),
        measures=(Measure("steps_late"),),
        work_out=count,
        rows=lambda scope, period: (
            steps_of(scope, period)
            .filter(Q(left_overdue=True) | Q(left_deadline__lt=F("occurred_at")))
            .order_by("-occurred_at", "-id")
        ),
        good=Good.DOWN,
    ),
    promise_figure(
        name="sla_overdue",
        label=_("Overdue now"),
        unit=Unit.NUMBER,
        meaning=_("Records that have been in their status for longer than was promised, now."),
        measures=(Measure("late", "now"),),
        work_out=count,
        rows=lambda scope, period: late_of(scope).order_by("status_since", "id"),
        good=Good.DOWN,
        is_now=True,
    ),
    how_late(
        "sla_breached",
        _("Overdue for less than a day"),
        _("Records that became overdue and were not escalated yet, now."),
        Stage.BREACHED,
    ),
    how_late(
        "sla_escalated",
        _("Overdue for more than a day"),
        _("Records that were escalated a day after their deadline, now."),
        Stage.ESCALATED,
    ),
    promise_figure(
        name="time_per_status",
        label=_("Average time per status"),
        unit=Unit.HOURS,
        meaning=_("How many hours an order had been in the status that it left in the period, holds included, on average."),
        measures=(Measure("time_in_status"),),
        work_out=lambda sums: mean(amount(sums), count(sums), per=SECONDS_AN_HOUR),
        rows=lambda scope, period: steps_of(scope, period).filter(left_since__isnull=False).order_by("-occurred_at", "-id"),
        good=Good.DOWN,
    ),
)
