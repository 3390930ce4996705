from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import FieldError, Malformed, NotFound
from apps.core.scope import visible
from apps.finance.models import Invoice, Payment, UninvoicedOrder
from apps.finance.models.invoice import InvoiceQuerySet
from apps.organizations.models import Contact


def invoices_of(user: User) -> InvoiceQuerySet:
    """The invoices that a user works on."""
    found: InvoiceQuerySet = Invoice.objects.handled_by(user)
    return found


def invoices_of_order(order_id: UUID) -> tuple[list[Invoice], UninvoicedOrder | None]:
    """The invoices and credit notes of an order, the newest first; without any, why it was not invoiced by itself."""
    invoices = list(Invoice.objects.filter(order=order_id).select_related("billing_organization").order_by("-created_at"))
    waiting = None if invoices else UninvoicedOrder.objects.filter(order=order_id).first()
    return invoices, waiting


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
    payments = visible(Payment.objects.select_related("business_entity", "online_payment"), user)
    return payments.prefetch_related("allocations__invoice", "online_payment__movements", "refunds")


def contacts_of_payer(invoice: Invoice) -> QuerySet[Contact]:
    """Whom an invoice may be sent to: people of whoever is billed, and the invoice's own contact."""
    own = Q(pk=invoice.billing_contact_id)
    there = Q(organization=invoice.billing_organization_id, is_active=True, deleted_at=None)
    return Contact.objects.select_related("organization").filter(own | there).order_by("first_name", "last_name")


def contact_of_payer(invoice: Invoice, key: UUID) -> Contact:
    """One of those.

    Raises:
        Malformed: unknown_contact.
    """
    contact = contacts_of_payer(invoice).filter(pk=key).first()
    if contact is None:
        detail = _("Whoever is billed has no such contact.")
        raise Malformed(fields=[FieldError(pointer="/contact_id", code="unknown_contact", detail=detail)])
    return contact
