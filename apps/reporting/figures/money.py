"""Figures of money: what the books, the invoices and the payments say."""

from functools import partial
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope as Right
from apps.core import clock
from apps.finance.choices import AccountRole, OnlineState
from apps.finance.models import Invoice, JournalLine, OnlinePayment, PartnerCommission, Payment
from apps.reporting.figures.figure import Figure, Good, Unit
from apps.reporting.figures.orders import within
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import Measure, amount, count
from apps.reporting.figures.scopes import Scope

MONEY = _("Money")
REPORTS = Right.FINANCE_REPORTS.value
REVENUE = (AccountRole.REVENUE.value, AccountRole.CREDITS.value)
COSTS = (AccountRole.COST_OF_GOODS.value, AccountRole.COMMISSION_COST.value)
money_figure = partial(Figure, group=MONEY, right=REPORTS)


def booked(roles: tuple[str, ...], scope: Scope, period: Period) -> "QuerySet[Any]":
    """The lines of the books on accounts that are used for these things; what they are worth is credit less debit."""
    lines = JournalLine.objects.filter(
        entry__business_entity__in=scope.entities,
        entry__entry_date__range=(period.first, period.last),
        account__role__in=roles,
    )
    return (
        lines.select_related("entry__business_entity", "account")
        .annotate(worth=F("credit") - F("debit"))
        .order_by("-entry__entry_date", "-id")
    )


def receivable(scope: Scope) -> "QuerySet[Any]":
    rows = Invoice.objects.visible_to(scope.user).receivable().filter(business_entity__in=scope.entities)
    still_open = F("total_amount") - F("paid_amount") - F("credited_amount") - F("written_off_amount")
    return rows.annotate(open_amount=still_open).select_related("business_entity", "billing_organization")


def invoiced(scope: Scope, period: Period) -> "QuerySet[Any]":
    rows = Invoice.objects.visible_to(scope.user).filter(
        business_entity__in=scope.entities, invoice_number__isnull=False, invoice_date__range=(period.first, period.last)
    )
    return rows.select_related("business_entity", "billing_organization").order_by("-invoice_date", "-id")


MONEY_FIGURES = (
    money_figure(
        name="revenue",
        label=_("Revenue"),
        unit=Unit.EUR,
        meaning=_("What was booked as revenue in the period, less credits and discounts, excl. VAT."),
        measures=(Measure("booked", roles=REVENUE),),
        work_out=amount,
        rows=lambda scope, period: booked(REVENUE, scope, period),
        good=Good.UP,
        column="worth",
    ),
    money_figure(
        name="costs",
        label=_("Costs"),
        unit=Unit.EUR,
        meaning=_("What was booked as cost of goods and of commissions in the period."),
        measures=(Measure("booked", roles=COSTS),),
        work_out=lambda sums: -amount(sums),
        rows=lambda scope, period: booked(COSTS, scope, period).annotate(cost=F("debit") - F("credit")),
        good=Good.DOWN,
        column="cost",
    ),
    money_figure(
        name="profit",
        label=_("Profit"),
        unit=Unit.EUR,
        meaning=_("Revenue less costs of the period."),
        measures=(Measure("booked", roles=REVENUE + COSTS),),
        work_out=amount,
        rows=lambda scope, period: booked(REVENUE + COSTS, scope, period),
        good=Good.UP,
        column="worth",
    ),
    money_figure(
        name="invoiced",
        label=_("Invoiced"),
        unit=Unit.EUR,
        meaning=_("The invoices and credit notes with a date in the period, incl. VAT."),
        measures=(Measure("invoiced"),),
        work_out=amount,
        rows=invoiced,
        good=Good.UP,
        column="total_amount",
    ),
    money_figure(
        name="received",
        label=_("Received"),
        unit=Unit.EUR,
        meaning=_("What was paid to us in the period."),
        measures=(Measure("received"),),
        work_out=amount,
        rows=lambda scope, period: (
            Payment.objects.visible_to(scope.user)
            .filter(business_entity__in=scope.entities, payment_date__range=(period.first, period.last))
            .select_related("business_entity")
            .order_by("-payment_date", "-id")
        ),
        good=Good.UP,
        column="amount",
    ),
    money_figure(
        name="outstanding",
        label=_("Outstanding"),
        unit=Unit.EUR,
        meaning=_("What is still to be paid of invoices, incl. VAT, now."),
        measures=(Measure("open", "any_day"),),
        work_out=amount,
        rows=lambda scope, period: receivable(scope).order_by("due_date", "id"),
        good=Good.DOWN,
        is_now=True,
        column="open_amount",
    ),
    money_figure(
        name="outstanding_overdue",
        label=_("Outstanding and overdue"),
        unit=Unit.EUR,
        meaning=_("What is still to be paid of invoices whose day of payment has passed, incl. VAT, now."),
        measures=(Measure("open", "before_today"),),
        work_out=amount,
        rows=lambda scope, period: receivable(scope).filter(due_date__lt=clock.today()).order_by("due_date", "id"),
        good=Good.DOWN,
        is_now=True,
        column="open_amount",
    ),
    money_figure(
        name="failed_payments",
        label=_("Failed payments"),
        unit=Unit.NUMBER,
        meaning=_("Online payments that were started in the period and failed."),
        measures=(Measure("failed_payments"),),
        work_out=count,
        rows=lambda scope, period: (
            OnlinePayment.objects.visible_to(scope.user)
            .filter(
                within("started_at", period),
                business_entity__in=scope.entities,
                state=OnlineState.FAILED,
                is_test=False,
            )
            .select_related("business_entity", "invoice")
            .order_by("-started_at", "-id")
        ),
        good=Good.DOWN,
    ),
    money_figure(
        name="commissions",
        label=_("Commissions"),
        unit=Unit.EUR,
        meaning=_("What partners earned by the commissions that were worked out in the period, less what was taken back."),
        measures=(Measure("commissions"),),
        work_out=amount,
        rows=lambda scope, period: (
            PartnerCommission.objects.visible_to(scope.user)
            .filter(business_entity__in=scope.entities, calculated_on__range=(period.first, period.last))
            .annotate(earned=F("commission_amount") - F("reversed_amount"))
            .select_related("business_entity", "beneficiary", "order")
            .order_by("-calculated_on", "-id")
        ),
        column="earned",
    ),
)
