"""Invoices whose day of payment has passed."""

from django.db import transaction

from apps.core import clock
from apps.finance.choices import InvoiceStatus
from apps.finance.models import Invoice
from apps.finance.models.invoice import OPEN_AMOUNT
from apps.finance.services.standing import lock_invoice, refresh_order
from apps.workflow.services import change_status

PAYABLE = (InvoiceStatus.SENT, InvoiceStatus.PARTIALLY_PAID)


def mark_overdue(*, limit: int) -> int:
    """Move what was sent and is not paid in time to overdue, and its order with it; gives how many."""
    late = Invoice.objects.receivable().filter(status__in=PAYABLE, due_date__lt=clock.today())
    open_still = late.alias(open_amount=OPEN_AMOUNT).filter(open_amount__gt=0)
    return sum(_fall_due(invoice) for invoice in open_still.order_by("due_date", "pk")[:limit])


@transaction.atomic
def _fall_due(invoice: Invoice) -> bool:
    locked = lock_invoice(invoice)
    if locked.status not in PAYABLE or locked.balance <= 0:
        return False  # paid meanwhile
    change_status(locked, InvoiceStatus.OVERDUE, by=None)
    refresh_order(locked.order)
    return True
