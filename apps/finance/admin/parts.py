"""Two pages that ask how much of which lines, show what that makes, and make it: an order's invoice, an invoice's credit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from apps.accounts.choices import Scope
from apps.core.admin import dress
from apps.core.chips import admin_url, euro
from apps.core.contributions import Panel
from apps.core.errors import DomainError, NotFound
from apps.core.transactions import retrying
from apps.finance import services
from apps.finance.admin.words import percent, plain
from apps.finance.forms import CreditForm, InvoiceForm, PartsForm, Rest
from apps.finance.models import Invoice, InvoiceLine
from apps.finance.services import CreditLine, Preview, Wanted
from apps.orders.models import Order
from apps.orders.queries import order_in_hand

Made = Sequence[Invoice]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a page is about: its words, where it leads back to, and what is made of what was filled in."""

    title: str
    subject: str
    column: str
    answer: str
    back: str
    make: Callable[[PartsForm], Made]
    done: Callable[[Made], str]


class PartsPages(ModelAdmin):
    """The pages, on top of the list of invoices."""

    def get_urls(self) -> list[URLPattern]:
        invoicing = self.admin_site.admin_view(self.invoice_order_view)
        crediting = self.admin_site.admin_view(self.credit_lines_view)
        return [
            path("of-order/<uuid:order_id>/", invoicing, name="invoice_of_order"),
            path("<uuid:invoice_id>/credit-lines/", crediting, name="invoice_credit_lines"),
            *super().get_urls(),
        ]

    def invoice_order_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Which lines of an order are invoiced, and how much of each."""
        order = _order(request, order_id)
        if not request.user.has_scope(Scope.FINANCE_INVOICES):
            messages.error(request, _("You may not make invoices."))
            return HttpResponseRedirect(admin_url(order))
        form = InvoiceForm(request.POST or None, rests=_open_lines(order), initial={"customer_reference": ""})
        ask = Ask(
            title=_("Invoice an order"),
            subject=f"{order.order_number} · {order.customer_organization}",
            column=_("Still open"),
            answer=_("Make the invoice"),
            back=admin_url(order),
            make=lambda filled: _invoices(order, filled, request.user),
            done=lambda made: (
                ngettext("%(number)s invoice was made.", "%(number)s invoices were made.", len(made)) % {"number": len(made)}
            ),
        )
        return self._parts_page(request, form, ask)

    def credit_lines_view(self, request: HttpRequest, invoice_id: UUID) -> HttpResponse:
        """Which lines of an invoice are taken back, and how much of each."""
        invoice: Invoice | None = self.get_queryset(request).filter(pk=invoice_id).first()
        if invoice is None:
            raise Http404
        if not request.user.has_scope(Scope.FINANCE_CREDIT, Scope.FINANCE_APPROVE):
            raise PermissionDenied
        form = CreditForm(request.POST or None, rests=_creditable_lines(invoice))
        ask = Ask(
            title=_("Credit lines"),
            subject=f"{invoice} · {invoice.billing_organization}",
            column=_("Still to credit"),
            answer=_("Make the credit note"),
            back=admin_url(invoice),
            make=lambda filled: _note(invoice, filled, request.user),
            done=lambda made: _("Credit note %(number)s was made.") % {"number": made[0]},
        )
        return self._parts_page(request, form, ask)

    def _parts_page(self, request: HttpRequest, form: PartsForm, ask: Ask) -> HttpResponse:
        """Ask; show what it makes; on a second yes make it. A refusal is shown and changes nothing."""
        dress(form)
        shown: list[Preview] = []
        if request.method == "POST" and form.is_valid() and "change" not in request.POST:
            try:
                if "confirm" in request.POST:
                    made = retrying(lambda: ask.make(form))
                    messages.success(request, ask.done(made))
                    return HttpResponseRedirect(admin_url(made[0]) if len(made) == 1 else ask.back)
                shown = services.preview(lambda: ask.make(form))
            except DomainError as error:
                form.put_refusal(error)
        page: dict[str, Any] = {
            "title": ask.title,
            "opts": self.opts,
            "ask": ask,
            "form": form,
            "lines": _lines_panel(form, ask),
            "shown": [_shown(each) for each in shown],
        }
        context = {**self.admin_site.each_context(request), **page, "media": self.media + form.media}
        return TemplateResponse(request, "admin/finance/parts.html", context)


def _lines_panel(form: PartsForm, ask: Ask) -> Panel:
    """The lines with a place to say how much of each."""
    return Panel(
        title=ask.subject,
        columns=[_("Description"), _("Unit price"), ask.column, _("Quantity")],
        rows=[
            [rest.description, euro(rest.unit_price), plain(rest.quantity), format_html("{}{}", field, field.errors)]
            for rest, field in form.rows
        ],
        empty=_("Nothing is left of it."),
    )


def _shown(preview: Preview) -> dict[str, Any]:
    """A document as it would be, in words."""
    invoice = preview.invoice
    kind = _("Credit note") if invoice.is_credit_note else _("Invoice")
    return {
        "panel": Panel(
            title=f"{kind}: {invoice.billing_organization}, {invoice.billing_contact}",
            columns=[_("Description"), _("Quantity"), _("Unit price"), _("VAT"), _("Total excl. VAT")],
            rows=[
                [line.description, plain(line.quantity), euro(line.unit_price), _vat(line), euro(line.total)]
                for line in preview.lines
            ],
            empty="",
        ),
        "becomes": _("It gets its number, is booked, and goes to the customer by mail.")
        if preview.would_be_numbered
        else _("It stays a draft until it is approved."),
        "sums": [
            (_("Total excl. VAT"), euro(invoice.subtotal_excl_tax)),
            *((f"{tax.get_vat_category_display()} {percent(tax.vat_rate)}", euro(tax.amount)) for tax in preview.taxes),
            (_("Total incl. VAT"), euro(invoice.total_amount)),
        ],
    }


def _vat(line: InvoiceLine) -> str:
    return f"{percent(line.vat_rate)} · {line.get_vat_reason_display()}"


def _order(request: HttpRequest, order_id: UUID) -> Order:
    try:
        return order_in_hand(str(order_id), by=request.user)  # type: ignore[arg-type]  # the admin lets in nobody else
    except NotFound as error:
        raise Http404 from error


def _open_lines(order: Order) -> list[Rest]:
    left = services.open_quantities(order)
    return [
        Rest(key=line.pk, description=line.description, unit_price=line.unit_price_customer, quantity=left[line.pk])
        for line in order.line_items.order_by("line_order")
        if left[line.pk] > 0
    ]


def _creditable_lines(invoice: Invoice) -> list[Rest]:
    return [
        Rest(key=line.pk, description=line.description, unit_price=line.unit_price, quantity=quantity)
        for line, quantity in services.creditable_quantities(invoice)
        if quantity > 0
    ]


def _invoices(order: Order, form: PartsForm, by: Any) -> Made:
    filled = form.cleaned_data
    return services.invoice_generate(
        order=order,
        line_items_to_invoice=[Wanted(line_item_id=key, quantity=quantity) for key, quantity in form.parts()],
        customer_reference=filled["customer_reference"],
        draft=filled["draft"],
        by=by,
    )


def _note(invoice: Invoice, form: PartsForm, by: Any) -> Made:
    lines = [CreditLine(invoice_line_id=key, quantity=quantity) for key, quantity in form.parts()]
    return [services.invoice_credit(invoice=invoice, lines=lines, reason=form.cleaned_data["reason"], by=by)]
