"""What we write to customers about their invoices."""

from datetime import date

from django.utils import translation
from django.utils.formats import date_format

from apps.accounts.models import User
from apps.communication.models import CommunicationMessage
from apps.communication.services import send_notification
from apps.core.chips import euro
from apps.core.records import ref_to
from apps.finance.documents.filling import document_of
from apps.finance.models import Invoice
from apps.finance.services import papers_of
from apps.organizations.models import Contact


def mail_invoice(invoice: Invoice, contact: Contact, *, address: str, by: User | None) -> CommunicationMessage:
    """Mail an invoice or credit note: the PDF, which has the e-invoice in it, goes along."""
    with translation.override(contact.language):
        variables = _of_credit_note(invoice) if invoice.is_credit_note else _of_invoice(invoice)
    return send_notification(
        template_code="credit_note_notification" if invoice.is_credit_note else "invoice_notification",
        recipient_contact=contact,
        address=address,
        variables=variables,
        files=[papers_of(invoice).pdf],
        about=ref_to(invoice),
        business_entity=invoice.business_entity,
        by=by,
    )


def _of_invoice(invoice: Invoice) -> dict[str, str]:
    """As the document says it: whoever pays by the mail pays what stands on the paper."""
    document = document_of(invoice)
    split = document.g_account
    return {
        **_of_both(invoice),
        "invoice_total": euro(invoice.total_amount),
        "due_date": _day(invoice.due_date),
        "iban": document.seller.iban,
        "account_holder": document.seller.name,
        "payment_reference": invoice.payment_reference,
        "blocked_iban": split.iban if split else "",
        "blocked_amount": euro(split.amount) if split else "",
    }


def _of_credit_note(note: Invoice) -> dict[str, str]:
    return {
        **_of_both(note),
        "invoice_total": euro(-note.total_amount),
        "credited_invoice_number": str(note.credited_invoice),
        "credit_reason": note.reason,
    }


def _of_both(invoice: Invoice) -> dict[str, str]:
    return {
        "invoice_number": str(invoice.invoice_number),
        "order_number": invoice.parties["order_number"],
        "invoice_date": _day(invoice.invoice_date),
    }


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
