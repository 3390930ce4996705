"""Taking an invoice back, wholly or in part, by a document of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict, Refused
from apps.core.money import ZERO, line_total, round_cents
from apps.core.transactions import in_transaction
from apps.finance.choices import RECEIVABLE, InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax
from apps.finance.services.issue import approve_invoice
from apps.finance.services.parts import Asked, quantities_of
from apps.finance.services.payments import free_for_credit
from apps.finance.services.standing import lock_invoice
from apps.workflow.services import record_creation

CREDITABLE = (*RECEIVABLE, InvoiceStatus.PAID)
ASKED = Asked(
    place="/lines",
    key="invoice_line_id",
    unknown=("unknown_invoice_line", _("The invoice has no such line.")),
    too_much=("quantity_not_creditable", _("Of this line %(most)s can be credited.")),
)


@dataclass(frozen=True, kw_only=True)
class CreditLine:
    """A line that is to be taken back; without a quantity, all that is left of it."""

    invoice_line_id: UUID
    quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class _Rest:
    """What is left of an invoice line: quantity, and EUR excl. VAT."""

    line: InvoiceLine
    quantity: Decimal
    total: Decimal


@in_transaction
def invoice_credit(*, invoice: Invoice, lines: Sequence[CreditLine] | None = None, reason: str, by: User | None) -> Invoice:
    """Credit lines of an invoice, or all that is left of it; gives the credit note, approved and numbered.

    Never more than is left: the last note of a line and of a VAT rate takes what rounding left over. What was paid for it
    is free on account again.

    Raises:
        Conflict: not_creditable.
        Refused: reason_required, nothing_to_credit, credit_negative, and whatever `approve_invoice` refuses.
        Malformed: unknown_invoice_line, quantity_not_creditable, twice.
    """
    if not reason.strip():
        raise Refused(_("Say why it is credited."), code="reason_required")
    locked = lock_invoice(invoice)
    if locked.is_credit_note or locked.status not in CREDITABLE:
        raise Conflict(_("This document cannot be credited."), code="not_creditable", current=locked.status)
    rests = _rests(locked)
    quantities = _quantities(rests, lines)
    note = _note(locked, reason)
    made = [_line(note, place, rests[key], quantity) for place, (key, quantity) in enumerate(quantities.items(), start=1)]
    _store(note, made, locked)
    record_creation(note, by=by)
    free_for_credit(locked, -note.total_amount)
    return approve_invoice(invoice=note, by=None)


def creditable_quantities(invoice: Invoice) -> list[tuple[InvoiceLine, Decimal]]:
    """How much of each line of an invoice can still be taken back."""
    return [(rest.line, rest.quantity) for rest in _rests(invoice).values()]


def _rests(invoice: Invoice) -> dict[UUID, _Rest]:
    rests = {}
    for line in invoice.lines.prefetch_related("credits__invoice"):
        taken = [each for each in line.credits.all() if each.invoice.status != InvoiceStatus.CANCELLED]
        rests[line.pk] = _Rest(
            line=line,
            quantity=line.quantity + sum((each.quantity for each in taken), Decimal(0)),
            total=line.total + sum((each.total for each in taken), ZERO),
        )
    return rests


def _quantities(rests: dict[UUID, _Rest], wanted: Sequence[CreditLine] | None) -> dict[UUID, Decimal]:
    left = {key: rest.quantity for key, rest in rests.items()}
    if wanted is not None:
        return quantities_of([(each.invoice_line_id, each.quantity) for each in wanted], left, ASKED)
    found = {key: quantity for key, quantity in left.items() if quantity}
    if not found:
        raise Refused(_("Nothing is left to credit."), code="nothing_to_credit")
    return found


def _note(invoice: Invoice, reason: str) -> Invoice:
    return Invoice(
        business_entity=invoice.business_entity,
        order=invoice.order,
        invoice_type=InvoiceType.CREDIT_NOTE,
        credited_invoice=invoice,
        billing_organization=invoice.billing_organization,
        billing_contact=invoice.billing_contact,
        delivery_date=invoice.delivery_date,
        payment_term_days=0,
        customer_reference=invoice.customer_reference,
        reason=reason.strip()[:500],
    )


def _line(note: Invoice, place: int, rest: _Rest, quantity: Decimal) -> InvoiceLine:
    is_last = quantity == rest.quantity
    total = rest.total if is_last else _no_more_than(line_total(quantity=quantity, unit_price=rest.line.unit_price), rest.total)
    return InvoiceLine(
        invoice=note,
        line_order=place,
        line_item=rest.line.line_item,
        credited_line=rest.line,
        article_number=rest.line.article_number,
        description=rest.line.description,
        quantity=-quantity,
        unit_price=rest.line.unit_price,
        unit_cost=rest.line.unit_cost,
        vat_category=rest.line.vat_category,
        vat_rate=rest.line.vat_rate,
        vat_reason=rest.line.vat_reason,
        total=-total,
    )


def _no_more_than(amount: Decimal, most: Decimal) -> Decimal:
    """Nearer to nothing than what is left, on either side of it."""
    return min(amount, most) if most >= ZERO else max(amount, most)


def _store(note: Invoice, lines: Sequence[InvoiceLine], invoice: Invoice) -> None:
    taxes = []
    for tax in invoice.taxes.all():
        of_group = [line for line in lines if (line.vat_category, line.vat_rate) == (tax.vat_category, tax.vat_rate)]
        if of_group:
            taxable = sum((line.total for line in of_group), ZERO)
            taxes.append(_tax(note, tax, taxable))
    note.subtotal_excl_tax = sum((tax.taxable for tax in taxes), ZERO)
    note.total_tax = sum((tax.amount for tax in taxes), ZERO)
    note.total_amount = note.subtotal_excl_tax + note.total_tax
    if note.total_amount > ZERO:
        raise Refused(
            _("These lines come to less than nothing: without them the invoice would be dearer."), code="credit_negative"
        )
    note.save()
    InvoiceLine.objects.bulk_create(lines)
    InvoiceTax.objects.bulk_create(taxes)


def _tax(note: Invoice, tax: InvoiceTax, taxable: Decimal) -> InvoiceTax:
    """The VAT of a note in one group: what is left of the invoice's when nothing of the group is left, else over its lines."""
    before = list(
        InvoiceTax.objects.filter(
            invoice__credited_invoice=tax.invoice, vat_category=tax.vat_category, vat_rate=tax.vat_rate
        ).exclude(invoice__status=InvoiceStatus.CANCELLED)
    )
    taxable_left = tax.taxable + sum((each.taxable for each in before), ZERO)
    amount_left = tax.amount + sum((each.amount for each in before), ZERO)
    by_rate = _no_more_than(round_cents(-taxable * tax.vat_rate), amount_left)
    amount = -(amount_left if taxable_left + taxable == ZERO else by_rate)
    return InvoiceTax(invoice=note, vat_category=tax.vat_category, vat_rate=tax.vat_rate, taxable=taxable, amount=amount)
