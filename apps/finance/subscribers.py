"""What follows from an invoice's events."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import Conflict, Malformed, Refused
from apps.core.records import ref_to
from apps.events.services import subscribe
from apps.finance import notifications, services
from apps.finance.events import CollectionLetterWritten, InvoiceApproved, InvoiceSent, RefundPaid
from apps.finance.models import CollectionLetter, Invoice, Refund
from apps.finance.services import accounting
from apps.organizations.models import Contact
from apps.workflow.services import create_task


@subscribe(InvoiceApproved, does=gettext_lazy("Send an approved invoice"))
def send_approved_invoice(event: InvoiceApproved) -> None:
    """An invoice that nobody can be sent is a person's to finish: it stays approved, with a task."""
    invoice = Invoice.objects.for_page().get(pk=event.invoice_id)
    try:
        with transaction.atomic():
            services.send_invoice(invoice=invoice, by=None)
    except (Refused, Conflict, Malformed) as refusal:
        create_task(
            title=_("Invoice not sent: %(number)s") % {"number": invoice},
            description=str(refusal.detail),
            task_type="follow_up",
            priority="high",
            about=ref_to(invoice),
            business_entity=invoice.business_entity,
        )


@subscribe(InvoiceSent, does=gettext_lazy("Mail the invoice to the customer"))
def mail_invoice_to_customer(event: InvoiceSent) -> None:
    notifications.mail_invoice(
        Invoice.objects.for_page().get(pk=event.invoice_id),
        Contact.objects.select_related("organization").get(pk=event.contact_id),
        address=event.address,
        by=User.objects.get(pk=event.sent_by) if event.sent_by else None,
    )


@subscribe(InvoiceApproved, does=gettext_lazy("Work out the commissions of an order"))
def work_out_commissions(event: InvoiceApproved) -> None:
    """Also after a credit note, which takes of them back."""
    services.refresh_commissions(order=Invoice.objects.for_page().get(pk=event.invoice_id).order)


@subscribe(InvoiceApproved, does=gettext_lazy("Put a document in line for the accounting system"))
def queue_for_accounting(event: InvoiceApproved) -> None:
    accounting.queue_document(Invoice.objects.for_page().get(pk=event.invoice_id))


@subscribe(CollectionLetterWritten, does=gettext_lazy("Mail a collection letter"))
def mail_collection_letter(event: CollectionLetterWritten) -> None:
    """Whoever paid in the meantime is not written to; whoever cannot be is a person's to reach."""
    letter = CollectionLetter.objects.select_related("business_entity", "organization", "contact__organization").get(
        pk=event.letter_id
    )
    if services.withdraw_if_paid(letter):
        return
    try:
        with transaction.atomic():
            notifications.mail_letter(letter)
    except Refused as refusal:
        services.withdraw_unsendable(letter, reason=str(refusal.detail))
        create_task(
            title=_("Letter not sent: %(letter)s") % {"letter": letter},
            description=str(refusal.detail),
            task_type="follow_up",
            priority="high",
            about=ref_to(letter),
            business_entity=letter.business_entity,
        )


@subscribe(RefundPaid, does=gettext_lazy("Mail that money goes back"))
def mail_refund(event: RefundPaid) -> None:
    """Whoever cannot be written to is a person's to tell."""
    refund = Refund.objects.select_related("business_entity", "payment").get(pk=event.refund_id)
    try:
        with transaction.atomic():
            notifications.mail_refund(refund)
    except Refused as refusal:
        create_task(
            title=_("Refund not told: %(refund)s") % {"refund": refund},
            description=str(refusal.detail),
            task_type="follow_up",
            priority="normal",
            about=ref_to(refund),
            business_entity=refund.business_entity,
        )
