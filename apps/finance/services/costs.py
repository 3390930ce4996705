"""What sold goods cost us, booked with the invoice and taken back with its credit notes."""

from decimal import Decimal

from django.db.models import F, Sum

from apps.core.money import ZERO, round_cents
from apps.core.records import ref_to
from apps.finance.choices import AccountRole, EntryKind
from apps.finance.models import Invoice, InvoiceLine, JournalLine
from apps.finance.services.ledger import post_entry
from apps.finance.services.standing import NUMBERED


def book_cost_of_goods(document: Invoice) -> None:
    """Have the books say what the goods cost that an invoice and its credit notes leave with the customer.

    Read from the lines each time, so that credit notes in any parts end at nothing to the cent. A line whose cost price is
    not known costs nothing.

    Raises:
        Refused: period_closed, account_missing.
    """
    invoice = document.credited_invoice or document
    wanted = _cost_of_what_is_left(invoice)
    if wanted is None or document.invoice_date is None:
        return
    amount = wanted - _booked(invoice)
    post_entry(
        business_entity=document.business_entity,
        kind=EntryKind.COST_OF_GOODS,
        on=document.invoice_date,
        source=ref_to(document),
        description=f"{document.invoice_number} {document.billing_organization}",
        postings=[(AccountRole.COST_OF_GOODS, amount), (AccountRole.STOCK, -amount)],
    )


def _cost_of_what_is_left(invoice: Invoice) -> Decimal | None:
    """By line, rounded once; None where no cost price is known."""
    lines = InvoiceLine.objects.filter(invoice=invoice, unit_cost__isnull=False)
    if not lines:
        return None
    credited = InvoiceLine.objects.filter(credited_line__invoice=invoice, invoice__status__in=NUMBERED)
    taken = dict(credited.values_list("credited_line").annotate(Sum("quantity")))
    left = ((line.quantity + taken.get(line.pk, Decimal(0))) * (line.unit_cost or ZERO) for line in lines)
    return sum((round_cents(each) for each in left), ZERO)


def _booked(invoice: Invoice) -> Decimal:
    keys = [invoice.pk, *invoice.credit_notes.values_list("pk", flat=True)]
    lines = JournalLine.objects.filter(
        entry__source_type=Invoice.entity_type,
        entry__source_id__in=keys,
        entry__kind=EntryKind.COST_OF_GOODS,
        account__role=AccountRole.COST_OF_GOODS,
    )
    return lines.aggregate(total=Sum(F("debit") - F("credit")))["total"] or ZERO
