"""Where an invoice and its order stand after money moved: read from the rows, never added to what was thought before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from apps.core import clock
from apps.core.money import ZERO
from apps.core.prepared import execute
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, PaymentAllocation
from apps.orders.choices import BillingStatus, FinancialStatus
from apps.orders.models import Order
from apps.orders.services import set_money_statuses
from apps.workflow.services import change_status

NUMBERED = (
    InvoiceStatus.APPROVED,
    InvoiceStatus.SENT,
    InvoiceStatus.PARTIALLY_PAID,
    InvoiceStatus.PAID,
    InvoiceStatus.OVERDUE,
    InvoiceStatus.COLLECTION,
    InvoiceStatus.CREDITED,
)


def lock_invoice(invoice: Invoice) -> Invoice:
    """The invoice as it is now, behind the lock of its order: every act on money takes the two in this order."""
    Order.objects.select_for_update(of=("self",)).get(pk=invoice.order_id)
    return Invoice.objects.select_for_update(of=("self",)).for_page().get(pk=invoice.pk)


def refresh_standing(invoice: Invoice) -> Invoice:
    """Write what was paid and credited of a locked invoice, and move it and its order to where they stand now."""
    invoice.paid_amount = _sum(PaymentAllocation.objects.filter(invoice=invoice, is_active=True), "amount")
    credited = invoice.credit_notes.filter(status__in=NUMBERED)
    invoice.credited_amount = -_sum(credited, "total_amount")
    invoice.save(update_fields=["paid_amount", "credited_amount"])
    target = _status_of(invoice)
    if target != invoice.status:
        invoice = change_status(invoice, target, by=None).record  # type: ignore[assignment]  # what was passed in
    refresh_order(invoice.order)
    return invoice


def refresh_order(order: Order) -> None:
    """Write how much of an order was invoiced and paid."""
    refresh_orders([order])


def refresh_orders(orders: Sequence[Order]) -> None:
    """Write how much of each of many orders was invoiced and paid, in four statements for all of them."""
    keys = [order.pk for order in orders]
    lines, claims = _lines(keys), _claims(keys)
    set_money_statuses([(order, _billing_status(lines[order.pk]), _financial_status(claims[order.pk])) for order in orders])


def _status_of(invoice: Invoice) -> str:
    if invoice.credited_amount == invoice.total_amount > ZERO:
        return InvoiceStatus.CREDITED
    if invoice.balance == ZERO and invoice.total_amount > ZERO:
        return InvoiceStatus.PAID
    if invoice.status == InvoiceStatus.COLLECTION:
        return InvoiceStatus.COLLECTION  # a part of it does not end that
    if invoice.paid_amount > ZERO:
        return InvoiceStatus.PARTIALLY_PAID
    if invoice.status in {InvoiceStatus.PAID, InvoiceStatus.PARTIALLY_PAID}:
        return InvoiceStatus.SENT
    return str(invoice.status)


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of an order: how much of it was ordered and how much was invoiced; None where it stands on no document."""

    quantity: Decimal
    invoiced: Decimal | None


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """What an invoice of an order is worth by now."""

    paid: Decimal
    balance: Decimal
    due_date: date | None


LINES = """
    SELECT line_item.order_id, line_item.quantity, sum(standing.quantity)
    FROM line_item LEFT JOIN (
        SELECT invoice_line.line_item_id, invoice_line.quantity FROM invoice_line
        JOIN invoice ON invoice.id = invoice_line.invoice_id
        WHERE invoice.order_id = ANY(%s::uuid[]) AND invoice.status = ANY(%s::text[])
    ) AS standing ON standing.line_item_id = line_item.id
    WHERE line_item.order_id = ANY(%s::uuid[]) GROUP BY line_item.id
"""
CLAIMS = """
    SELECT order_id, paid_amount, total_amount - paid_amount - credited_amount, due_date FROM invoice
    WHERE order_id = ANY(%s::uuid[]) AND status = ANY(%s::text[]) AND invoice_type <> %s::text
"""


def _lines(orders: list[UUID]) -> dict[UUID, list[_Line]]:
    lines: dict[UUID, list[_Line]] = defaultdict(list)
    for order, quantity, invoiced in execute(LINES, (orders, [str(each) for each in NUMBERED], orders)):
        lines[order].append(_Line(quantity=quantity, invoiced=invoiced))
    return lines


def _claims(orders: list[UUID]) -> dict[UUID, list[_Claim]]:
    claims: dict[UUID, list[_Claim]] = defaultdict(list)
    for order, paid, balance, due_date in execute(
        CLAIMS, (orders, [str(each) for each in NUMBERED], str(InvoiceType.CREDIT_NOTE))
    ):
        claims[order].append(_Claim(paid=paid, balance=balance, due_date=due_date))
    return claims


def _billing_status(lines: Sequence[_Line]) -> str:
    invoiced = [line.invoiced for line in lines if line.invoiced is not None]
    if not invoiced:
        return BillingStatus.NOT_INVOICED
    if not any(invoiced):
        return BillingStatus.CREDITED
    whole = all((line.invoiced or Decimal(0)) >= line.quantity for line in lines)
    return BillingStatus.INVOICED if whole else BillingStatus.PARTIALLY_INVOICED


def _financial_status(claims: Sequence[_Claim]) -> str:
    if any(claim.balance > ZERO and claim.due_date is not None and claim.due_date < clock.today() for claim in claims):
        return FinancialStatus.OVERDUE
    paid = sum((each.paid for each in claims), ZERO)
    if paid == ZERO:
        return FinancialStatus.UNPAID
    return FinancialStatus.PARTIALLY_PAID if any(each.balance for each in claims) else FinancialStatus.PAID


def _sum(rows: object, column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or ZERO  # type: ignore[attr-defined]
