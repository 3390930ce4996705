"""What finance adds to an order's page and to the search: its invoices, and invoices by number."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.chips import admin_url, euro
from apps.core.contributions import FEED_ORDER, SearchHit, TimelineEntry, Viewer, contributions
from apps.finance.models import Invoice
from apps.finance.queries import invoices_of
from apps.orders.models import Order

MOST_HITS = 10
LETTERS_TO_SEARCH_BY = 3


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.add_timeline(Order.entity_type, invoice_entries)
    contributions.search.append(search_invoices)


def invoice_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """Each invoice and credit note of an order, when it was approved."""
    found: dict[UUID, list[TimelineEntry]] = {}
    for invoice in Invoice.objects.filter(order__in=ids, approved_at__isnull=False):
        title = _("Credit note %(number)s") if invoice.is_credit_note else _("Invoice %(number)s")
        entry = TimelineEntry(
            at=invoice.approved_at,
            kind="invoice",
            title=title % {"number": invoice.invoice_number},
            detail=euro(invoice.total_amount),
            tone="success",
            feeds=(FEED_ORDER,),
            links=[(str(invoice.invoice_number), admin_url(invoice))],
        )
        found.setdefault(invoice.order_id, []).append(entry)
    return found


def search_invoices(term: str, viewer: Viewer) -> list[SearchHit]:
    """Invoices by a part of their number."""
    if len(term) < LETTERS_TO_SEARCH_BY or not viewer.user.has_perm("finance.view_invoice"):
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
