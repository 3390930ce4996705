from datetime import date

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import BaseAdmin, ExportPage, ReadOnlyAdmin, entity_chip, euro
from apps.core.tables import Column
from apps.finance.models import FinancialSummary

AMOUNTS = (
    "total_revenue",
    "total_costs",
    "total_profit",
    "partner_commission_total",
    "outstanding_amount",
    "average_order_value",
)
COUNTS = ("order_count", "completed_order_count", "invoice_count", "payment_count")


def _column(name: str) -> Column:
    field = FinancialSummary._meta.get_field(name)
    return Column(name=name, label=field.verbose_name, value=lambda summary: getattr(summary, name))


@admin.register(FinancialSummary)
class FinancialSummaryAdmin(ExportPage, ReadOnlyAdmin, BaseAdmin):
    """How each company did, month by month."""

    empty_list = _("No month has been worked out yet. That happens by itself, every day.")
    list_display = ["period", "entity", "revenue", "costs", "profit", "commissions", "open", *COUNTS[:2]]
    list_filter = ["business_entity", "year", "month"]
    list_select_related = ["business_entity"]
    search_fields = ["business_entity__entity_name"]
    export_columns = [
        Column(name="business_entity", label=_("business entity"), value=lambda summary: summary.business_entity.entity_name),
        *(_column(name) for name in ("year", "month", *AMOUNTS, *COUNTS)),
    ]
    export_scopes = (Scope.FINANCE_EXPORT,)
    personal_scope = Scope.FINANCE_EXPORT
    fields = [
        ("period", "entity"),
        ("revenue", "costs", "profit"),
        ("commissions", "open", "average"),
        COUNTS,
        "calculated_at",
    ]
    readonly_fields = [
        "period",
        "entity",
        "revenue",
        "costs",
        "profit",
        "commissions",
        "open",
        "average",
        *COUNTS,
        "calculated_at",
    ]

    @display(description=_("month"), ordering="-year")
    def period(self, summary: FinancialSummary) -> str:
        return date_format(date(summary.year, summary.month, 1), "F Y")

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, summary: FinancialSummary) -> SafeString:
        return entity_chip(summary.business_entity)

    @display(description=_("revenue"), ordering="total_revenue")
    def revenue(self, summary: FinancialSummary) -> str:
        return euro(summary.total_revenue)

    @display(description=_("costs"), ordering="total_costs")
    def costs(self, summary: FinancialSummary) -> str:
        return euro(summary.total_costs)

    @display(description=_("profit"), ordering="total_profit")
    def profit(self, summary: FinancialSummary) -> str:
        return euro(summary.total_profit)

    @display(description=_("commissions"), ordering="partner_commission_total")
    def commissions(self, summary: FinancialSummary) -> str:
        return euro(summary.partner_commission_total)

    @display(description=_("open incl. VAT"), ordering="outstanding_amount")
    def open(self, summary: FinancialSummary) -> str:
        return euro(summary.outstanding_amount)

    @display(description=_("average order"))
    def average(self, summary: FinancialSummary) -> str:
        return euro(summary.average_order_value)
