"""Sending one row: the calls that it takes, in the words of its system. Nothing here is in a transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from apps.core import outbound
from apps.finance.choices import ExportKind, ExportState, MappingSubject
from apps.finance.clients.accounting import CallMade, Refusal, Wire
from apps.finance.clients.exact import Exact
from apps.finance.clients.xero import Xero
from apps.finance.documents.filling import document_of
from apps.finance.models import AccountingCustomer, AccountingExport, Invoice
from apps.finance.services.accounting.access import client_for
from apps.finance.services.accounting.wording import Codes, customer_of, entry_of


class Moot(Exception):
    """There is nothing to send (any more); it says why."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a row: the key of what is there now, why nothing needs to be, or what went wrong."""

    calls: list[CallMade] = field(default_factory=list)
    external_id: str = ""
    moot: str = ""
    error: outbound.OutboundError | None = None
    rests_until: datetime | None = None


def deliver(export: AccountingExport) -> Outcome:
    """Make the calls that a row takes. Never raises for what the other side does."""
    wire: Wire | None = None
    found: dict[str, object] = {}
    try:
        client, wire = client_for(export.connection)
        found["external_id"] = _to_exact(client, export) if isinstance(client, Exact) else _to_xero(client, export)
    except Moot as moot:
        found["moot"] = str(moot)
    except outbound.OutboundError as error:
        found["error"] = error
    if wire is not None:
        found |= {"calls": wire.calls, "rests_until": wire.rests_until}
    return Outcome(**found)  # type: ignore[arg-type]  # by name, from here alone


# Exact: looked for first, each time


def _to_exact(client: Exact, export: AccountingExport) -> str:
    document, codes = export.document, Codes(export.connection)
    journal = MappingSubject.CREDIT_JOURNAL if document.is_credit_note else MappingSubject.SALES_JOURNAL
    entry = entry_of(document, codes, account=_exact_account(client, codes, document), journal=codes.of(journal))
    return client.find_entry(entry) or client.add_entry(entry, customer_id=_exact_customer(client, export))


def _exact_account(client: Exact, codes: Codes, document: Invoice) -> str:
    """The key of the account of revenue; asked once for each code."""
    row = codes.row(_account_subject(document))
    if row.known_id:
        return row.known_id
    key = client.account_id(row.code)
    if key is None:
        raise Refusal("account_unknown", _("There is no ledger account %(code)s there.") % {"code": row.code})
    row.external_id, row.looked_up = key, row.code
    row.save(update_fields=["external_id", "looked_up"])
    return key


def _exact_customer(client: Exact, export: AccountingExport) -> str:
    """The key of whoever is billed; made there when it is not."""
    known, customer = customer_of(export.document, export.connection)
    if known.external_id:
        return known.external_id
    there = client.find_customer(customer.number)
    if there is not None and there[1] != customer.name[:50]:
        raise Refusal("number_taken", _("Number %(number)s is %(name)s there.") % {"number": customer.number, "name": there[1]})
    key = there[0] if there else client.add_customer(customer)
    AccountingCustomer.objects.filter(pk=known.pk).update(external_id=key)
    return key


# Xero: known by its key, and looked for where that may be forgotten


def _to_xero(client: Xero, export: AccountingExport) -> str:
    return {
        ExportKind.INVOICE: _xero_document,
        ExportKind.CREDIT_NOTE: _xero_credit_note,
        ExportKind.PAYMENT: _xero_payment,
        ExportKind.PAYMENT_REMOVED: _xero_payment_removed,
    }[ExportKind(export.kind)](client, export)


def _xero_document(client: Xero, export: AccountingExport) -> str:
    codes = Codes(export.connection)
    entry = entry_of(export.document, codes, account=codes.of(_account_subject(export.document)))
    there = client.find_entry(entry) if _may_be_there(export) else None
    _known, customer = customer_of(export.document, export.connection)
    return there or client.add_entry(entry, customer=customer, key=key_of(export))


def _xero_credit_note(client: Xero, export: AccountingExport) -> str:
    note, key = export.document, _xero_document(client, export)
    invoice = _key_of(export, export.root)
    if invoice and not (_may_be_there(export) and client.is_allocated(key, invoice_id=invoice)):
        client.allocate(
            key, invoice_id=invoice, amount=-note.total_amount, on=document_of(note).issue_date, key=key_of(export, "allocation")
        )
    return key


def _xero_payment(client: Xero, export: AccountingExport) -> str:
    allocation = export.allocation
    if allocation is None or not allocation.is_active:
        raise Moot(_("It was taken back before it was sent."))
    invoice = _key_of(export, export.document)
    if not invoice:
        raise Moot(_("The invoice itself was not sent."))
    payment = allocation.payment
    reference = f"{payment.payment_number} {allocation.pk.hex[-12:]}"
    there = client.payments_of(invoice) if _may_be_there(export) else {}
    found = next((key for key, said in there.items() if said == reference), "")
    return found or client.add_payment(
        invoice_id=invoice,
        account=Codes(export.connection).of(MappingSubject.BANK),
        amount=allocation.amount,
        on=payment.payment_date,
        reference=reference,
        key=key_of(export),
    )


def _xero_payment_removed(client: Xero, export: AccountingExport) -> str:
    sent = AccountingExport.objects.get(connection=export.connection, kind=ExportKind.PAYMENT, allocation=export.allocation_id)
    if sent.state != ExportState.DONE:
        raise Moot(_("The payment itself was not sent."))
    is_gone = _may_be_there(export) and sent.external_id not in client.payments_of(_key_of(export, export.document))
    if not is_gone:
        client.remove_payment(sent.external_id, key=key_of(export))
    return sent.external_id


def key_of(export: AccountingExport, part: str = "") -> str:
    """What makes a call known as the same one, over all its attempts."""
    return sha256(f"{export.connection_id}|{export.pk}|{export.version}|{part}".encode()).hexdigest()


def _may_be_there(export: AccountingExport) -> bool:
    """Whether an earlier attempt may have arrived."""
    return export.attempts > 1 or export.version > 1


def _account_subject(document: Invoice) -> MappingSubject:
    return MappingSubject.CREDITS if document.is_credit_note else MappingSubject.REVENUE


def _key_of(export: AccountingExport, document: Invoice) -> str:
    """The key there of a document that was sent; empty where none was."""
    rows = AccountingExport.objects.filter(connection=export.connection, document=document, allocation=None)
    return rows.filter(state=ExportState.DONE).values_list("external_id", flat=True).first() or ""
