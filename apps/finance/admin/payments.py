from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, RowsInline, admin_link, entity_chip, euro
from apps.finance.models import Payment, PaymentAllocation


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


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, BaseAdmin):
    """Money that came in, and what it paid."""

    empty_list = _("There are no payments yet. They come in on the bank, online, or through the API.")
    list_display = ["payment_number", "money", "free", "payment_date", "payment_method", "external_reference", "entity"]
    list_filter = ["payment_method", "business_entity", ("payment_date", LocalDaysFilter)]
    list_select_related = ["business_entity"]
    search_fields = ["payment_number", "external_reference"]
    inlines = [AllocationsInline]
    fields = [
        "payment_number",
        "money",
        "free",
        "taken_back",
        "payment_date",
        "payment_method",
        "external_reference",
        "notes",
        "business_entity",
    ]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("online_payment")
            .prefetch_related("allocations", "online_payment__movements")
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

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, payment: Payment) -> SafeString:
        return entity_chip(payment.business_entity)
