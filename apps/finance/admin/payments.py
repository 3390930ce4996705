from decimal import Decimal
from typing import Any

from django import forms
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
    LocalDaysFilter,
    Preset,
    ReadOnlyAdmin,
    RowsInline,
    admin_link,
    entity_chip,
    euro,
    status_chip,
    tone_chip,
)
from apps.finance import services
from apps.finance.choices import RefundState
from apps.finance.forms import ReasonForm
from apps.finance.models import Payment, PaymentAllocation, Refund

STATE_COLOURS = {RefundState.TO_PAY: "#F59E0B", RefundState.PAID: "#10B981", RefundState.DROPPED: "#6B7280"}


IBAN_HELP = _("Proposed: the account that it came from. What was paid online goes back the same way when this is empty.")


class RefundForm(forms.Form):
    """How much goes back, and where to."""

    amount = forms.DecimalField(label=_("amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2)
    account_name = forms.CharField(label=_("account name"), max_length=220, required=False)
    iban = forms.CharField(label="IBAN", max_length=50, required=False, help_text=IBAN_HELP)
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)


def first_shown(payment: Payment) -> dict[str, Any]:
    payee = services.payee_of(payment)
    return {"amount": payment.on_account, "account_name": payee.account_name, "iban": payee.iban}


class AllocationsInline(RowsInline):
    model = PaymentAllocation
    fields = ["invoice_link", "paid", "is_active"]
    readonly_fields = fields

    @admin.display(description=_("invoice"))
    def invoice_link(self, allocation: PaymentAllocation) -> SafeString | str:
        return admin_link(allocation.invoice)

    @admin.display(description=_("amount"))
    def paid(self, allocation: PaymentAllocation) -> str:
        return euro(allocation.amount)


class RefundsInline(RowsInline):
    model = Refund
    fields = ["money", "account_name", "iban", "standing", "paid_on"]
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def money(self, refund: Refund) -> str:
        return euro(refund.amount)

    @admin.display(description=_("state"))
    def standing(self, refund: Refund) -> SafeString:
        return _standing(refund)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, BaseAdmin):
    """Money that came in, what it paid, and what goes back of it."""

    empty_list = _("There are no payments yet. They come in on the bank, online, or through the API.")
    list_display = [
        "payment_number",
        "money",
        "free",
        "given_back",
        "payment_date",
        "payment_method",
        "external_reference",
        "entity",
    ]
    list_filter = ["payment_method", "business_entity", ("payment_date", LocalDaysFilter)]
    list_select_related = ["business_entity"]
    search_fields = ["payment_number", "external_reference"]
    inlines = [AllocationsInline, RefundsInline]
    fields = [
        ("payment_number", "payment_date", "business_entity"),
        ("money", "free", "given_back", "taken_back"),
        ("payment_method", "external_reference", "notes"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            services.refund_request,
            _("Ask for a refund"),
            subject="payment",
            offered=lambda payment: payment.on_account > 0,
            permission=(Scope.FINANCE_PAYMENTS, Scope.FINANCE_APPROVE),
            form=RefundForm,
            initial=first_shown,
            done=_("The refund waits for somebody else's approval."),
            leads_to=lambda approval: approval,
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("online_payment")
            .prefetch_related("allocations", "refunds", "online_payment__movements")
        )

    @display(description=_("amount"), ordering="amount")
    def money(self, payment: Payment) -> str:
        return euro(payment.amount)

    @display(description=_("on account"))
    def free(self, payment: Payment) -> str:
        return euro(payment.on_account)

    @display(description=_("taken back by the provider"))
    def taken_back(self, payment: Payment) -> str:
        return euro(payment.withdrawn)

    @display(description=_("refunded"))
    def given_back(self, payment: Payment) -> SafeString | str:
        """Whether all of it went back, or a part, or is on its way."""
        counted = [each for each in payment.refunds.all() if each.counted]
        if not counted:
            return "–"
        if any(each.state == RefundState.TO_PAY for each in counted):
            return tone_chip(_("Refund under way"), "warning")
        return tone_chip(_("Refunded") if payment.refunded == payment.amount else _("Partly refunded"), "info")

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, payment: Payment) -> SafeString:
        return entity_chip(payment.business_entity)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin, BaseAdmin):
    """What goes back to customers, once it was approved."""

    empty_list = _("Nothing goes back to a customer. A refund is asked for on the page of its payment.")
    list_display = ["payment_link", "money", "account_name", "iban", "standing", "paid_on", "entity"]
    list_filter = ["state", "business_entity", ("paid_on", LocalDaysFilter)]
    list_select_related = ["business_entity", "payment"]
    search_fields = ["payment__payment_number", "account_name", "iban"]
    presets = [Preset(label=_("To be paid"), query={"state__exact": RefundState.TO_PAY})]
    fields = [
        ("payment_link", "money", "standing"),
        ("account_name", "iban", "paid_on"),
        ("business_entity", "approval_link", "note"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            services.refund_drop,
            _("Drop"),
            subject="refund",
            offered=lambda refund: refund.state == RefundState.TO_PAY,
            permission=(Scope.FINANCE_PAYMENTS, Scope.FINANCE_APPROVE),
            form=ReasonForm,
            variant="danger",
        )
    ]

    @display(description=_("payment"), ordering="payment__payment_number")
    def payment_link(self, refund: Refund) -> SafeString | str:
        return admin_link(refund.payment)

    @display(description=_("request for approval"))
    def approval_link(self, refund: Refund) -> SafeString | str:
        return admin_link(refund.approval)

    @display(description=_("amount"), ordering="amount")
    def money(self, refund: Refund) -> str:
        return euro(refund.amount)

    @display(description=_("state"), ordering="state")
    def standing(self, refund: Refund) -> SafeString:
        return _standing(refund)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, refund: Refund) -> SafeString:
        return entity_chip(refund.business_entity)


def _standing(refund: Refund) -> SafeString:
    return status_chip(refund.get_state_display(), STATE_COLOURS[RefundState(refund.state)])
