"""Where an invoice and its order stand after money moved: read from the rows, never added to what was thought before."""

from decimal import Decimal

from django.db.models import Sum

from apps.core import clock
from apps.core.money import ZERO
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, InvoiceLine, PaymentAllocation
from apps.orders.choices import BillingStatus, FinancialStatus
from apps.orders.models import Order
from apps.orders.services import set_money_status
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
    set_money_status(order=order, billing_status=_billing_status(order), financial_status=_financial_status(order))


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


def _billing_status(order: Order) -> str:
    invoiced = dict(
        InvoiceLine.objects.filter(invoice__order=order, invoice__status__in=NUMBERED)
        .values_list("line_item")
        .annotate(Sum("quantity"))
    )
    wanted = dict(order.line_items.values_list("pk", "quantity"))
    if not invoiced:
        return BillingStatus.NOT_INVOICED
    if not any(invoiced.values()):
        return BillingStatus.CREDITED
    whole = all(invoiced.get(key, Decimal(0)) >= quantity for key, quantity in wanted.items())
    return BillingStatus.INVOICED if whole else BillingStatus.PARTIALLY_INVOICED


def _financial_status(order: Order) -> str:
    invoices = list(Invoice.objects.filter(order=order, status__in=NUMBERED).exclude(invoice_type=InvoiceType.CREDIT_NOTE))
    if any(_is_late(invoice) for invoice in invoices):
        return FinancialStatus.OVERDUE
    paid = sum((each.paid_amount for each in invoices), ZERO)
    if paid == ZERO:
        return FinancialStatus.UNPAID
    return FinancialStatus.PARTIALLY_PAID if any(each.balance for each in invoices) else FinancialStatus.PAID


def _is_late(invoice: Invoice) -> bool:
    return invoice.balance > ZERO and invoice.due_date is not None and invoice.due_date < clock.today()


def _sum(rows: object, column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or ZERO  # type: ignore[attr-defined]
