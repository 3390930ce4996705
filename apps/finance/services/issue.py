"""From a draft to an invoice that stands: what the law asks is there, it takes its number, and the books know it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_97_10

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.events.services import publish_all
from apps.finance.choices import VAT_ACCOUNTS, AccountRole, EntryKind, InvoiceStatus
from apps.finance.documents import requirements
from apps.finance.documents.filling import filled
from apps.finance.events import InvoiceApproved
from apps.finance.models import Invoice
from apps.finance.services.costs import cost_of_goods
from apps.finance.services.drafts import Draft, draft_in_hand
from apps.finance.services.ledger import Booking, post_entries
from apps.finance.services.legal import parties_of, refuse_incomplete
from apps.finance.services.standing import lock_invoice, refresh_orders, refresh_standing
from apps.organizations.choices import DocumentType
from apps.organizations.models import BusinessEntity
from apps.organizations.services import generate_entity_numbers
from apps.workflow.models import StatusTransition
from apps.workflow.services import Move, change_status, change_statuses

ANY_NUMBER = "0"


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
    locked = lock_invoice(invoice)
    _refuse_no_draft(locked)
    draft = draft_in_hand(locked)
    prepare(draft)
    locked.save(update_fields=["parties"])
    [step] = issue([draft], reason=reason, expected_status=expected_status, by=by)
    return step


def prepare(draft: Draft) -> None:
    """Have all that the law and e-invoicing ask for stand on a draft, not stored yet, as it is known now.

    Raises:
        Refused: invoice_incomplete or einvoice_incomplete, with every item that is missing.
    """
    refuse_incomplete(draft)
    draft.invoice.parties = parties_of(draft)
    _refuse_unwritable(draft)


def issue(
    drafts: Sequence[Draft], *, reason: str = "", expected_status: str | None = None, by: User | None
) -> list[StatusTransition]:
    """Have drafts stand that are locked, or were made in this transaction, and that are prepared; gives their steps.

    They take the next numbers of their series in the order in which they are given. It is all or nothing.

    Raises:
        Conflict, Forbidden, Refused: see `change_status` and `post_entry`.
    """
    if not drafts:
        return []
    moves = [
        Move(
            record=draft.invoice,
            to_status=InvoiceStatus.APPROVED,
            reason=reason,
            context=context,
            expected_status=expected_status,
        )
        for draft, context in zip(drafts, _numbered(drafts), strict=True)
    ]
    steps = change_statuses(moves, by=by)
    approved = [_approved(draft, step) for draft, step in zip(drafts, steps, strict=True)]
    post_entries(booking for each in approved for booking in _bookings(each))
    for each in approved:
        if each.invoice.credited_invoice is not None:
            refresh_standing(lock_invoice(each.invoice.credited_invoice))
    refresh_orders(list({each.invoice.order_id: each.invoice.order for each in approved}.values()))
    publish_all([InvoiceApproved(invoice_id=each.invoice.pk) for each in approved])
    return steps


def _refuse_unwritable(draft: Draft) -> None:
    """What gets a number can be printed and sent as an e-invoice, now and later; asked before it takes one."""
    as_numbered = copy(draft.invoice)
    as_numbered.invoice_number = ANY_NUMBER
    as_numbered.invoice_date = clock.today()
    as_numbered.due_date = _due_date(draft.invoice)
    document = filled(as_numbered, draft.lines, draft.taxes)
    requirements.refuse_incomplete(document, requirements.profile_for(document))


def _numbered(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """What each draft gets with its approval: the next number of its series, and its days."""
    today = clock.today()
    wanted: dict[tuple[BusinessEntity, DocumentType], list[UUID]] = defaultdict(list)
    for draft in drafts:
        kind = DocumentType.CREDIT_NOTE if draft.invoice.is_credit_note else DocumentType.INVOICE
        wanted[draft.invoice.business_entity, kind].append(draft.invoice.pk)
    numbers: dict[UUID, str] = {}
    # Always in the same order: whoever else takes numbers of several series waits for the first.
    for (entity, kind), keys in sorted(wanted.items(), key=lambda each: (each[0][0].pk, each[0][1])):
        taken = generate_entity_numbers(business_entity=entity, document_type=kind, on_date=today, count=len(keys))
        numbers |= dict(zip(keys, taken, strict=True))
    return [
        {
            "invoice_number": numbers[draft.invoice.pk],
            "invoice_date": today,
            "due_date": _due_date(draft.invoice),
            "payment_reference": reference_of(numbers[draft.invoice.pk]),
        }
        for draft in drafts
    ]


def _due_date(draft: Invoice) -> date:
    return clock.today() + timedelta(days=draft.payment_term_days)


def _approved(draft: Draft, step: StatusTransition) -> Draft:
    """The document as it was stored, with the records around it that are in hand."""
    stored: Any = step.record
    for name in ("business_entity", "order", "billing_organization", "billing_contact", "credited_invoice"):
        setattr(stored, name, getattr(draft.invoice, name))
    return replace(draft, invoice=stored)


def _bookings(approved: Draft) -> Iterator[Booking]:
    yield _booking(approved)
    costs = cost_of_goods(approved)
    if costs is not None:
        yield costs


def _booking(approved: Draft) -> Booking:
    invoice: Any = approved.invoice
    revenue = AccountRole.CREDITS if invoice.is_credit_note else AccountRole.REVENUE
    return Booking(
        business_entity=invoice.business_entity,
        kind=EntryKind.CREDIT_NOTE if invoice.is_credit_note else EntryKind.INVOICE,
        on=invoice.invoice_date,
        source=ref_to(invoice),
        description=f"{invoice.invoice_number} {invoice.billing_organization}",
        postings=[
            (AccountRole.DEBTORS, invoice.total_amount),
            (revenue, -invoice.subtotal_excl_tax),
            *((VAT_ACCOUNTS[tax.vat_rate], -tax.amount) for tax in approved.taxes if tax.amount),
        ],
    )
