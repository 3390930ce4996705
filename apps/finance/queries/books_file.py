"""Every booking of a company in a stretch of days, with the documents that they come from."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q, Sum

from apps.core.money import ZERO
from apps.core.records import RecordRef, resolve
from apps.finance.choices import VAT_ACCOUNTS, AccountRole
from apps.finance.documents.books_file import Head, Movement, Row
from apps.finance.models import Invoice, InvoiceTax, JournalEntry, JournalLine, LedgerAccount
from apps.organizations.models import BusinessEntity

AT_ONCE = 1_000
VAT_RATES = {role: rate for rate, role in VAT_ACCOUNTS.items()}
OF_REVENUE = (AccountRole.REVENUE, AccountRole.CREDITS)

Sources = Mapping[RecordRef, models.Model]


def head_of(business_entity: BusinessEntity, *, since: date, until: date) -> Head:
    return Head(
        company=business_entity.entity_code,
        name=business_entity.legal_name,
        kvk_number=business_entity.kvk_number,
        vat_number=business_entity.btw_number,
        since=since,
        until=until,
    )


def movements(business_entity: BusinessEntity, *, since: date, until: date) -> list[Movement]:
    """Each account of the chart over these days."""
    before = Q(lines__entry__entry_date__lt=since)
    within = Q(lines__entry__entry_date__gte=since, lines__entry__entry_date__lte=until)
    accounts: Any = LedgerAccount.objects.filter(business_entity=business_entity).annotate(
        debit_before=Sum("lines__debit", filter=before),
        credit_before=Sum("lines__credit", filter=before),
        debited=Sum("lines__debit", filter=within),
        credited=Sum("lines__credit", filter=within),
    )
    return [
        Movement(
            code=account.code,
            name=account.name,
            kind=account.kind,
            opening=(account.debit_before or ZERO) - (account.credit_before or ZERO),
            debit=account.debited or ZERO,
            credit=account.credited or ZERO,
        )
        for account in accounts.order_by("code")
    ]


def booked_rows(business_entity: BusinessEntity, *, since: date, until: date) -> Iterator[Row]:
    """The rows of the file, by day and then as they were booked, counted without a gap; some hundreds at a time."""
    entries = JournalEntry.objects.filter(business_entity=business_entity, entry_date__gte=since, entry_date__lte=until)
    ordered = entries.order_by("entry_date", "booked_at", "pk").prefetch_related("lines__account")
    number = 0
    with transaction.atomic():
        rows = ordered.iterator(chunk_size=AT_ONCE)
        while block := list(islice(rows, AT_ONCE)):
            sources = _sources(block)
            for entry in block:
                number += 1
                yield from _rows(entry, number, sources.get(_ref(entry)))


def _sources(entries: Sequence[JournalEntry]) -> Sources:
    """The records that bookings come from; of invoices with what their rows say."""
    found = resolve({_ref(entry) for entry in entries})
    invoices = [record for record in found.values() if isinstance(record, Invoice)]
    models.prefetch_related_objects(invoices, "order", "credited_invoice", "taxes")
    return found


def _ref(entry: JournalEntry) -> RecordRef:
    return RecordRef(entity_type=entry.source_type, entity_id=entry.source_id)


def _rows(entry: JournalEntry, number: int, source: models.Model | None) -> Iterator[Row]:
    invoice = source if isinstance(source, Invoice) else None
    lines = sorted(entry.lines.all(), key=lambda line: (line.account.code, line.credit > 0, line.pk))
    for place, line in enumerate(lines, start=1):
        yield Row(
            entry=number,
            line=place,
            entry_date=entry.entry_date,
            booked_at=entry.booked_at,
            kind=entry.kind,
            description=entry.description,
            account=line.account.code,
            account_name=line.account.name,
            debit=line.debit,
            credit=line.credit,
            document_type=entry.source_type,
            document=str(source or ""),
            reverses=_key(entry.reverses_id),
            entry_id=_key(entry.pk),
            document_id=_key(entry.source_id),
            **(_of_invoice(invoice, line) if invoice else {}),
        )


def _of_invoice(invoice: Invoice, line: JournalLine) -> dict[str, Any]:
    buyer = invoice.parties.get("buyer", {})
    taxes = _taxes_of(line, list(invoice.taxes.all()))
    is_vat = line.account.role in VAT_RATES
    return {
        "document_date": invoice.invoice_date,
        "due_date": invoice.due_date,
        "order": invoice.order.order_number,
        "customer": buyer.get("name", ""),
        "customer_vat": buyer.get("vat_number", ""),
        "reference": invoice.payment_reference,
        "credits": str(invoice.credited_invoice or ""),
        "vat_code": "+".join(_code(tax) for tax in taxes),
        "vat_base": sum((tax.taxable for tax in taxes), ZERO) if is_vat else None,
    }


def _taxes_of(line: JournalLine, taxes: Sequence[InvoiceTax]) -> list[InvoiceTax]:
    """The VAT that a line of a booking is about: that of its rate, of revenue all there is, of any other account none."""
    role = AccountRole(line.account.role)
    if role in VAT_RATES:
        return [tax for tax in taxes if tax.vat_rate == VAT_RATES[role]]
    return list(taxes) if role in OF_REVENUE else []


def _code(tax: InvoiceTax) -> str:
    return f"{tax.vat_category}{(tax.vat_rate * Decimal(100)).normalize():f}"


def _key(key: UUID | None) -> str:
    return str(key or "")
