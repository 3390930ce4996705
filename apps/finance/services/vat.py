"""Which VAT a line bears, and why; and the VAT of a document over the sum of its lines."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.core.money import ZERO, round_cents
from apps.finance.choices import NO_RATE, VatCategory, VatReason
from apps.orders.choices import LineItemType
from apps.orders.models import LineItem
from apps.organizations.models import Organization


@dataclass(frozen=True, kw_only=True)
class Vat:
    """The VAT of a line: category (UNCL 5305), rate as a fraction, and the reason of both."""

    category: VatCategory
    rate: Decimal
    reason: VatReason


@dataclass(frozen=True, kw_only=True)
class TaxGroup:
    """The VAT of one category and rate of a document, amounts in EUR."""

    category: str
    rate: Decimal
    taxable: Decimal
    amount: Decimal


def decide(line: LineItem, *, buyer: Organization, among: Sequence[LineItem]) -> Vat:
    """The VAT of an order line for whoever is billed, among the lines that are billed together.

    Work on a building for another builder is reverse charged: the customer owes the VAT (art. 12 lid 5 Wet OB 1968, art. 24b
    Uitvoeringsbesluit OB 1968). That is so for services to an organization of which it was agreed. All else bears the
    rate of the order line. A discount on nothing but work is one on work.
    """
    if _is_work(line, among) and buyer.default_billing_configuration.get("reverse_charge", False):
        return Vat(category=VatCategory.REVERSE_CHARGE, rate=NO_RATE, reason=VatReason.SUBCONTRACTING)
    if line.tax_rate == NO_RATE:
        return Vat(category=VatCategory.ZERO, rate=NO_RATE, reason=VatReason.ZERO_RATE)
    return Vat(category=VatCategory.STANDARD, rate=line.tax_rate, reason=VatReason.RATE_OF_LINE)


def _is_work(line: LineItem, among: Sequence[LineItem]) -> bool:
    if line.line_item_type != LineItemType.DISCOUNT:
        return bool(line.line_item_type == LineItemType.SERVICE)
    kinds = {each.line_item_type for each in among} - {LineItemType.DISCOUNT}
    return kinds == {LineItemType.SERVICE}


def tax_groups(lines: Iterable[tuple[str, Decimal, Decimal]]) -> list[TaxGroup]:
    """VAT per category and rate of (category, rate, amount excl. VAT) lines, rounded once (EN 16931, BR-CO-17)."""
    taxable: dict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
    for category, rate, amount in lines:
        taxable[category, rate] += amount
    return [
        TaxGroup(category=category, rate=rate, taxable=amount, amount=round_cents(amount * rate))
        for (category, rate), amount in sorted(taxable.items(), key=lambda each: (-each[0][1], each[0][0]))
    ]
