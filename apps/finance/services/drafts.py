"""An invoice or credit note before it is approved, with all that stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.finance.models import Invoice, InvoiceLine, InvoiceTax


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A document with its lines and VAT in hand, stored already or not.

    Attributes:
        at_once: nobody needs to approve it.
    """

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    taxes: Sequence[InvoiceTax]
    at_once: bool = False


def draft_in_hand(invoice: Invoice) -> Draft:
    """A stored draft with what stands on it."""
    return Draft(
        invoice=invoice,
        lines=list(invoice.lines.select_related("line_item").order_by("line_order")),
        taxes=list(invoice.taxes.all()),
    )
