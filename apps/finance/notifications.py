"""What we write to customers about their invoices."""

from collections.abc import Sequence
from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.communication.models import CommunicationMessage
from apps.communication.services import send_notification
from apps.core.chips import euro
from apps.core.records import ref_to
from apps.finance.choices import COSTS_ARE_DUE
from apps.finance.documents.filling import document_of
from apps.finance.models import CollectionLetter, CollectionLine, Invoice, Refund
from apps.finance.services import address_of, papers_of, pay_link
from apps.organizations.models import Contact

MOST_PAPERS = 5  # of a longer list the customer has the mails of the invoices themselves


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
        "pay_url": pay_link(invoice),
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


def mail_letter(letter: CollectionLetter) -> CommunicationMessage:
    """Mail a letter to somebody who did not pay in time, with the invoices that it is about."""
    lines = list(letter.lines.select_related("invoice__billing_organization", "invoice__billing_contact"))
    with translation.override(letter.contact.language):
        variables = _of_letter(letter, lines)
    return send_notification(
        template_code=f"collection_{letter.step}",
        recipient_contact=letter.contact,
        address=address_of(lines[0].invoice, letter.contact),
        variables=variables,
        files=[papers_of(line.invoice).pdf for line in lines[:MOST_PAPERS]],
        about=ref_to(letter),
        business_entity=letter.business_entity,
        dedupe_key=f"collection-letter-{letter.pk}",
    )


def _of_letter(letter: CollectionLetter, lines: Sequence[CollectionLine]) -> dict[str, str]:
    seller = document_of(lines[0].invoice).seller
    alone = lines[0].invoice.payment_reference if len(lines) == 1 else ""
    return {
        "invoices": "\n".join(_line_of_letter(line, is_one_of_many=not alone) for line in lines),
        "principal": euro(letter.principal),
        "interest": euro(letter.interest),
        "costs": euro(letter.costs),
        "claim": euro(letter.claim),
        "iban": seller.iban,
        "account_holder": seller.name,
        "payment_reference": alone,
        # Online the invoice alone is paid: of a letter that asks for costs beside it a part would stay open.
        "pay_url": pay_link(lines[0].invoice) if alone and letter.step not in COSTS_ARE_DUE else "",
    }


def _line_of_letter(line: CollectionLine, *, is_one_of_many: bool) -> str:
    invoice = line.invoice
    told = _("%(number)s, due on %(day)s: %(amount)s") % {
        "number": invoice.invoice_number,
        "day": _day(invoice.due_date),
        "amount": euro(line.open_amount),
    }
    return f"{told} ({invoice.payment_reference})" if is_one_of_many else told


def mail_refund(refund: Refund) -> CommunicationMessage | None:
    """Mail that money goes back, to whom the invoice went that it had paid last; None where it paid none, so nobody is known."""
    last = refund.payment.allocations.order_by("-created_at").first()
    if last is None:
        return None
    invoice = Invoice.objects.for_page().get(pk=last.invoice_id)
    contact = invoice.billing_contact
    with translation.override(contact.language):
        variables = {
            "refund_amount": euro(refund.amount),
            "refund_date": _day(refund.paid_on),
            "account_holder": refund.account_name,
            "iban": refund.iban,
            "payment_number": refund.payment.payment_number,
            "invoice_number": str(invoice.invoice_number),
        }
    return send_notification(
        template_code="refund_notification",
        recipient_contact=contact,
        address=address_of(invoice, contact),
        variables=variables,
        about=ref_to(refund),
        business_entity=refund.business_entity,
        dedupe_key=f"refund-{refund.pk}",
    )
