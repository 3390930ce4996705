"""Money: Decimal, EUR, half up. VAT per rate over the sum of lines.

Source of the VAT rule: EN 16931, BR-CO-17 (VAT amount = taxable amount per rate times the rate, rounded to cents).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_cents(amount: Decimal) -> Decimal:
    """An amount in EUR rounded half up (away from zero) to cents, as PostgreSQL's numeric does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_total(*, quantity: Decimal, unit_price: Decimal) -> Decimal:
    """A line's amount in EUR excl. VAT, rounded once, on the line."""
    return round_cents(quantity * unit_price)


@dataclass(frozen=True, kw_only=True)
class VatGroup:
    """What is due at one rate: rate as a fraction (0.21), amounts in EUR."""

    rate: Decimal
    taxable: Decimal
    vat: Decimal


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The amounts of a document in EUR: lines excl. VAT, VAT per rate, and the sum."""

    excl_vat: Decimal
    vat: Decimal
    incl_vat: Decimal
    per_rate: tuple[VatGroup, ...]


def totals(lines: Iterable[tuple[Decimal, Decimal]]) -> Totals:
    """Add up (amount excl. VAT in EUR, rate as a fraction) pairs; VAT is rounded per rate, never per line."""
    taxable: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for amount, rate in lines:
        taxable[rate] += amount
    groups = tuple(
        VatGroup(rate=rate, taxable=amount, vat=round_cents(amount * rate))
        for rate, amount in sorted(taxable.items(), reverse=True)
    )
    excl_vat = sum((group.taxable for group in groups), ZERO)
    vat = sum((group.vat for group in groups), ZERO)
    return Totals(excl_vat=excl_vat, vat=vat, incl_vat=excl_vat + vat, per_rate=groups)
