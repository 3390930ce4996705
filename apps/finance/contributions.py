"""What finance adds to the search: invoices by number."""

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from apps.core.chips import admin_url
from apps.core.contributions import SearchHit, Viewer, contributions
from apps.finance.queries import invoices_of

MOST_HITS = 10
LETTERS_TO_SEARCH_BY = 3


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.search.append(search_invoices)


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
