from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import (
    ActionButton,
    BaseAdmin,
    ExportPage,
    LocalDaysFilter,
    Preset,
    ReadOnlyAdmin,
    admin_link,
    entity_chip,
    euro,
    status_chip,
)
from apps.core.tables import Column
from apps.finance import services
from apps.finance.choices import CommissionMethod, CommissionStatus
from apps.finance.forms import ReasonForm
from apps.finance.models import CommissionRule, PartnerCommission

STATUS_COLOURS = {
    CommissionStatus.PENDING: "#F59E0B",
    CommissionStatus.APPROVED: "#2563EB",
    CommissionStatus.PAID: "#10B981",
    CommissionStatus.REJECTED: "#6B7280",
    CommissionStatus.REVERSED: "#7C3AED",
}


class DueFilter(admin.SimpleListFilter):
    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Due: approved, and paid by the customer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.due() if self.value() == "yes" else queryset


def is_pending(commission: PartnerCommission) -> bool:
    return commission.status == CommissionStatus.PENDING


@admin.register(CommissionRule)
class CommissionRuleAdmin(BaseAdmin):
    """What partners get for the orders that they bring, by their place in the channel."""

    empty_list = _("Nothing has been agreed yet. The commission rate on a partner's own page holds without an agreement.")
    list_display = [
        "organization",
        "level",
        "method",
        "how_much",
        "most",
        "valid_from",
        "valid_until",
        "business_entity",
        "is_active",
    ]
    list_filter = ["method", "level", "is_active", "business_entity"]
    list_select_related = ["organization", "business_entity"]
    search_fields = ["organization__name"]
    fieldsets = [
        (None, {"fields": ["organization", "level", "business_entity", ("valid_from", "valid_until"), "is_active"]}),
        (_("How much"), {"fields": ["method", "rate", "fixed_amount", "tiers", "max_per_order", "auto_approve_below"]}),
    ]

    @display(description=_("how much"))
    def how_much(self, rule: CommissionRule) -> str:
        if rule.method == CommissionMethod.FIXED:
            return euro(rule.fixed_amount)
        if rule.method == CommissionMethod.TIERED:
            return ", ".join(f"{tier['from_orders']}+: {tier['rate']}%" for tier in rule.tiers)
        return f"{rule.rate}%"

    @display(description=_("at most per order"))
    def most(self, rule: CommissionRule) -> str:
        return euro(rule.max_per_order)


COLUMNS = [
    Column(name="order", label=_("order"), value=lambda each: each.order.order_number),
    Column(name="invoice", label=_("invoice"), value=lambda each: each.invoice.invoice_number),
    Column(name="beneficiary", label=_("received by"), value=lambda each: each.beneficiary.name),
    Column(name="level", label=_("level"), value=lambda each: each.commission_level),
    Column(name="status", label=_("status"), value=lambda each: each.get_status_display()),
    Column(name="calculated_on", label=_("calculated on"), value=lambda each: each.calculated_on),
    Column(name="base", label=_("invoiced excl. VAT"), value=lambda each: each.base_amount),
    Column(name="rate", label=_("rate (%)"), value=lambda each: each.commission_rate),
    Column(name="commission", label=_("commission"), value=lambda each: each.commission_amount),
    Column(name="reversed", label=_("taken back"), value=lambda each: each.reversed_amount),
    Column(name="paid", label=_("paid out"), value=lambda each: each.paid_amount),
    Column(name="formula", label=_("how it was worked out"), value=services.explain),
]


@admin.register(PartnerCommission)
class PartnerCommissionAdmin(ExportPage, ReadOnlyAdmin):
    """What partners earned, invoice by invoice; worked out by itself, approved or rejected here."""

    empty_list = _("Nobody earned a commission yet. They are worked out when the invoice of a completed order is approved.")
    list_display = ["name", "partner", "order_link", "standing", "amount", "left", "calculated_on", "entity"]
    list_filter = ["status", DueFilter, "commission_level", "business_entity", ("calculated_on", LocalDaysFilter)]
    list_select_related = ["business_entity", "order", "invoice", "beneficiary"]
    search_fields = ["invoice__invoice_number", "order__order_number", "beneficiary__name"]
    continues_by = "created_at"
    presets = [
        Preset(label=_("Waiting for approval"), query={"status__exact": CommissionStatus.PENDING}),
        Preset(label=_("Due"), query={"due": "yes"}),
    ]
    export_columns = COLUMNS
    export_scopes = (Scope.FINANCE_EXPORT,)
    personal_scope = Scope.FINANCE_EXPORT
    fields = [
        ("partner", "commission_level", "standing"),
        ("order_link", "invoice_link", "due"),
        "formula",
        ("base", "amount", "reversed", "paid", "left"),
        ("agreed_with", "rule", "calculated_on"),
        ("approved_by", "approved_at", "payment_date"),
    ]
    readonly_fields = [name for row in fields for name in ([row] if isinstance(row, str) else row)]
    buttons = [
        ActionButton(
            services.approve_commission,
            _("Approve"),
            subject="commission",
            offered=is_pending,
            permission=Scope.FINANCE_APPROVE,
            variant="primary",
        ),
        ActionButton(
            services.reject_commission,
            _("Reject"),
            subject="commission",
            offered=is_pending,
            permission=Scope.FINANCE_APPROVE,
            form=ReasonForm,
            variant="danger",
        ),
    ]

    @display(description=_("invoice"), ordering="invoice__invoice_number")
    def name(self, commission: PartnerCommission) -> str:
        return str(commission.invoice)

    @display(description=_("received by"), ordering="beneficiary__name")
    def partner(self, commission: PartnerCommission) -> SafeString | str:
        return admin_link(commission.beneficiary)

    @display(description=_("order"), ordering="order__order_number")
    def order_link(self, commission: PartnerCommission) -> SafeString | str:
        return admin_link(commission.order)

    @display(description=_("invoice"))
    def invoice_link(self, commission: PartnerCommission) -> SafeString | str:
        return admin_link(commission.invoice)

    @display(description=_("status"), ordering="status")
    def standing(self, commission: PartnerCommission) -> SafeString:
        return status_chip(commission.get_status_display(), STATUS_COLOURS[CommissionStatus(commission.status)])

    @display(description=_("paid by the customer"), boolean=True)
    def due(self, commission: PartnerCommission) -> bool:
        return commission.invoice.is_paid_by_customer

    @display(description=_("how it was worked out"))
    def formula(self, commission: PartnerCommission) -> str:
        return services.explain(commission)

    @display(description=_("invoiced excl. VAT"))
    def base(self, commission: PartnerCommission) -> str:
        return euro(commission.base_amount)

    @display(description=_("commission"), ordering="commission_amount")
    def amount(self, commission: PartnerCommission) -> str:
        return euro(commission.commission_amount)

    @display(description=_("taken back"))
    def reversed(self, commission: PartnerCommission) -> str:
        return euro(commission.reversed_amount)

    @display(description=_("paid out"))
    def paid(self, commission: PartnerCommission) -> str:
        return euro(commission.paid_amount)

    @display(description=_("to be paid out"))
    def left(self, commission: PartnerCommission) -> str:
        return euro(commission.payable_amount - commission.paid_amount)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, commission: PartnerCommission) -> SafeString:
        return entity_chip(commission.business_entity)
