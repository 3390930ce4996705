from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.admin import (
    ActionButton,
    ActionForm,
    BaseAdmin,
    BulkAct,
    BulkPage,
    LocalDaysFilter,
    ReadOnlyAdmin,
    RowsInline,
    admin_link,
    entity_chip,
    euro,
    status_chip,
)
from apps.core.contributions import contributions
from apps.core.downloads import as_download
from apps.core.errors import Conflict, Text
from apps.core.records import RecordRef
from apps.files.services import read_attachment
from apps.finance import services
from apps.finance.admin.numbers import NumbersPages
from apps.finance.admin.parts import PartsPages
from apps.finance.admin.words import percent, plain
from apps.finance.choices import COLLECTIBLE, RECEIVABLE, STATUS_COLOURS, InvoiceStatus
from apps.finance.forms import ReasonForm
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax, PaymentAllocation, WriteOff
from apps.finance.queries import contacts_of_payer
from apps.organizations.models import Contact

PAPERS = {"pdf": "PDF", "ubl": "UBL"}


class ReferenceForm(forms.Form):
    customer_reference = forms.CharField(
        label=_("customer's reference"), max_length=100, required=False, help_text=_("The customer's own order number.")
    )


class SendForm(ActionForm):
    """Who gets it: the invoice's own contact, or another one of the customer."""

    recipient_contact = forms.ModelChoiceField(label=_("to"), queryset=Contact.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient_contact"].queryset = contacts_of_payer(self.record)


def is_draft(invoice: Invoice) -> bool:
    return invoice.status == InvoiceStatus.DRAFT


def is_numbered(invoice: Invoice) -> bool:
    return invoice.invoice_number is not None


def is_creditable(invoice: Invoice) -> bool:
    return not invoice.is_credit_note and invoice.status in (*RECEIVABLE, InvoiceStatus.PAID)


def is_collected(invoice: Invoice) -> bool:
    return invoice.status in COLLECTIBLE and invoice.balance > 0


def is_open(invoice: Invoice) -> bool:
    return invoice.status in RECEIVABLE and invoice.balance > 0


def is_paused(invoice: Invoice) -> bool:
    return invoice.collection_pauses.in_force(clock.today()).exists()


def is_payable_online(invoice: Invoice) -> bool:
    return invoice.status in RECEIVABLE and bool(services.pay_link(invoice))


class PauseForm(forms.Form):
    until = forms.DateField(label=_("up to and including"))
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)


class LinesInline(RowsInline):
    model = InvoiceLine
    fk_name = "invoice"
    fields = ["description", "number", "price", "vat", "vat_reason", "amount"]
    readonly_fields = fields

    @admin.display(description=_("quantity"))
    def number(self, line: InvoiceLine) -> str:
        return plain(line.quantity)

    @admin.display(description=_("unit price"))
    def price(self, line: InvoiceLine) -> str:
        return euro(line.unit_price)

    @admin.display(description=_("VAT"))
    def vat(self, line: InvoiceLine) -> str:
        return percent(line.vat_rate)

    @admin.display(description=_("total excl. VAT"))
    def amount(self, line: InvoiceLine) -> str:
        return euro(line.total)


class TaxesInline(RowsInline):
    model = InvoiceTax
    fields = ["vat_category", "rate", "over", "vat"]
    readonly_fields = fields

    @admin.display(description=_("VAT rate"))
    def rate(self, tax: InvoiceTax) -> str:
        return percent(tax.vat_rate)

    @admin.display(description=_("over"))
    def over(self, tax: InvoiceTax) -> str:
        return euro(tax.taxable)

    @admin.display(description=_("amount"))
    def vat(self, tax: InvoiceTax) -> str:
        return euro(tax.amount)


class PaidInline(RowsInline):
    model = PaymentAllocation
    fields = ["payment", "paid", "is_active"]
    readonly_fields = fields
    verbose_name_plural = _("payments")

    @admin.display(description=_("amount"))
    def paid(self, allocation: PaymentAllocation) -> str:
        return euro(allocation.amount)


class WriteOffsInline(RowsInline):
    model = WriteOff
    fields = ["money", "written_off_on", "is_active", "note"]
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def money(self, write_off: WriteOff) -> str:
        return euro(write_off.amount)


def not_approvable(invoice: Invoice) -> Text:
    return "" if is_draft(invoice) else _("This invoice has been approved already, or was cancelled.")


BULK_ACTS = (
    BulkAct(
        services.approve_invoice,
        _("Approve"),
        subject="invoice",
        name="approve",
        permission=Scope.FINANCE_APPROVE,
        refusal=not_approvable,
    ),
    BulkAct(
        services.send_invoice,
        _("Send"),
        subject="invoice",
        name="send",
        permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
        refusal=lambda invoice: "" if is_numbered(invoice) else _("A draft is not sent: it is approved first."),
    ),
)


@admin.register(Invoice)
class InvoiceAdmin(NumbersPages, PartsPages, BulkPage, ReadOnlyAdmin, BaseAdmin):
    """Invoices and credit notes; a draft is approved, dropped or looked at, and what has a number never changes."""

    class Media:
        js = ["finance/copy.js"]

    empty_list = _("There are no invoices yet. A completed order is invoiced by itself; any other from its page.")
    list_display = ["number", "customer", "order_link", "standing", "total", "open", "due_date", "entity"]
    list_filter = ["status", "invoice_type", "business_entity", ("invoice_date", LocalDaysFilter)]
    list_select_related = ["business_entity", "order", "billing_organization"]
    search_fields = ["invoice_number", "order__order_number", "billing_organization__name"]
    continues_by = "created_at"
    bulk_acts = BULK_ACTS
    inlines = [LinesInline, TaxesInline, PaidInline, WriteOffsInline]
    fields = [
        ("number", "invoice_type", "standing"),
        ("customer", "billing_contact", "order_link"),
        ("invoice_date", "delivery_date", "due_date"),
        ("subtotal", "vat", "total"),
        ("paid", "credited", "written_off", "open"),
        ("payment_reference", "credited_link", "reason"),
        ("customer_reference", "online_link"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            services.approve_invoice,
            _("Approve"),
            subject="invoice",
            offered=is_draft,
            permission=Scope.FINANCE_APPROVE,
            variant="primary",
            confirm=_("It takes its number, is booked and never changes again."),
        ),
        ActionButton(
            services.set_customer_reference,
            _("Customer's reference"),
            subject="invoice",
            offered=is_draft,
            permission=Scope.FINANCE_INVOICES,
            form=ReferenceForm,
            initial=lambda invoice: {"customer_reference": invoice.customer_reference},
        ),
        ActionButton(
            services.cancel_draft,
            _("Drop the draft"),
            subject="invoice",
            offered=is_draft,
            permission=Scope.FINANCE_INVOICES,
            form=ReasonForm,
        ),
        ActionButton(
            services.send_invoice,
            _("Send"),
            subject="invoice",
            offered=is_numbered,
            permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
            form=SendForm,
            initial=lambda invoice: {"recipient_contact": invoice.billing_contact},
            confirm=_("The PDF goes by mail, with the e-invoice in it."),
            done=_("The invoice is on its way."),
        ),
        ActionButton(
            services.pause_collection,
            _("Pause collection"),
            subject="invoice",
            offered=is_collected,
            permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
            form=PauseForm,
            confirm=_("Until that day no letter goes out about it."),
        ),
        ActionButton(
            services.resume_collection,
            _("Resume collection"),
            subject="invoice",
            offered=is_paused,
            permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
        ),
        ActionButton(
            services.renew_pay_link,
            _("New pay link"),
            subject="invoice",
            offered=is_payable_online,
            permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
            confirm=_("The link that the customer has stops working. Send the invoice again, or give the new link yourself."),
            done=_("The invoice has a new pay link."),
        ),
        ActionButton(
            services.write_off_request,
            _("Ask for a write-off"),
            subject="invoice",
            offered=is_open,
            permission=(Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE),
            form=ReasonForm,
            confirm=_("All that is open of it is given up, once somebody else has approved it."),
            done=_("The write-off waits for somebody else's approval."),
            leads_to=lambda approval: approval,
        ),
        ActionButton(
            services.invoice_credit,
            _("Credit all"),
            subject="invoice",
            offered=is_creditable,
            permission=Scope.FINANCE_CREDIT,
            form=ReasonForm,
            confirm=_("A credit note of all that is left of it; what was paid is free on account again."),
            leads_to=lambda note: note,
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        papers = [
            path(
                f"<path:object_id>/{kind}/",
                self.admin_site.admin_view(partial(self.paper_view, kind=kind)),
                name=f"invoice_{kind}",
            )
            for kind in PAPERS
        ]
        return [*papers, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        invoice = context.get("original")
        if invoice is not None:
            context["panels"] = contributions.panels_of(Invoice.entity_type, invoice, user=request.user)
            context["record_links"] = self.links_of(invoice, request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def links_of(self, invoice: Invoice, user: Any) -> list[tuple[Text, str]]:
        """What else leads on from an invoice: (words, address)."""
        links: list[tuple[Text, str]] = []
        if is_creditable(invoice) and user.has_scope(Scope.FINANCE_CREDIT, Scope.FINANCE_APPROVE):
            links.append((_("Credit lines"), reverse("admin:invoice_credit_lines", args=[invoice.pk])))
        if is_numbered(invoice):
            links += [(words, reverse(f"admin:invoice_{kind}", args=[invoice.pk])) for kind, words in PAPERS.items()]
        return links

    def paper_view(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
        """A paper of the invoice, to save."""
        invoice = self._record(request, object_id)
        try:
            paper = getattr(services.papers_of(invoice), kind)
        except Conflict as error:
            messages.error(request, str(error.detail))
            return self._back_to(invoice)
        log_act(AuditAction.VIEW, RecordRef(entity_type="attachment", entity_id=paper.pk))
        return as_download(
            request, read_attachment(paper), name=paper.document_name, media_type=paper.media_type, checksum=paper.checksum
        )

    @display(description=_("number"), ordering="invoice_number")
    def number(self, invoice: Invoice) -> SafeString:
        return format_html('<span class="cc-nowrap">{}</span>', invoice)

    @display(description=_("billed to"), ordering="billing_organization__name")
    def customer(self, invoice: Invoice) -> SafeString | str:
        return admin_link(invoice.billing_organization)

    @display(description=_("order"), ordering="order__order_number")
    def order_link(self, invoice: Invoice) -> SafeString | str:
        return admin_link(invoice.order)

    @display(description=_("credits"))
    def credited_link(self, invoice: Invoice) -> SafeString | str:
        return admin_link(invoice.credited_invoice) if invoice.credited_invoice else "–"

    @display(description=_("status"), ordering="status")
    def standing(self, invoice: Invoice) -> SafeString:
        return status_chip(invoice.get_status_display(), STATUS_COLOURS[InvoiceStatus(invoice.status)])

    @display(description=_("pay link"))
    def online_link(self, invoice: Invoice) -> SafeString | str:
        url = services.pay_link(invoice)
        if not url:
            return "–"
        return render_to_string("admin/finance/pay_link.html", {"url": url})

    @display(description=_("total excl. VAT"))
    def subtotal(self, invoice: Invoice) -> str:
        return euro(invoice.subtotal_excl_tax)

    @display(description=_("VAT"))
    def vat(self, invoice: Invoice) -> str:
        return euro(invoice.total_tax)

    @display(description=_("total incl. VAT"), ordering="total_amount")
    def total(self, invoice: Invoice) -> str:
        return euro(invoice.total_amount)

    @display(description=_("paid"))
    def paid(self, invoice: Invoice) -> str:
        return euro(invoice.paid_amount)

    @display(description=_("credited"))
    def credited(self, invoice: Invoice) -> str:
        return euro(invoice.credited_amount)

    @display(description=_("written off"))
    def written_off(self, invoice: Invoice) -> str:
        return euro(invoice.written_off_amount)

    @display(description=_("balance due"))
    def open(self, invoice: Invoice) -> str:
        return euro(invoice.balance)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, invoice: Invoice) -> SafeString:
        return entity_chip(invoice.business_entity)
