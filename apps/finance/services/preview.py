"""What an act would make, shown before it is made: it is carried out as it would be, read, and undone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.core.transactions import retrying
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A document as it would be; of a number only that there would be one."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    taxes: Sequence[InvoiceTax]

    @property
    def would_be_numbered(self) -> bool:
        return self.invoice.invoice_number is not None


def preview(make: Callable[[], Sequence[Invoice]]) -> list[Preview]:
    """The documents that `make` makes, and nothing of them stays.

    Raises:
        DomainError: whatever `make` refuses.
    """

    def look() -> list[Preview]:
        with transaction.atomic():
            shown = [_read(invoice) for invoice in make()]
            transaction.set_rollback(True)
        return shown

    return retrying(look)


def _read(invoice: Invoice) -> Preview:
    return Preview(invoice=invoice, lines=list(invoice.lines.all()), taxes=list(invoice.taxes.all()))
