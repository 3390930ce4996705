"""Invoices from an order: which lines, how much of each, and to whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Refused
from apps.core.money import ZERO, line_total
from apps.core.transactions import in_transaction
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax
from apps.finance.services.issue import approve_invoice
from apps.finance.services.parts import Asked, quantities_of
from apps.finance.services.vat import Vat, decide, tax_groups
from apps.orders.choices import BillingResponsibility, BillingTarget, OrderStatus
from apps.orders.models import LineItem, Order
from apps.orders.queries import main_contact
from apps.organizations.choices import PaymentTerms
from apps.organizations.models import Contact, Organization
from apps.workflow.services import record_creation

TERM_DAYS = {
    PaymentTerms.IMMEDIATE: 0,
    PaymentTerms.NET_14: 14,
    PaymentTerms.NET_30: 30,
    PaymentTerms.NET_60: 60,
    PaymentTerms.NET_90: 90,
}

ASKED = Asked(
    place="/line_items_to_invoice",
    key="line_item_id",
    unknown=("unknown_line_item", _("The order has no such line.")),
    too_much=("quantity_not_open", _("Of this line %(most)s can be invoiced.")),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A line of the order that is to be invoiced; without a quantity, all of it that is open."""

    line_item_id: UUID
    quantity: Decimal | None = None


@in_transaction
def invoice_generate(
    *,
    order: Order,
    line_items_to_invoice: Sequence[Wanted] | None = None,
    customer_reference: str = "",
    draft: bool = False,
    by: User | None,
) -> list[Invoice]:
    """Invoice lines of an order, one invoice per organization that pays; without a list, all that is open.

    `customer_reference` is the payer's own order number; without it a partner's is what the partner calls the order.
    One below the company's approval threshold is approved and numbered at once, unless it is to stay a draft.

    Raises:
        Refused: order_not_invoiced, nothing_to_invoice, billed_to_nobody, contact_missing, invoice_negative, and whatever
            `approve_invoice` refuses.
        Malformed: unknown_line_item, quantity_not_open, twice.
    """
    locked = Order.objects.select_for_update(of=("self",)).for_page().with_lines().get(pk=order.pk)
    _refuse_never_invoiced(locked)
    quantities = _quantities(locked, line_items_to_invoice)
    groups: dict[Organization, list[LineItem]] = defaultdict(list)
    for line in locked.line_items.all():
        if line.pk in quantities:
            groups[_payer(locked, line)].append(line)
    invoices = [_draft(locked, buyer, lines, quantities, customer_reference, by) for buyer, lines in groups.items()]
    if draft:
        return invoices
    threshold = locked.business_entity.invoice_approval_threshold
    return [
        approve_invoice(invoice=invoice, by=None) if invoice.subtotal_excl_tax < threshold else invoice for invoice in invoices
    ]


def payers_of(order: Order) -> set[Organization]:
    """Who pays something of an order, as far as that is known."""
    return {payer for line in order.line_items.all() if (payer := _known_payer(order, line)) is not None}


def open_quantities(order: Order) -> dict[UUID, Decimal]:
    """How much of each line of an order stands on no invoice; what was credited is open again."""
    standing = InvoiceLine.objects.filter(line_item__order=order).exclude(invoice__status=InvoiceStatus.CANCELLED)
    invoiced = dict(standing.values_list("line_item").annotate(Sum("quantity")))
    return {line.pk: line.quantity - invoiced.get(line.pk, Decimal(0)) for line in order.line_items.all()}


def _refuse_never_invoiced(order: Order) -> None:
    if order.is_test or order.deleted_at is not None or order.status == OrderStatus.CANCELLED:
        raise Refused(
            _("A test, a removed and a cancelled order are not invoiced."), code="order_not_invoiced", order=order.order_number
        )


def _quantities(order: Order, wanted: Sequence[Wanted] | None) -> dict[UUID, Decimal]:
    still_open = open_quantities(order)
    if wanted is not None:
        return quantities_of([(each.line_item_id, each.quantity) for each in wanted], still_open, ASKED)
    found = {key: quantity for key, quantity in still_open.items() if quantity > 0}
    if not found:
        raise Refused(_("All of this order has been invoiced."), code="nothing_to_invoice")
    return found


def _payer(order: Order, line: LineItem) -> Organization:
    payer = _known_payer(order, line)
    if payer is None:
        raise Refused(
            _("Nobody is known who pays “%(line)s”: say on the line or the order who does.") % {"line": line.description},
            code="billed_to_nobody",
        )
    return payer


def _known_payer(order: Order, line: LineItem) -> Organization | None:
    if line.billing_responsibility == BillingResponsibility.PARTNER:
        payer = order.partner_organization
    elif line.billing_responsibility == BillingResponsibility.SHARED:
        payer = None  # nobody has said in which parts
    elif order.default_billing_target == BillingTarget.ROOT:
        payer = order.root_organization
    elif order.default_billing_target == BillingTarget.DEALER:
        payer = order.partner_organization
    else:
        payer = order.customer_organization
    return payer


def _draft(
    order: Order, buyer: Organization, lines: Sequence[LineItem], quantities: dict[UUID, Decimal], reference: str, by: User | None
) -> Invoice:
    invoice = Invoice(
        business_entity=order.business_entity,
        order=order,
        invoice_type=InvoiceType.PARTNER if buyer.is_partner else InvoiceType.CUSTOMER,
        billing_organization=buyer,
        billing_contact=_contact(order, buyer),
        delivery_date=_delivered(order),
        payment_term_days=TERM_DAYS.get(PaymentTerms(buyer.payment_terms), 0)
        if buyer.payment_terms
        else order.business_entity.payment_term_days,
        customer_reference=reference.strip() or (order.partner_reference if buyer.is_partner else ""),
    )
    made = [
        _line(invoice, place, line, quantities[line.pk], decide(line, buyer=buyer, among=lines))
        for place, line in enumerate(lines, start=1)
    ]
    store(invoice, made)
    record_creation(invoice, by=by)
    return invoice


def _line(invoice: Invoice, place: int, line: LineItem, quantity: Decimal, vat: Vat) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        line_order=place,
        line_item=line,
        article_number=line.article.article_number if line.article else "",
        description=line.description,
        quantity=quantity,
        unit_price=line.unit_price_customer,
        unit_cost=line.article.cost_price if line.article else None,
        vat_category=vat.category,
        vat_rate=vat.rate,
        vat_reason=vat.reason,
        total=line_total(quantity=quantity, unit_price=line.unit_price_customer),
    )


def store(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Store a new draft with its lines and the VAT over them.

    Raises:
        Refused: invoice_negative.
    """
    groups = tax_groups((line.vat_category, line.vat_rate, line.total) for line in lines)
    invoice.subtotal_excl_tax = sum((group.taxable for group in groups), ZERO)
    invoice.total_tax = sum((group.amount for group in groups), ZERO)
    invoice.total_amount = invoice.subtotal_excl_tax + invoice.total_tax
    if invoice.total_amount < ZERO:
        raise Refused(_("These lines come to less than nothing."), code="invoice_negative")
    invoice.save()
    InvoiceLine.objects.bulk_create(lines)
    InvoiceTax.objects.bulk_create(
        InvoiceTax(invoice=invoice, vat_category=group.category, vat_rate=group.rate, taxable=group.taxable, amount=group.amount)
        for group in groups
    )


def _contact(order: Order, buyer: Organization) -> Contact:
    """Whom of the payer the invoice goes to: who was named for it on the order, at the payer, or else stands first."""
    named = order.other_contacts.filter(is_billing_contact=True, contact__organization=buyer, contact__deleted_at=None)
    for_order = named.select_related("contact__organization").first()
    if for_order is not None:
        return for_order.contact
    own = buyer.contacts.not_deleted().filter(is_billing_contact=True, is_active=True).order_by("-is_primary", "pk").first()
    of_customer = order.primary_contact if buyer == order.customer_organization else None
    contact = buyer.financial_contact or own or of_customer or main_contact(buyer)
    if contact is None:
        raise Refused(_("%(organization)s has no contact for invoices.") % {"organization": buyer}, code="contact_missing")
    return contact


def _delivered(order: Order) -> date:
    return order.actual_completion_date or clock.today()
