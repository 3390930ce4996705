"""Invoices from an order: which lines, how much of each, and to whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.bulk import insert_many
from apps.core.errors import Refused
from apps.core.money import ZERO, line_total
from apps.core.transactions import in_transaction
from apps.finance.choices import InvoiceType
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax
from apps.finance.services.cases import Case, case_of, payer_of
from apps.finance.services.drafts import Draft
from apps.finance.services.issue import issue, prepare
from apps.finance.services.parts import Asked, quantities_of
from apps.finance.services.vat import Vat, decide, tax_groups
from apps.orders.choices import OrderStatus
from apps.orders.models import LineItem, Order
from apps.organizations.choices import PaymentTerms
from apps.organizations.models import Contact, Organization
from apps.workflow.services import record_creations

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
    drafts = _drafts(case_of(order), line_items_to_invoice, customer_reference)
    return store([replace(each, at_once=False) for each in drafts] if draft else _prepared(drafts), by=by)


def drafts_to_issue(case: Case) -> list[Draft]:
    """The invoices of all that is open of an order, not stored yet; what nobody needs to approve is ready to be issued.

    Raises:
        Refused: see `invoice_generate`.
    """
    return _prepared(_drafts(case))


def store(drafts: Sequence[Draft], *, by: User | None) -> list[Invoice]:
    """Store new drafts, of one order or of many, and issue those that nobody needs to approve; gives them as they stand then.

    Raises:
        Conflict, Refused: see `issue`.
    """
    invoices = [draft.invoice for draft in drafts]
    insert_many(invoices)
    insert_many([line for draft in drafts for line in draft.lines])
    insert_many([tax for draft in drafts for tax in draft.taxes])
    record_creations(invoices, by=by)
    issued: dict[UUID, Any] = {step.entity_id: step.record for step in issue([each for each in drafts if each.at_once], by=None)}
    return [issued.get(invoice.pk, invoice) for invoice in invoices]


def _prepared(drafts: list[Draft]) -> list[Draft]:
    for draft in drafts:
        if draft.at_once:
            prepare(draft)
    return drafts


def _drafts(case: Case, wanted: Sequence[Wanted] | None = None, customer_reference: str = "") -> list[Draft]:
    _refuse_never_invoiced(case.order)
    quantities = _quantities(case, wanted)
    groups: dict[Organization, list[LineItem]] = defaultdict(list)
    for line in case.lines:
        if line.pk in quantities:
            groups[_payer(case.order, line)].append(line)
    return [_draft(case, buyer, lines, quantities, customer_reference) for buyer, lines in groups.items()]


def _refuse_never_invoiced(order: Order) -> None:
    if order.is_test or order.deleted_at is not None or order.status == OrderStatus.CANCELLED:
        raise Refused(
            _("A test, a removed and a cancelled order are not invoiced."), code="order_not_invoiced", order=order.order_number
        )


def _quantities(case: Case, wanted: Sequence[Wanted] | None) -> dict[UUID, Decimal]:
    if wanted is not None:
        return quantities_of([(each.line_item_id, each.quantity) for each in wanted], case.still_open, ASKED)
    found = {key: quantity for key, quantity in case.still_open.items() if quantity > 0}
    if not found:
        raise Refused(_("All of this order has been invoiced."), code="nothing_to_invoice")
    return found


def _payer(order: Order, line: LineItem) -> Organization:
    payer = payer_of(order, line)
    if payer is None:
        raise Refused(
            _("Nobody is known who pays “%(line)s”: say on the line or the order who does.") % {"line": line.description},
            code="billed_to_nobody",
        )
    return payer


def _draft(
    case: Case, buyer: Organization, lines: Sequence[LineItem], quantities: Mapping[UUID, Decimal], reference: str
) -> Draft:
    order = case.order
    invoice = Invoice(
        business_entity=order.business_entity,
        order=order,
        invoice_type=InvoiceType.PARTNER if buyer.is_partner else InvoiceType.CUSTOMER,
        billing_organization=buyer,
        billing_contact=_contact(case, buyer),
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
    taxes = _add_up(invoice, made)
    threshold = order.business_entity.invoice_approval_threshold
    return Draft(invoice=invoice, lines=made, taxes=taxes, at_once=invoice.subtotal_excl_tax < threshold)


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


def _add_up(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[InvoiceTax]:
    """Write the totals of the lines on an invoice; gives the VAT over them."""
    groups = tax_groups((line.vat_category, line.vat_rate, line.total) for line in lines)
    invoice.subtotal_excl_tax = sum((group.taxable for group in groups), ZERO)
    invoice.total_tax = sum((group.amount for group in groups), ZERO)
    invoice.total_amount = invoice.subtotal_excl_tax + invoice.total_tax
    if invoice.total_amount < ZERO:
        raise Refused(_("These lines come to less than nothing."), code="invoice_negative")
    return [
        InvoiceTax(invoice=invoice, vat_category=group.category, vat_rate=group.rate, taxable=group.taxable, amount=group.amount)
        for group in groups
    ]


def _contact(case: Case, buyer: Organization) -> Contact:
    """Whom of the payer the invoice goes to: who was named for it on the order, at the payer, or else stands first."""
    known = case.contacts.get(buyer.pk, ())
    own = next((contact for contact in known if contact.is_billing_contact and contact.is_active), None)
    of_customer = case.order.primary_contact if buyer == case.order.customer_organization else None
    contact = case.named.get(buyer.pk) or buyer.financial_contact or own or of_customer or next(iter(known), None)
    if contact is None:
        raise Refused(_("%(organization)s has no contact for invoices.") % {"organization": buyer}, code="contact_missing")
    return contact


def _delivered(order: Order) -> date:
    return order.actual_completion_date or clock.today()
