"""What became of each number of the series of invoices and credit notes: none is without its document."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.scope import visible
from apps.core.tables import Column
from apps.finance.choices import InvoiceType
from apps.finance.models import Invoice
from apps.organizations.choices import DocumentType
from apps.organizations.models import NumberSequence
from apps.organizations.services import number_in_series

SERIES = (DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class GivenNumber:
    """A number that a series has given, and the document that carries it; None: there is none, which is a gap."""

    number: str
    invoice: Invoice | None

    @property
    def explained(self) -> str:
        """What it was used for, in words."""
        if self.invoice is None:
            return _("GAP: no document has this number.")
        if self.invoice.is_credit_note:
            return _("Credit note to invoice %(number)s") % {"number": self.invoice.credited_invoice}
        notes = ", ".join(str(note) for note in self.invoice.credit_notes.all() if note.invoice_number)
        return _("Invoice, credited by %(notes)s") % {"notes": notes} if notes else _("Invoice")


@dataclass(frozen=True, kw_only=True)
class SeriesSummary:
    """A series, and how many of its numbers stand on a document."""

    sequence: NumberSequence
    used: int

    @property
    def missing(self) -> int:
        return self.sequence.current_value - self.used


COLUMNS = (
    Column(name="number", label=gettext_lazy("Number"), value=lambda row: row.number),
    Column(name="explained", label=gettext_lazy("What it was used for"), value=lambda row: row.explained),
    Column(name="day", label=gettext_lazy("Invoice date"), value=lambda row: row.invoice and row.invoice.invoice_date),
    Column(
        name="customer", label=gettext_lazy("Billed to"), value=lambda row: row.invoice and row.invoice.parties["buyer"]["name"]
    ),
    Column(name="total", label=gettext_lazy("Total incl. VAT"), value=lambda row: row.invoice and row.invoice.total_amount),
    Column(name="status", label=gettext_lazy("Status"), value=lambda row: row.invoice and row.invoice.get_status_display()),
)


def series_of(user: User) -> QuerySet[NumberSequence]:
    """The series of invoices and credit notes of the companies that a user works for, the latest year first."""
    rows = NumberSequence.objects.filter(document_type__in=SERIES, is_test=False, current_value__gt=0).select_related(
        "business_entity"
    )
    return visible(rows, user).order_by("-year", "business_entity__entity_name", "-document_type")


def find_series(key: UUID, *, by: User) -> NumberSequence:
    """One of them.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    sequence = series_of(by).filter(pk=key).first()
    if sequence is None:
        raise NotFound
    return sequence


def summary_of(sequence: NumberSequence) -> SeriesSummary:
    return SeriesSummary(sequence=sequence, used=_documents(sequence).count())


def given_numbers(sequence: NumberSequence) -> Iterator[GivenNumber]:
    """Every number that a series has given, in order, with its document."""
    documents = _documents(sequence).select_related("credited_invoice").prefetch_related("credit_notes")
    for first in range(1, sequence.current_value + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, sequence.current_value)
        numbers = [number_in_series(sequence, value) for value in range(first, last + 1)]
        known = {invoice.invoice_number: invoice for invoice in documents.filter(invoice_number__in=numbers)}
        yield from (GivenNumber(number=number, invoice=known.get(number)) for number in numbers)


def _documents(sequence: NumberSequence) -> QuerySet[Invoice]:
    own = Invoice.objects.filter(
        business_entity=sequence.business_entity_id, invoice_number__isnull=False, invoice_date__year=sequence.year
    )
    notes = {"invoice_type": InvoiceType.CREDIT_NOTE}
    return own.filter(**notes) if sequence.document_type == DocumentType.CREDIT_NOTE else own.exclude(**notes)
