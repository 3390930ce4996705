from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.scope import visible
from apps.finance.models import Invoice, Payment
from apps.finance.models.invoice import InvoiceQuerySet


def invoices_of(user: User) -> InvoiceQuerySet:
    """The invoices that a user works on."""
    found: InvoiceQuerySet = Invoice.objects.handled_by(user)
    return found


def find_invoice(key: UUID, *, by: User) -> Invoice:
    """One invoice with its lines and VAT.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    invoice: Invoice | None = invoices_of(by).for_page().prefetch_related("lines", "taxes").filter(pk=key).first()
    if invoice is None:
        raise NotFound
    return invoice


def payments_of(user: User) -> QuerySet[Payment]:
    """The payments that a user sees, with what they paid."""
    return visible(Payment.objects.select_related("business_entity"), user).prefetch_related("allocations__invoice")
