"""The part of an invoice that goes to the company's blocked account for wage taxes (g-rekening), where that was agreed."""

from dataclasses import dataclass
from decimal import Decimal

from apps.core.money import ZERO, round_cents
from apps.finance.services.drafts import Draft
from apps.orders.choices import LineItemType


@dataclass(frozen=True, kw_only=True)
class BlockedPart:
    """Amounts in EUR: the wages in the work, and what of them goes to the blocked account; the customer's own word for it."""

    wages: Decimal
    amount: Decimal
    reference: str


def blocked_part(draft: Draft) -> BlockedPart | None:
    """What was agreed with the customer, over the work on an invoice; None where nothing was, and for a credit note.

    The wages are a part of the price of the work excl. VAT, and what is blocked a part of the wages (art. 34 and 35
    Invorderingswet 1990). It is always less than the invoice.
    """
    invoice = draft.invoice
    agreed = invoice.billing_organization.default_billing_configuration.get("g_account")
    if not agreed or invoice.is_credit_note:
        return None
    work = (line.total for line in draft.lines if line.line_item.line_item_type == LineItemType.SERVICE)
    wages = _share(sum(work, ZERO), agreed["wages_percentage"])
    amount = _share(wages, agreed["blocked_percentage"])
    if not ZERO < amount < invoice.total_amount:
        return None
    return BlockedPart(wages=wages, amount=amount, reference=agreed.get("reference", ""))


def _share(amount: Decimal, percentage: float) -> Decimal:
    return round_cents(amount * Decimal(str(percentage)) / 100)
