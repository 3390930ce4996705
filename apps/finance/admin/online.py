"""Payments at a provider: the account of each company, what customers started, and the payouts that came in on the bank."""

from typing import Any

from django.contrib import admin
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
from apps.finance.choices import OnlineState
from apps.finance.forms import MollieForm
from apps.finance.models import MollieConnection, OnlinePayment, OnlineRefund, ProviderMovement, ProviderSettlement

COLOURS = {
    OnlineState.STARTING: "#6B7280",
    OnlineState.OPEN: "#0EA5E9",
    OnlineState.PENDING: "#F59E0B",
    OnlineState.AUTHORIZED: "#F59E0B",
    OnlineState.PAID: "#10B981",
    OnlineState.FAILED: "#DC2626",
    OnlineState.EXPIRED: "#6B7280",
    OnlineState.CANCELLED: "#6B7280",
}


@admin.register(MollieConnection)
class MollieConnectionAdmin(BaseAdmin):
    """With which account a company takes payments online."""

    form = MollieForm
    empty_list = _("No company takes payments online yet. Add its account at Mollie, and its invoices get a pay link.")
    list_display = ["entity", "kind_of_key", "is_active", "account_name", "enabled", "tested_at"]
    list_select_related = ["business_entity"]
    fields = ["business_entity", "api_key", "is_active", "kind_of_key", "account_name", "enabled", "tested_at"]
    readonly_fields = ["kind_of_key", "account_name", "enabled", "tested_at"]
    buttons = [
        ActionButton(
            services.mollie_connection_test,
            _("Test the connection"),
            subject="connection",
            permission=(Scope.ADMIN_SETTINGS, Scope.FINANCE_PAYMENTS),
            shows="admin/finance/mollie_test.html",
            icon="network_check",
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: MollieConnection | None = None) -> Any:
        """Payments were made with it: the company stays."""
        return ["business_entity", *self.readonly_fields] if obj else self.readonly_fields

    @display(description=_("key"))
    def kind_of_key(self, connection: MollieConnection) -> SafeString | str:
        if not connection.api_key:
            return "–"
        return tone_chip(_("Test"), "warning") if connection.is_test else tone_chip(_("Live"), "success")

    @display(description=_("enabled methods"))
    def enabled(self, connection: MollieConnection) -> str:
        return ", ".join(connection.methods) or "–"

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, connection: MollieConnection) -> SafeString:
        return entity_chip(connection.business_entity)


class MovementsInline(RowsInline):
    model = ProviderMovement
    fields = ["moved_on", "kind", "reference", "money", "settlement_reference", "settlement"]
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("amount"))
    def money(self, movement: ProviderMovement) -> str:
        return euro(movement.amount)


class AskedRefundsInline(RowsInline):
    model = OnlineRefund
    fields = ["created_at", "money", "standing", "provider_id", "last_error"]
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("amount"))
    def money(self, asked: OnlineRefund) -> str:
        return euro(asked.refund.amount)

    @admin.display(description=_("state"))
    def standing(self, asked: OnlineRefund) -> str:
        return asked.refund.get_state_display()


def is_askable(online: OnlinePayment) -> bool:
    return bool(online.provider_id)


def ask_now(*, online_payment: OnlinePayment, by: object) -> OnlinePayment:
    """Have the worker ask after a payment at once."""
    services.online_payment_knock(provider_id=online_payment.provider_id)
    return online_payment


@admin.register(OnlinePayment)
class OnlinePaymentAdmin(ReadOnlyAdmin, BaseAdmin):
    """What customers started to pay online, and what became of it."""

    empty_list = _("No customer has started to pay online yet. Invoices of a company with a Mollie connection have a pay link.")
    list_display = ["started_at", "invoice_link", "money", "standing", "method", "provider_id", "last_error", "entity"]
    list_filter = ["state", "method", "is_test", "business_entity", ("started_at", LocalDaysFilter)]
    list_select_related = ["business_entity", "invoice"]
    search_fields = ["provider_id", "invoice__invoice_number"]
    presets = [
        Preset(label=_("Failed"), query={"state__exact": OnlineState.FAILED}),
        Preset(label=_("Being processed"), query={"state__exact": OnlineState.PENDING}),
    ]
    inlines = [MovementsInline, AskedRefundsInline]
    fields = [
        ("invoice_link", "money", "standing"),
        ("method", "provider_id", "is_test"),
        ("started_at", "expires_at", "paid_at"),
        ("payment_link", "next_check_at", "attempts"),
        ("last_error", "last_error_code", "entity"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            ask_now,
            _("Ask Mollie now"),
            name="ask",
            subject="online_payment",
            offered=is_askable,
            permission=Scope.FINANCE_PAYMENTS,
            done=_("Mollie is asked within a minute."),
            icon="sync",
        ),
    ]

    @display(description=_("invoice"), ordering="invoice__invoice_number")
    def invoice_link(self, online: OnlinePayment) -> SafeString | str:
        return admin_link(online.invoice)

    @display(description=_("payment"))
    def payment_link(self, online: OnlinePayment) -> SafeString | str:
        return admin_link(online.payment)

    @display(description=_("amount"), ordering="amount")
    def money(self, online: OnlinePayment) -> str:
        return euro(online.amount)

    @display(description=_("state"), ordering="state")
    def standing(self, online: OnlinePayment) -> SafeString:
        return status_chip(online.get_state_display(), COLOURS[OnlineState(online.state)])

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, online: OnlinePayment) -> SafeString:
        return entity_chip(online.business_entity)


@admin.register(ProviderSettlement)
class ProviderSettlementAdmin(ReadOnlyAdmin, BaseAdmin):
    """Payouts of payment providers: what customers paid, what was kept, and what came in."""

    empty_list = _("No payout of a payment provider has been matched yet. That is done on the bank line that it came in with.")
    list_display = ["created_at", "reference", "paid_in", "kept", "came_in", "is_active", "entity"]
    list_filter = ["is_active", "business_entity", ("created_at", LocalDaysFilter)]
    list_select_related = ["business_entity"]
    search_fields = ["reference"]
    inlines = [MovementsInline]
    fields = [("reference", "line_link", "is_active"), ("paid_in", "kept", "came_in"), ("created_at", "entity")]
    readonly_fields = [name for row in fields for name in row]

    @display(description=_("bank line"))
    def line_link(self, settlement: ProviderSettlement) -> SafeString | str:
        return admin_link(settlement.bank_transaction)

    @display(description=_("paid by customers"), ordering="gross")
    def paid_in(self, settlement: ProviderSettlement) -> str:
        return euro(settlement.gross)

    @display(description=_("fee"), ordering="fee")
    def kept(self, settlement: ProviderSettlement) -> str:
        return euro(settlement.fee)

    @display(description=_("came in"))
    def came_in(self, settlement: ProviderSettlement) -> str:
        return euro(settlement.net)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, settlement: ProviderSettlement) -> SafeString:
        return entity_chip(settlement.business_entity)
