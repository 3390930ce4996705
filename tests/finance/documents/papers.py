"""Documents to write: their sums are made from the lines here, apart from the code under test."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lxml import etree

from apps.finance.choices import VatCategory
from apps.finance.documents.data import (
    Address,
    Adjustment,
    Buyer,
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
from apps.finance.documents.requirements import Profile
from apps.finance.documents.ubl import ubl

NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
STANDARD = Vat(category=VatCategory.STANDARD, rate=Decimal("0.2100"))
REDUCED = Vat(category=VatCategory.STANDARD, rate=Decimal("0.0900"))
ZERO_RATE = Vat(category=VatCategory.ZERO, rate=Decimal("0.0000"))
REVERSED = Vat(category=VatCategory.REVERSE_CHARGE, rate=Decimal("0.0000"))
EXEMPT = Vat(category=VatCategory.EXEMPT, rate=Decimal("0.0000"))
NOTHING = Decimal("0.00")

SELLER = Seller(
    name="ChargeCars B.V.",
    trade_name="ChargeCars",
    address=Address(street="Melkrijder 21", postal_code="3861 SG", city="Nijkerk"),
    kvk_number="12345678",
    vat_number="NL123456782B12",
    iban="NL20INGB0001234567",
    bic="INGBNL2A",
    email="administratie@chargecars.nl",
    phone="085 130 6433",
    website="chargecars.nl",
)
BUSINESS = Buyer(
    name="Bouwbedrijf Van Dam B.V.",
    contact="Sanne Bakker",
    address=Address(street="Kerkstraat 5-A", postal_code="1011 AB", city="Amsterdam"),
    kvk_number="90004973",
    vat_number="NL810462215B01",
    email="facturen@vandam.example",
)
CONSUMER = Buyer(
    name="Jan de Vries",
    address=Address(street="Dorpsstraat 1", postal_code="3512 AB", city="Utrecht"),
    email="jan@example.nl",
)


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def line(quantity: str = "1", unit_price: str = "100.00", vat: Vat = STANDARD, total: str | None = None, **fields: Any) -> Line:
    fields = {"description": "Laadpaal", **fields}
    made = cents(Decimal(quantity) * Decimal(unit_price)) if total is None else Decimal(total)
    return Line(quantity=Decimal(quantity), unit_price=Decimal(unit_price), total=made, vat=vat, **fields)


def invoice(*lines: Line, adjustments: Sequence[Adjustment] = (), prepaid: str = "0.00", **fields: Any) -> InvoiceDocument:
    """An invoice over these lines (one of EUR 100 at 21% where there are none), its sums right."""
    lines = lines or (line(),)
    groups = tuple(_group(vat, lines, adjustments) for vat in dict.fromkeys(each.vat for each in (*lines, *adjustments)))
    of_lines = sum((each.total for each in lines), NOTHING)
    discounts = sum((each.amount for each in adjustments if not each.is_charge), NOTHING)
    charges = sum((each.amount for each in adjustments if each.is_charge), NOTHING)
    excl_vat, tax = of_lines - discounts + charges, sum((group.amount for group in groups), NOTHING)
    totals = Totals(
        lines=of_lines,
        discounts=discounts,
        charges=charges,
        excl_vat=excl_vat,
        vat=tax,
        incl_vat=excl_vat + tax,
        prepaid=Decimal(prepaid),
        payable=excl_vat + tax - Decimal(prepaid),
    )
    usual: dict[str, Any] = {
        "number": "CC-2026-00042",
        "kind": Kind.INVOICE,
        "issue_date": date(2026, 11, 27),
        "due_date": date(2026, 12, 11),
        "delivery_date": date(2026, 11, 20),
        "seller": SELLER,
        "buyer": BUSINESS,
        "references": References(order_number="CC-ORD-2026-00007"),
        "payment_terms": "Betaling binnen 14 dagen.",
        "payment_reference": "RF63CC202600042",
        "colour": "#0066cc",
    }
    return InvoiceDocument(
        **{**usual, "lines": lines, "adjustments": tuple(adjustments), "vat": groups, "totals": totals, **fields}
    )


def credit_note(*lines: Line, **fields: Any) -> InvoiceDocument:
    usual = {
        "number": "CCC-2026-00003",
        "kind": Kind.CREDIT_NOTE,
        "due_date": None,
        "references": References(preceding=Preceding(number="CC-2026-00042", issue_date=date(2026, 11, 27))),
    }
    return invoice(*lines, **{**usual, **fields})


def written(document: InvoiceDocument, profile: Profile = Profile.NLCIUS) -> Any:
    """The document as it reads: written, and parsed again."""
    return etree.fromstring(ubl(document, profile))


def values(root: Any, path: str) -> list[str]:
    """The texts at a path; cac: and cbc: are UBL's."""
    return [each if isinstance(each, str) else each.text for each in root.xpath(path, namespaces=NAMESPACES)]


def _group(vat: Vat, lines: Sequence[Line], adjustments: Sequence[Adjustment]) -> VatSubtotal:
    taxable = sum((each.total for each in lines if each.vat == vat), NOTHING)
    taxable += sum((each.amount if each.is_charge else -each.amount for each in adjustments if each.vat == vat), NOTHING)
    return VatSubtotal(vat=vat, taxable=taxable, amount=cents(taxable * vat.rate))
