"""What finance adds to other pages: an order's invoices, orders that wait for one, invoices by number."""

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.chips import admin_link, admin_url, euro, status_chip
from apps.core.contributions import Panel, SearchHit, Tile, Viewer, contributions
from apps.finance.choices import STATUS_COLOURS, InvoiceStatus
from apps.finance.models import UninvoicedOrder
from apps.finance.queries import invoices_of, invoices_of_order
from apps.finance.work import bank_lines_open, invoices_overdue, invoices_unsent
from apps.orders.choices import BillingStatus, OrderStatus
from apps.orders.models import Order

MAY_SEE = "finance.view_invoice"
MOST_HITS = 10
LETTERS_TO_SEARCH_BY = 3


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.search.append(search_invoices)
    contributions.tiles.append(tiles)
    contributions.work += [invoices_overdue, invoices_unsent, bank_lines_open]
    contributions.add_panel("order", invoices_panel, right=MAY_SEE)


def search_invoices(term: str, viewer: Viewer) -> list[SearchHit]:
    """Invoices by a part of their number."""
    if len(term) < LETTERS_TO_SEARCH_BY or not viewer.user.has_perm(MAY_SEE):
        return []
    invoices = invoices_of(viewer.user).filter(invoice_number__icontains=term)
    if viewer.business_entity is not None:
        invoices = invoices.filter(business_entity=viewer.business_entity)
    return [
        SearchHit(
            title=f"{invoice.invoice_number} · {invoice.billing_organization.name}",
            url=admin_url(invoice),
            kind=capfirst(gettext_lazy("invoice")),
        )
        for invoice in invoices.select_related("billing_organization").order_by("-created_at")[:MOST_HITS]
    ]


def invoices_panel(order: Order) -> Panel:
    """The invoices and credit notes of an order; and why it has none where it was tried in vain.

    Before it is completed or invoiced nothing is asked: at most there is a draft, which the list behind the title shows.
    """
    is_done = order.billing_status == BillingStatus.INVOICED or order.status == OrderStatus.CANCELLED
    is_early = order.status != OrderStatus.COMPLETED and order.billing_status == BillingStatus.NOT_INVOICED
    invoices, waiting = ([], None) if is_early else invoices_of_order(order.pk)
    rows: list[list[object]] = [
        [
            admin_link(invoice, str(invoice)),
            invoice.billing_organization,
            status_chip(invoice.get_status_display(), STATUS_COLOURS[InvoiceStatus(invoice.status)]),
            euro(invoice.total_amount),
            euro(invoice.balance),
        ]
        for invoice in invoices
    ]
    return Panel(
        title=_("Invoices"),
        columns=[_("Number"), _("Billed to"), _("Status"), _("Total incl. VAT"), _("Balance due")],
        rows=rows,
        empty=_("Not invoiced by itself: %(reason)s") % {"reason": waiting.reason} if waiting else _("Nothing is invoiced yet."),
        url=f"{reverse('admin:finance_invoice_changelist')}?order__id__exact={order.pk}",
        links=[] if is_done or order.is_test else [(_("Invoice this order"), reverse("admin:invoice_of_order", args=[order.pk]))],
    )


def tiles(viewer: Viewer) -> list[Tile]:
    """Completed orders that wait for an invoice."""
    if not viewer.user.has_perm("finance.view_uninvoicedorder"):
        return []
    rows = UninvoicedOrder.objects.visible_to(viewer.user).waiting()
    changelist, query = reverse("admin:finance_uninvoicedorder_changelist"), ""
    if viewer.business_entity is not None:
        rows = rows.filter(order__business_entity=viewer.business_entity)
        query = f"?order__business_entity__id__exact={viewer.business_entity}"
    waiting = rows.count()
    return [
        Tile(
            title=_("Completed, not invoiced"),
            value=waiting,
            url=f"{changelist}{query}",
            tone="warning" if waiting else "success",
            group=_("What failed"),
            order=230,
        )
    ]
