from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, admin_link, entity_chip
from apps.core.errors import Text
from apps.finance import services
from apps.finance.models import UninvoicedOrder


def try_again(*, uninvoiced: UninvoicedOrder, by: User) -> bool:
    return services.try_to_invoice(order=uninvoiced.order, by=by)


def said(was_invoiced: bool) -> Text:  # noqa: FBT001 - what a service gave
    return _("The order has been invoiced.") if was_invoiced else _("It was tried, and is still refused: see why.")


@admin.register(UninvoicedOrder)
class UninvoicedOrderAdmin(ReadOnlyAdmin, BaseAdmin):
    """Completed orders that could not be invoiced by themselves, and why; gone from here when they are."""

    empty_list = _("No completed order waits for an invoice.")
    list_display = ["order_number", "customer", "reason", "since", "tried_at", "entity"]
    list_display_links = ["order_number"]
    list_filter = ["code", "order__business_entity"]
    list_select_related = ["order__business_entity", "order__customer_organization"]
    search_fields = ["order__order_number", "order__customer_organization__name"]
    fields = ["order_link", "customer", "reason", "since", "tried_at"]
    readonly_fields = fields
    buttons = [
        ActionButton(
            try_again, _("Try again"), subject="uninvoiced", permission=Scope.FINANCE_INVOICES, variant="primary", done=said
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: QuerySet = super().get_queryset(request).waiting()  # type: ignore[attr-defined]  # of the model's own kind
        return rows

    @display(description=_("order"), ordering="order__order_number")
    def order_number(self, row: UninvoicedOrder) -> str:
        return row.order.order_number

    @display(description=_("order"))
    def order_link(self, row: UninvoicedOrder) -> SafeString | str:
        return admin_link(row.order)

    @display(description=_("customer"), ordering="order__customer_organization__name")
    def customer(self, row: UninvoicedOrder) -> str:
        return row.order.customer_organization.name

    @display(description=_("business entity"), ordering="order__business_entity__entity_name")
    def entity(self, row: UninvoicedOrder) -> SafeString:
        return entity_chip(row.order.business_entity)
