"""What a commission comes to: a sum that a partner can do again from what its statement says."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.core.chips import euro
from apps.core.money import ZERO, round_cents
from apps.finance.choices import CommissionMethod

HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Earning:
    """All that a commission is worked out from: rate in percent, amounts in EUR excl. VAT.

    Attributes:
        method: one of CommissionMethod.
        rate: None for a fixed amount.
        fixed_amount: per order; None for a rate.
        max_per_order: None where there is no limit.
        base: what was invoiced.
        granted_before: what earlier invoices of the order gave, and credit notes left.
        given_to_others: what levels before this one get of the same invoice: all together never get more than it.
    """

    method: str
    rate: Decimal | None
    fixed_amount: Decimal | None
    max_per_order: Decimal | None
    base: Decimal
    granted_before: Decimal = ZERO
    given_to_others: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Half up to cents, within the limit per order and within what is left of the invoice."""
        limits = [self.wanted, self.base - self.given_to_others]
        if self.max_per_order is not None:
            limits.append(self.max_per_order - self.granted_before)
        return max(min(limits), ZERO)

    @property
    def wanted(self) -> Decimal:
        """What was agreed, before any limit."""
        if self.method == CommissionMethod.FIXED:
            return (self.fixed_amount or ZERO) - self.granted_before
        return round_cents(self.base * (self.rate or ZERO) / HUNDRED)

    def explained(self, *, orders_in_month: int | None, reversed_amount: Decimal) -> str:
        """The sum in words, in the language of the reader."""
        parts = [self._agreed(orders_in_month)]
        if self.max_per_order is not None:
            parts.append(
                _("at most %(most)s per order, of which %(before)s was given before")
                % {"most": euro(self.max_per_order), "before": euro(self.granted_before)}
            )
        if self.given_to_others > self.base - self.wanted:
            parts.append(
                _("no more than what other levels leave of it, %(left)s") % {"left": euro(self.base - self.given_to_others)}
            )
        parts.append(_("comes to %(amount)s") % {"amount": euro(self.amount)})
        if reversed_amount:
            parts.append(_("of which credit notes took back %(amount)s") % {"amount": euro(reversed_amount)})
        return ", ".join(parts) + "."

    def _agreed(self, orders_in_month: int | None) -> str:
        if self.method == CommissionMethod.FIXED:
            words = _("%(amount)s per order, of which %(before)s was given before")
            return words % {"amount": euro(self.fixed_amount or ZERO), "before": euro(self.granted_before)}
        sum_of = {"rate": number_format((self.rate or ZERO).normalize()), "base": euro(self.base)}
        if orders_in_month is not None:
            return _("%(rate)s%% of %(base)s, as order number %(place)s of the month") % {**sum_of, "place": orders_in_month}
        return _("%(rate)s%% of %(base)s") % sum_of


def rate_of_tier(tiers: Sequence[dict[str, Any]], orders_in_month: int) -> Decimal:
    """The rate of the highest tier that an order reached by its place in the month; 0 below the lowest."""
    reached = [tier for tier in tiers if tier["from_orders"] <= orders_in_month]
    return Decimal(max(reached, key=lambda tier: tier["from_orders"])["rate"]) if reached else ZERO


def taken_back(*, amount: Decimal, base: Decimal, credited: Decimal) -> Decimal:
    """What credit notes of so much excl. VAT take back of a commission over `base`: in proportion, all of it for all."""
    return round_cents(amount * min(credited, base) / base)
