"""Money that asks for somebody: invoices over their date or never sent, and bank lines that nobody has recognised."""

from datetime import datetime, time

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.chips import admin_url, euro
from apps.core.contributions import Viewer, WorkItem
from apps.finance.choices import UNDECIDED, InvoiceStatus
from apps.finance.models import BankTransaction, Invoice
from apps.finance.queries import invoices_of

NOON = time(12)


def invoices_overdue(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Invoices that should have been paid, the longest due first."""
    if not viewer.user.has_perm("finance.view_invoice"):
        return []
    late = _of_entity(invoices_of(viewer.user), viewer).receivable().filter(due_date__lt=clock.today())
    found = late.select_related("billing_organization").order_by("due_date")[:limit]
    return [
        WorkItem(
            key=f"invoice_overdue:{invoice.pk}",
            kind="invoice_overdue",
            title=_title(invoice),
            reason=_("Should have been paid; %(amount)s is open.") % {"amount": euro(invoice.balance)},
            url=admin_url(invoice),
            severity="warning",
            due_at=datetime.combine(invoice.due_date, NOON, tzinfo=clock.AMSTERDAM),
            money_at_risk=invoice.balance,
            business_entity=invoice.business_entity_id,
        )
        for invoice in found
    ]


def invoices_unsent(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Invoices that were approved and never left."""
    if not viewer.user.has_perm("finance.view_invoice"):
        return []
    unsent = _of_entity(invoices_of(viewer.user), viewer).filter(status=InvoiceStatus.APPROVED)
    found = unsent.select_related("billing_organization").order_by("approved_at")[:limit]
    return [
        WorkItem(
            key=f"invoice_unsent:{invoice.pk}",
            kind="invoice_unsent",
            title=_title(invoice),
            reason=_("Approved, and not sent yet."),
            url=admin_url(invoice),
            severity="warning",
            due_at=invoice.approved_at,
            money_at_risk=invoice.total_amount,
            business_entity=invoice.business_entity_id,
        )
        for invoice in found
    ]


def bank_lines_open(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Money that came in and that belongs to nothing yet, the longest first."""
    if not viewer.user.has_perm("finance.view_banktransaction"):
        return []
    lines = _of_entity(BankTransaction.objects.visible_to(viewer.user), viewer).filter(state__in=UNDECIDED)
    return [
        WorkItem(
            key=f"bank_line:{line.pk}",
            kind="bank_line",
            title=f"{line.counterparty_name or line.counterparty_iban or _('Unknown payer')} · {euro(line.amount)}",
            reason=_("Came in, and it is not known for what."),
            url=admin_url(line),
            severity="info",
            due_at=datetime.combine(line.booking_date, NOON, tzinfo=clock.AMSTERDAM),
            money_at_risk=abs(line.amount),
            business_entity=line.business_entity_id,
        )
        for line in lines.order_by("id")[:limit]
    ]


def _of_entity(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows if viewer.business_entity is None else rows.filter(business_entity=viewer.business_entity)


def _title(invoice: Invoice) -> str:
    return f"{invoice} · {invoice.billing_organization.name}"
