"""What stands on an invoice or credit note, as plain values: all that its documents are made of.

Amounts are Decimals in EUR, rates fractions (0.21). A credit note says what is given back in positive amounts.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from apps.core.money import ZERO
from apps.finance.choices import VatCategory


class Kind(StrEnum):
    """UNTDID 1001, as EN 16931 uses it (BT-3)."""

    INVOICE = "380"
    CREDIT_NOTE = "381"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Street with house number, postal code, city and country (ISO 3166-1)."""

    street: str
    postal_code: str
    city: str
    country: str = "NL"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a party receives e-invoices: a scheme of the EAS list (0106 KvK, 0190 OIN, 9944 BTW, EM e-mail) and its value."""

    scheme: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Seller:
    """The company that asks for the money, and the account that it wants it on."""

    name: str
    address: Address
    kvk_number: str
    vat_number: str
    iban: str
    bic: str = ""
    trade_name: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    endpoint: Endpoint | None = None  # None: its KvK number


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Whoever is billed. A consumer has neither KvK number nor OIN."""

    name: str
    address: Address
    contact: str = ""
    kvk_number: str = ""
    oin: str = ""
    vat_number: str = ""
    email: str = ""
    endpoint: Endpoint | None = None  # None: OIN, KvK or BTW number, else the e-mail address


@dataclass(frozen=True, kw_only=True)
class Vat:
    """What a line bears: a category with its rate."""

    category: VatCategory
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line. `total` is quantity times unit price; what it differs by is a rounding difference and is shown as such.

    `unit_code` is one of UN/ECE recommendation 20: C62 one, HUR hour, MTR metre, KMT kilometre, MON month.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    total: Decimal
    vat: Vat
    unit_code: str = "C62"
    article_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A discount on the whole document (above zero), or a charge on it."""

    reason: str
    amount: Decimal
    vat: Vat
    is_charge: bool = False


@dataclass(frozen=True, kw_only=True)
class VatSubtotal:
    """The VAT of one category and rate over the sum of its lines. `reason`: why none is due, where the words differ from ours."""

    vat: Vat
    taxable: Decimal
    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The sums: lines, minus discounts, plus charges = excl. VAT; plus VAT = incl. VAT; minus what was paid = payable."""

    lines: Decimal
    excl_vat: Decimal
    vat: Decimal
    incl_vat: Decimal
    payable: Decimal
    discounts: Decimal = ZERO
    charges: Decimal = ZERO
    prepaid: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Preceding:
    """The invoice that a credit note takes back."""

    number: str
    issue_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class References:
    """What customer and we recognise it by: our order, the customer's reference and its purchase order."""

    order_number: str = ""
    buyer_reference: str = ""
    purchase_order: str = ""
    preceding: Preceding | None = None


@dataclass(frozen=True, kw_only=True)
class GAccountSplit:
    """The part of what is payable that goes to the blocked account for wage taxes (g-rekening), of which wages."""

    iban: str
    amount: Decimal
    wages: Decimal | None = None
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceDocument:
    """An invoice or credit note as it stands for ever. `language` is nl or en, `colour` the company's own (#rrggbb).

    `pay_url` is where it is paid online; empty where it cannot be.
    """

    number: str
    kind: Kind
    issue_date: date
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    vat: tuple[VatSubtotal, ...]
    totals: Totals
    due_date: date | None = None
    delivery_date: date | None = None
    delivery_address: Address | None = None
    references: References = field(default_factory=References)
    adjustments: tuple[Adjustment, ...] = ()
    payment_terms: str = ""
    payment_reference: str = ""
    pay_url: str = ""
    g_account: GAccountSplit | None = None
    note: str = ""
    language: str = "nl"
    colour: str = "#1f2937"

    @property
    def is_credit_note(self) -> bool:
        return self.kind == Kind.CREDIT_NOTE
