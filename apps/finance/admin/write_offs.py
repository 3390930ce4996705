from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, admin_link, entity_chip, euro
from apps.finance import services
from apps.finance.forms import ReasonForm
from apps.finance.models import WriteOff


@admin.register(WriteOff)
class WriteOffAdmin(ReadOnlyAdmin, BaseAdmin):
    """What was given up of invoices: by two people, or because it was too little to ask for."""

    empty_list = _("Nothing was written off. It is asked for on the page of an invoice; small differences go by themselves.")
    list_display = ["invoice_link", "customer", "money", "written_off_on", "is_small", "is_active", "entity"]
    list_filter = ["is_active", "business_entity", ("written_off_on", LocalDaysFilter)]
    list_select_related = ["business_entity", "invoice__billing_organization", "approval"]
    search_fields = ["invoice__invoice_number", "invoice__billing_organization__name"]
    fields = [
        ("invoice_link", "customer", "money"),
        ("written_off_on", "is_active", "note"),
        ("business_entity", "approval_link"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            services.write_off_undo,
            _("Undo"),
            subject="write_off",
            offered=lambda write_off: write_off.is_active,
            permission=Scope.FINANCE_APPROVE,
            form=ReasonForm,
            confirm=_("The invoice is open again."),
            leads_to=lambda invoice: invoice,
        )
    ]

    @display(description=_("invoice"), ordering="invoice__invoice_number")
    def invoice_link(self, write_off: WriteOff) -> SafeString | str:
        return admin_link(write_off.invoice)

    @display(description=_("billed to"), ordering="invoice__billing_organization__name")
    def customer(self, write_off: WriteOff) -> SafeString | str:
        return admin_link(write_off.invoice.billing_organization)

    @display(description=_("request for approval"))
    def approval_link(self, write_off: WriteOff) -> SafeString | str:
        return admin_link(write_off.approval) if write_off.approval else _("small difference")

    @display(description=_("small difference"), boolean=True)
    def is_small(self, write_off: WriteOff) -> bool:
        return write_off.approval_id is None

    @display(description=_("amount"), ordering="amount")
    def money(self, write_off: WriteOff) -> str:
        return euro(write_off.amount)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, write_off: WriteOff) -> SafeString:
        return entity_chip(write_off.business_entity)
