"""Where an invoice and its order stand after money moved: read from the rows, never added to what was thought before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from apps.core import clock
from apps.core.bulk import update_many
from apps.core.money import ZERO
from apps.core.prepared import execute
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, PaymentAllocation, WriteOff
from apps.orders.choices import BillingStatus, FinancialStatus
from apps.orders.models import Order
from apps.orders.services import set_money_statuses
from apps.workflow.services import Move, change_statuses

NUMBERED = (
    InvoiceStatus.APPROVED,
    InvoiceStatus.SENT,
    InvoiceStatus.PARTIALLY_PAID,
    InvoiceStatus.PAID,
    InvoiceStatus.OVERDUE,
    InvoiceStatus.COLLECTION,
    InvoiceStatus.CREDITED,
)
WORTH = (
    "business_entity",
    "order",
    "billing_organization",
    "invoice_number",
    "invoice_type",
    "payment_reference",
    "status",
    "total_amount",
    "paid_amount",
    "credited_amount",
    "written_off_amount",
)


def lock_invoice(invoice: Invoice) -> Invoice:
    """The invoice as it is now, behind the lock of its order: every act on money takes the two in this order."""
    Order.objects.select_for_update(of=("self",)).get(pk=invoice.order_id)
    return Invoice.objects.select_for_update(of=("self",)).for_page().get(pk=invoice.pk)


def lock_invoices(invoices: Iterable[Invoice]) -> dict[UUID, Invoice]:
    """The same of several, by key: each kind by ascending key, and of the invoices what they are worth alone."""
    wanted = list(invoices)
    orders = Order.objects.filter(pk__in={each.order_id for each in wanted}).order_by("pk")
    list(orders.select_for_update(of=("self",)).values_list("pk"))
    rows = Invoice.objects.filter(pk__in={each.pk for each in wanted}).order_by("pk")
    return {each.pk: each for each in rows.select_for_update(of=("self",)).only(*WORTH)}


def refresh_standing(invoice: Invoice) -> Invoice:
    """Write what was paid, credited and written off of a locked invoice, and move it and its order to where they stand now."""
    [standing] = refresh_standings([invoice])
    return standing


def refresh_standings(invoices: Sequence[Invoice]) -> list[Invoice]:
    """The same for several locked invoices."""
    keys = [each.pk for each in invoices]
    paid = _sums(PaymentAllocation.objects.filter(invoice__in=keys, is_active=True), "invoice", "amount")
    credited = _sums(Invoice.objects.filter(credited_invoice__in=keys, status__in=NUMBERED), "credited_invoice", "total_amount")
    given_up = _sums(WriteOff.objects.filter(invoice__in=keys, is_active=True), "invoice", "amount")
    for each in invoices:
        each.paid_amount, each.credited_amount = paid.get(each.pk, ZERO), -credited.get(each.pk, ZERO)
        each.written_off_amount = given_up.get(each.pk, ZERO)
    update_many(invoices, ["paid_amount", "credited_amount", "written_off_amount"])
    moves = [Move(record=each, to_status=target) for each in invoices if (target := _status_of(each)) != each.status]
    moved: dict[UUID, Any] = {step.entity_id: step.record for step in change_statuses(moves, by=None)}
    refresh_orders(Order.objects.filter(pk__in={each.order_id for each in invoices}).only("billing_status", "financial_status"))
    return [moved.get(each.pk, each) for each in invoices]


def refresh_order(order: Order) -> None:
    """Write how much of an order was invoiced and paid."""
    refresh_orders([order])


def refresh_orders(orders: Iterable[Order]) -> None:
    """Write how much of each of many orders was invoiced and paid, in four statements for all of them."""
    held = {order.pk: order for order in orders}
    lines, claims = _lines(list(held)), _claims(list(held))
    set_money_statuses((order, _billing_status(lines[key]), _financial_status(claims[key])) for key, order in held.items())


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
    """What an invoice of an order is worth by now, and whether what had paid it went back to the customer."""

    paid: Decimal
    balance: Decimal
    due_date: date | None
    went_back: bool


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
    SELECT order_id, paid_amount, total_amount - paid_amount - credited_amount - written_off_amount, due_date,
        paid_amount = 0 AND total_amount = credited_amount AND EXISTS (
            SELECT FROM payment_allocation AS given JOIN refund ON refund.payment_id = given.payment_id
            WHERE given.invoice_id = invoice.id AND refund.state = 'paid'
        )
    FROM invoice
    WHERE order_id = ANY(%s::uuid[]) AND status = ANY(%s::text[]) AND invoice_type <> %s::text
"""


def _lines(orders: list[UUID]) -> dict[UUID, list[_Line]]:
    lines: dict[UUID, list[_Line]] = defaultdict(list)
    for order, quantity, invoiced in execute(LINES, (orders, [str(each) for each in NUMBERED], orders)):
        lines[order].append(_Line(quantity=quantity, invoiced=invoiced))
    return lines


def _claims(orders: list[UUID]) -> dict[UUID, list[_Claim]]:
    claims: dict[UUID, list[_Claim]] = defaultdict(list)
    for order, paid, balance, due_date, went_back in execute(
        CLAIMS, (orders, [str(each) for each in NUMBERED], str(InvoiceType.CREDIT_NOTE))
    ):
        claims[order].append(_Claim(paid=paid, balance=balance, due_date=due_date, went_back=went_back))
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
    is_open = any(each.balance for each in claims)
    if paid == ZERO:
        is_refunded = not is_open and any(each.went_back for each in claims)
        return FinancialStatus.REFUNDED if is_refunded else FinancialStatus.UNPAID
    return FinancialStatus.PARTIALLY_PAID if is_open else FinancialStatus.PAID


def _sums(rows: QuerySet[Any], of: str, column: str) -> dict[UUID, Decimal]:
    return dict(rows.order_by().values_list(of).annotate(Sum(column)))
