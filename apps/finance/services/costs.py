"""What sold goods cost us, booked with the invoice and taken back with its credit notes."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from apps.core.money import ZERO, round_cents
from apps.core.records import ref_to
from apps.finance.choices import AccountRole, EntryKind
from apps.finance.models import Invoice, InvoiceLine, JournalLine
from apps.finance.services.drafts import Draft
from apps.finance.services.ledger import Booking
from apps.finance.services.standing import NUMBERED


def cost_of_goods(approved: Draft) -> Booking | None:
    """The booking by which the books say what the goods cost that an invoice and its credit notes leave with the customer.

    For a credit note it is read from the rows, so that credit notes in any parts end at nothing to the cent. A line whose
    cost price is not known costs nothing; None where nothing is known.
    """
    document = approved.invoice
    amount = _taken_back(document.credited_invoice) if document.credited_invoice else _cost(approved.lines, {})
    if amount is None or document.invoice_date is None:
        return None
    return Booking(
        business_entity=document.business_entity,
        kind=EntryKind.COST_OF_GOODS,
        on=document.invoice_date,
        source=ref_to(document),
        description=f"{document.invoice_number} {document.billing_organization}",
        postings=[(AccountRole.COST_OF_GOODS, amount), (AccountRole.STOCK, -amount)],
    )


def _taken_back(invoice: Invoice) -> Decimal | None:
    """The difference between what the goods that are left cost and what the books say; below nothing."""
    credited = InvoiceLine.objects.filter(credited_line__invoice=invoice, invoice__status__in=NUMBERED)
    left = _cost(invoice.lines.all(), dict(credited.values_list("credited_line").annotate(Sum("quantity"))))
    return None if left is None else left - _booked(invoice)


def _cost(lines: Iterable[InvoiceLine], taken: Mapping[UUID, Decimal]) -> Decimal | None:
    """By line, rounded once; None where no cost price is known."""
    costs = [
        round_cents((line.quantity + taken.get(line.pk, Decimal(0))) * line.unit_cost)
        for line in lines
        if line.unit_cost is not None
    ]
    return sum(costs, ZERO) if costs else None


def _booked(invoice: Invoice) -> Decimal:
    keys = [invoice.pk, *invoice.credit_notes.values_list("pk", flat=True)]
    lines = JournalLine.objects.filter(
        entry__source_type=Invoice.entity_type,
        entry__source_id__in=keys,
        entry__kind=EntryKind.COST_OF_GOODS,
        account__role=AccountRole.COST_OF_GOODS,
    )
    return lines.aggregate(total=Sum(F("debit") - F("credit")))["total"] or ZERO
