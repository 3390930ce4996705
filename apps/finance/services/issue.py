"""From a draft to an invoice that stands: what the law asks is there, it takes its number, and the books know it."""

from datetime import timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_97_10

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.finance.choices import VAT_ACCOUNTS, AccountRole, EntryKind, InvoiceStatus
from apps.finance.documents import requirements
from apps.finance.documents.filling import document_of
from apps.finance.events import InvoiceApproved
from apps.finance.models import Invoice
from apps.finance.services.costs import book_cost_of_goods
from apps.finance.services.ledger import Posting, post_entry
from apps.finance.services.legal import parties_of, refuse_incomplete
from apps.finance.services.standing import lock_invoice, refresh_order, refresh_standing
from apps.organizations.choices import DocumentType
from apps.organizations.services import generate_entity_number
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status


@in_transaction
def approve_invoice(*, invoice: Invoice, by: User | None) -> Invoice:
    """Finalise a draft: it takes the next number of its series, its lines stand for ever, and it is booked.

    Raises:
        Conflict: status_conflict, when it is no draft any more.
        Refused: invoice_incomplete or einvoice_incomplete, with every item that is missing; period_closed, account_missing.
        Forbidden: permission_denied.
    """
    return _approve(invoice, by=by).record  # type: ignore[return-value]  # what was passed in


def approve_by_door(
    *, record: Invoice, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The status engine's generic door: the step to approved is this act; a context of the caller's is not wanted."""
    refuse_context(context)
    return _approve(record, reason=reason, expected_status=expected_status, by=by)


@in_transaction
def cancel_draft(*, invoice: Invoice, reason: str, by: User | None) -> Invoice:
    """Drop a draft; its lines are open again.

    Raises:
        Conflict, Forbidden: see `change_status`.
    """
    return change_status(lock_invoice(invoice), InvoiceStatus.CANCELLED, reason=reason, by=by).record  # type: ignore[return-value]  # what was passed in


@in_transaction
def set_customer_reference(*, invoice: Invoice, customer_reference: str, by: User | None) -> Invoice:
    """Say what the customer calls it, while it is a draft.

    Raises:
        Conflict: status_conflict.
    """
    draft = lock_invoice(invoice)
    _refuse_no_draft(draft)
    draft.customer_reference = customer_reference.strip()
    draft.save(update_fields=["customer_reference"])
    return draft


def _refuse_no_draft(invoice: Invoice) -> None:
    if invoice.status != InvoiceStatus.DRAFT:
        raise Conflict(
            _("This invoice has been approved already, or was cancelled."), code="status_conflict", current=invoice.status
        )


def refuse_context(context: dict[str, Any]) -> None:
    """Raises Malformed where a step that asks for nothing is given something."""
    if context:
        raise Malformed(
            fields=[FieldError(pointer="/business_context", code="not_wanted", detail=_("Nothing is asked for this step."))]
        )


def reference_of(number: str) -> str:
    """The structured creditor reference of a document number (ISO 11649): RF, two check digits, letters and digits."""
    plain = "".join(character for character in number if character.isalnum())
    return f"RF{mod_97_10.calc_check_digits(plain + 'RF')}{plain}"


def _approve(invoice: Invoice, *, reason: str = "", expected_status: str | None = None, by: User | None) -> StatusTransition:
    draft = lock_invoice(invoice)
    _refuse_no_draft(draft)
    refuse_incomplete(draft)
    draft.parties = parties_of(draft)
    draft.save(update_fields=["parties"])
    context = _number(draft)
    step = change_status(draft, InvoiceStatus.APPROVED, reason=reason, context=context, expected_status=expected_status, by=by)
    approved: Any = step.record
    _refuse_unwritable(approved)
    _book(approved)
    book_cost_of_goods(approved)
    if approved.credited_invoice_id:
        refresh_standing(lock_invoice(approved.credited_invoice))
    refresh_order(approved.order)
    publish(InvoiceApproved(invoice_id=approved.pk))
    return step


def _number(draft: Invoice) -> dict[str, Any]:
    """What a draft gets with its approval: the next number of its series, and its days."""
    today = clock.today()
    kind = DocumentType.CREDIT_NOTE if draft.is_credit_note else DocumentType.INVOICE
    number = generate_entity_number(business_entity=draft.business_entity, document_type=kind, on_date=today)
    return {
        "invoice_number": number,
        "invoice_date": today,
        "due_date": today + timedelta(days=draft.payment_term_days),
        "payment_reference": reference_of(number),
    }


def _refuse_unwritable(approved: Invoice) -> None:
    """What has a number can be printed and sent as an e-invoice, now and later."""
    prefetch_related_objects([approved], "lines", "taxes")  # as the books read them next
    document = document_of(approved)
    requirements.refuse_incomplete(document, requirements.profile_for(document))


def _book(invoice: Any) -> None:
    kind = EntryKind.CREDIT_NOTE if invoice.is_credit_note else EntryKind.INVOICE
    revenue = AccountRole.CREDITS if invoice.is_credit_note else AccountRole.REVENUE
    postings: list[Posting] = [
        (AccountRole.DEBTORS, invoice.total_amount),
        (revenue, -invoice.subtotal_excl_tax),
        *((VAT_ACCOUNTS[tax.vat_rate], -tax.amount) for tax in invoice.taxes.all() if tax.amount),
    ]
    post_entry(
        business_entity=invoice.business_entity,
        kind=kind,
        on=invoice.invoice_date,
        source=ref_to(invoice),
        description=f"{invoice.invoice_number} {invoice.billing_organization}",
        postings=postings,
    )
