"""An approved invoice as plain values: from what was frozen with its number, so that no later change of a name reaches it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from apps.finance.choices import VatCategory
from apps.finance.documents.data import (
    Address,
    Buyer,
    GAccountSplit,
    InvoiceDocument,
    Kind,
    Line,
    Preceding,
    References,
    Seller,
    Totals,
    Vat,
    VatSubtotal,
)
from apps.finance.documents.words import words
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax

Kept = Mapping[str, Any]


def document_of(invoice: Invoice) -> InvoiceDocument:
    """What stands on the document of an invoice that has its number. A credit note gives back: its amounts turn positive."""
    return filled(invoice, invoice.lines.all(), invoice.taxes.all())


def filled(invoice: Invoice, lines: Iterable[InvoiceLine], taxes: Iterable[InvoiceTax]) -> InvoiceDocument:
    """The document of an invoice whose lines and VAT are in hand."""
    if invoice.invoice_number is None or invoice.invoice_date is None:
        raise ValueError("A draft is no document.")
    kept, is_note = invoice.parties, invoice.is_credit_note
    sign = -1 if is_note else 1
    return InvoiceDocument(
        number=invoice.invoice_number,
        kind=Kind.CREDIT_NOTE if is_note else Kind.INVOICE,
        issue_date=invoice.invoice_date,
        due_date=None if is_note else invoice.due_date,
        delivery_date=invoice.delivery_date,
        delivery_address=_address(kept["delivery"]) if kept["delivery"] else None,
        seller=_seller(kept["seller"]),
        buyer=_buyer(kept["buyer"]),
        lines=tuple(_line(line, sign) for line in lines),
        vat=tuple(_subtotal(tax, sign) for tax in taxes),
        totals=_totals(invoice, sign),
        references=_references(invoice),
        payment_terms=_terms(invoice),
        payment_reference="" if is_note else invoice.payment_reference,
        g_account=None if is_note else _split(kept.get("g_account")),
        note=_note(invoice),
        language=kept["language"],
        colour=kept["seller"].get("colour", ""),
    )


def _seller(kept: Kept) -> Seller:
    return Seller(
        name=kept["name"],
        trade_name=kept["trade_name"],
        address=_address(kept["address"]),
        kvk_number=kept["kvk_number"],
        vat_number=kept["vat_number"],
        iban=kept["iban"],
        bic=kept["bic"],
        email=kept["email"],
        phone=kept["phone"],
        website=kept.get("website", ""),
    )


def _buyer(kept: Kept) -> Buyer:
    return Buyer(
        name=kept["name"],
        contact=kept["contact"],
        address=_address(kept["address"]),
        kvk_number=kept["kvk_number"],
        vat_number=kept["vat_number"],
        email=kept["email"],
    )


def _address(kept: Kept) -> Address:
    return Address(street=kept["street"], postal_code=kept["postal_code"], city=kept["city"], country=kept["country"])


def _line(line: InvoiceLine, sign: int) -> Line:
    return Line(
        description=line.description,
        quantity=sign * line.quantity,
        unit_price=line.unit_price,
        total=sign * line.total,
        vat=_vat(line),
        article_number=line.article_number,
    )


def _subtotal(tax: InvoiceTax, sign: int) -> VatSubtotal:
    return VatSubtotal(vat=_vat(tax), taxable=sign * tax.taxable, amount=sign * tax.amount)


def _vat(row: InvoiceLine | InvoiceTax) -> Vat:
    return Vat(category=VatCategory(row.vat_category), rate=row.vat_rate)


def _totals(invoice: Invoice, sign: int) -> Totals:
    """As it was issued: what is paid later stands in the books, not on the document."""
    excl_vat, total = sign * invoice.subtotal_excl_tax, sign * invoice.total_amount
    return Totals(lines=excl_vat, excl_vat=excl_vat, vat=sign * invoice.total_tax, incl_vat=total, payable=total)


def _references(invoice: Invoice) -> References:
    credited = invoice.credited_invoice
    return References(
        order_number=invoice.parties["order_number"],
        purchase_order=invoice.customer_reference,
        preceding=Preceding(number=str(credited.invoice_number), issue_date=credited.invoice_date) if credited else None,
    )


def _terms(invoice: Invoice) -> str:
    said = words(invoice.parties["language"])
    if invoice.is_credit_note:
        return ""
    return said["terms"].format(days=invoice.payment_term_days) if invoice.payment_term_days else said["terms_at_once"]


def _note(invoice: Invoice) -> str:
    said = words(invoice.parties["language"])
    if invoice.is_credit_note:
        return said["because"].format(reason=invoice.reason) if invoice.reason else ""
    conditions = invoice.parties["seller"].get("terms_url", "")
    return said["conditions"].format(address=conditions) if conditions else ""


def _split(kept: Kept | None) -> GAccountSplit | None:
    if not kept:
        return None
    return GAccountSplit(
        iban=kept["iban"], amount=Decimal(kept["amount"]), wages=Decimal(kept["wages"]), reference=kept["reference"]
    )
