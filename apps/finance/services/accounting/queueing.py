"""Putting in line what is to reach a company's accounting system: each document and payment once, in the order they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import clock
from apps.core.transactions import in_transaction
from apps.finance.choices import EXPORTING, ExportKind, ExportState
from apps.finance.models import AccountingConnection, AccountingExport, AccountingHealth, Invoice, PaymentAllocation
from apps.finance.services.accounting.doorbell import doorbell
from apps.organizations.models import BusinessEntity

MOST_AT_ONCE = 1_000
SHORTLY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A row that is to be in line."""

    kind: ExportKind
    document: Invoice
    allocation: PaymentAllocation | None = None

    @property
    def key(self) -> tuple[str, UUID]:
        """What may be in line once: a document, whatever its kind; a payment, and a payment taken back."""
        return (str(self.kind), self.allocation.pk) if self.allocation else ("document", self.document.pk)


@in_transaction
def queue_document(invoice: Invoice) -> int:
    """Put a document that has its number in line, where its company has a connection; gives how many rows that made.

    Before a credit note come the payments that it made free again: the system would refuse to credit what is paid.
    """
    connection, at = _exporting(invoice.business_entity), invoice.approved_at
    if connection is None or at is None or _is_queued(connection, invoice):
        return 0
    root = invoice.credited_invoice or invoice
    # Events come in any order; those of documents that were approved shortly before may still be under way.
    with_it = Q(pk__in={root.pk, invoice.pk}) | Q(approved_at__lte=at, approved_at__gt=at - SHORTLY)
    removed = _removed(connection).filter(invoice=root)
    return _queue(connection, _in_order(_missing_documents(connection).filter(with_it), removed, []))


def queue_missing() -> int:
    """Put in line what is not yet, of every company with a connection; gives how many rows that made.

    It reads what is booked, so nothing depends on an event being heard, and what was booked before a company connected
    follows by itself.
    """
    connections = AccountingConnection.objects.filter(status__in=EXPORTING).select_related("business_entity")
    return sum(queue_missing_of(connection) for connection in connections)


@in_transaction
def queue_missing_of(connection: AccountingConnection) -> int:
    """Put in line what is not yet of one connection, some thousands at a time; gives how many rows that made."""
    documents = _missing_documents(connection)[:MOST_AT_ONCE]
    removed, paid = _removed(connection)[:MOST_AT_ONCE], _paid(connection)[:MOST_AT_ONCE]
    made = _queue(connection, _in_order(documents, removed, []))
    # Payments follow once their documents are in line.
    return made + _queue(connection, _in_order([], [], paid))


def _exporting(business_entity: BusinessEntity) -> AccountingConnection | None:
    return AccountingConnection.objects.filter(business_entity=business_entity, status__in=EXPORTING).first()


def _is_queued(connection: AccountingConnection, invoice: Invoice) -> bool:
    return AccountingExport.objects.filter(connection=connection, document=invoice, allocation=None).exists()


def _missing_documents(connection: AccountingConnection) -> QuerySet[Invoice]:
    """Documents that were booked and are not in line; of one that comes to nothing there is nothing to book."""
    queued = AccountingExport.objects.filter(connection=connection, document=OuterRef("pk"), allocation=None)
    documents = Invoice.objects.filter(
        business_entity=connection.business_entity_id, invoice_number__isnull=False, invoice_date__gte=connection.starts_on
    )
    return documents.exclude(subtotal_excl_tax=0, total_tax=0).exclude(Exists(queued)).order_by("approved_at", "invoice_number")


def _removed(connection: AccountingConnection) -> QuerySet[PaymentAllocation]:
    """Payments that were put in line, and were taken back."""
    if not connection.takes_payments:
        return PaymentAllocation.objects.none()
    rows = AccountingExport.objects.filter(connection=connection, allocation=OuterRef("pk"))
    sent = rows.filter(kind=ExportKind.PAYMENT).exclude(state=ExportState.SKIPPED)
    told = rows.filter(kind=ExportKind.PAYMENT_REMOVED)
    return _for_line(PaymentAllocation.objects.filter(Exists(sent), ~Exists(told), is_active=False))


def _paid(connection: AccountingConnection) -> QuerySet[PaymentAllocation]:
    """Payments that stand, of invoices that are in line, and are not in line themselves."""
    if not connection.takes_payments:
        return PaymentAllocation.objects.none()
    rows = AccountingExport.objects.filter(connection=connection)
    invoiced = rows.filter(document=OuterRef("invoice"), kind=ExportKind.INVOICE)
    told = rows.filter(allocation=OuterRef("pk"), kind=ExportKind.PAYMENT)
    return _for_line(PaymentAllocation.objects.filter(Exists(invoiced), ~Exists(told), is_active=True))


def _for_line(rows: QuerySet[PaymentAllocation]) -> QuerySet[PaymentAllocation]:
    return rows.select_related("invoice").order_by("created_at", "pk")


def _in_order(
    documents: Iterable[Invoice], removed: Iterable[PaymentAllocation], paid: Iterable[PaymentAllocation]
) -> list[_Wanted]:
    """Invoices; then what makes room for credit notes; then those; then payments, which need their invoice to be there."""
    kinds = [(ExportKind.CREDIT_NOTE if each.is_credit_note else ExportKind.INVOICE, each) for each in documents]
    return [
        *(_Wanted(kind=kind, document=each) for kind, each in kinds if kind == ExportKind.INVOICE),
        *(_Wanted(kind=ExportKind.PAYMENT_REMOVED, document=each.invoice, allocation=each) for each in removed),
        *(_Wanted(kind=kind, document=each) for kind, each in kinds if kind == ExportKind.CREDIT_NOTE),
        *(_Wanted(kind=ExportKind.PAYMENT, document=each.invoice, allocation=each) for each in paid),
    ]


def _queue(connection: AccountingConnection, wanted: Sequence[_Wanted]) -> int:
    """Give each its place, behind the lock of the connection's health: two at once would give the same one."""
    if not wanted:
        return 0
    health = AccountingHealth.objects.select_for_update(of=("self",)).get(connection=connection)
    known = _known(connection, wanted)
    new = [each for each in wanted if each.key not in known]
    now = clock.now()
    AccountingExport.objects.bulk_create(
        AccountingExport(
            connection=connection,
            sequence=health.last_sequence + place,
            kind=each.kind,
            document=each.document,
            root_id=each.document.credited_invoice_id or each.document.pk,
            allocation=each.allocation,
            queued_at=now,
        )
        for place, each in enumerate(new, start=1)
    )
    AccountingHealth.objects.filter(pk=health.pk).update(last_sequence=health.last_sequence + len(new))
    if new:
        doorbell.ring_after_commit()
    return len(new)


def _known(connection: AccountingConnection, wanted: Sequence[_Wanted]) -> set[tuple[str, UUID]]:
    rows = AccountingExport.objects.filter(connection=connection, document__in=[each.document for each in wanted])
    return {
        (kind, allocation) if allocation else ("document", document)
        for kind, document, allocation in rows.values_list("kind", "document", "allocation")
    }
