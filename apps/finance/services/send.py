"""Sending an invoice: it goes by mail, and from then on the customer has it. Again and again, when asked."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict, FieldError, Malformed, Refused
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.finance.choices import InvoiceStatus
from apps.finance.events import InvoiceSent
from apps.finance.models import Invoice
from apps.finance.services.issue import refuse_context
from apps.finance.services.standing import lock_invoice
from apps.organizations.models import Contact
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status


@in_transaction
def send_invoice(*, invoice: Invoice, recipient_contact: Contact | None = None, by: User | None) -> Invoice:
    """Have an approved invoice or credit note mailed, to its own contact or to another one of the customer.

    The first time it moves on to sent; sent again it stays where it stands.

    Raises:
        Conflict: invoice_is_draft.
        Refused: address_missing, contact_inactive.
        Malformed: contact_of_other_organization.
        Forbidden: permission_denied.
    """
    locked = _sendable(invoice)
    _publish(locked, recipient_contact or locked.billing_contact, by)
    if locked.status != InvoiceStatus.APPROVED:
        return locked
    return change_status(locked, InvoiceStatus.SENT, by=by).record  # type: ignore[return-value]  # what was passed in


@in_transaction
def send_by_door(
    *, record: Invoice, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The status engine's generic door: the step to sent is this act; a context of the caller's is not wanted."""
    refuse_context(context)
    locked = _sendable(record)
    step = change_status(locked, InvoiceStatus.SENT, reason=reason, expected_status=expected_status, by=by)
    _publish(locked, locked.billing_contact, by)
    return step


def address_of(invoice: Invoice, contact: Contact) -> str:
    """Where mail for a contact about an invoice goes: for the invoice's own contact to the customer's address for invoices."""
    own = invoice.billing_organization.billing_email if contact == invoice.billing_contact else ""
    return own or contact.email


def _sendable(invoice: Invoice) -> Invoice:
    locked = lock_invoice(invoice)
    if locked.invoice_number is None:
        raise Conflict(_("A draft is not sent: it is approved first."), code="invoice_is_draft", current=locked.status)
    return locked


def _publish(invoice: Invoice, contact: Contact, by: User | None) -> None:
    address = address_of(invoice, contact)
    if contact.organization_id not in {invoice.billing_organization_id, invoice.billing_contact.organization_id}:
        detail = _("This is a contact of another organization.")
        raise Malformed(fields=[FieldError(pointer="/recipient_contact", code="contact_of_other_organization", detail=detail)])
    if not address:
        raise Refused(_("%(name)s has no e-mail address.") % {"name": contact}, code="address_missing")
    if contact.deleted_at is not None or not contact.is_active:
        raise Refused(_("%(name)s is no longer active.") % {"name": contact}, code="contact_inactive")
    publish(InvoiceSent(invoice_id=invoice.pk, contact_id=contact.pk, address=address, sent_by=by.pk if by else None))
