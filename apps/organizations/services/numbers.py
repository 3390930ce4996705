"""Numbers of documents: one series per business entity, document type and year, without gaps."""

from datetime import date, datetime

import structlog
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.errors import Refused
from apps.core.keys import new_key
from apps.core.prepared import execute
from apps.organizations.choices import DocumentType, EntityCode
from apps.organizations.models import BusinessEntity, NumberSequence
from apps.organizations.models.number_sequence import CRITICAL_FROM, WARNING_FROM, YEARS

log = structlog.get_logger(__name__)

FORMATS = {
    DocumentType.ORDER: "{entity}-{year}-{number}",
    DocumentType.QUOTE: "QT-{entity}-{year}-{number}",
    DocumentType.INVOICE: "INV-{entity}-{year}-{number}",
    DocumentType.CREDIT_NOTE: "CN-{entity}-{year}-{number}",
    DocumentType.WORK_ORDER: "WO-{entity}-{year}-{number}",
    DocumentType.VISIT: "VST-{entity}-{year}-{number}",
    DocumentType.SUPPORT_TICKET: "SUP-{year}-{number}",
    DocumentType.SALES_TICKET: "SAL-{year}-{number}",
    DocumentType.INQUIRY_TICKET: "INQ-{year}-{number}",
    DocumentType.FORM_SUBMISSION: "FS-{entity}-{year}-{number}",
    DocumentType.PAYMENT: "PAY-{entity}-{year}-{number}",
    DocumentType.PAYMENT_BATCH: "OUT-{entity}-{year}-{number}",
}
# Without the entity in their format, series per entity would give one number twice.
GROUP_WIDE = {document_type for document_type, shape in FORMATS.items() if "{entity}" not in shape}
HOLDER_OF_GROUP_WIDE = EntityCode.CHARGECARS

# One statement makes the year's row or locks it, counts and answers: nobody can come between.
TAKE_NEXT = """
    INSERT INTO number_sequence (id, business_entity_id, document_type, year, is_test, current_value)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (business_entity_id, document_type, year, is_test)
    DO UPDATE SET current_value = number_sequence.current_value + excluded.current_value
    RETURNING current_value
"""


def generate_entity_number(
    *, business_entity: BusinessEntity, document_type: str, on_date: date | datetime, test: bool = False
) -> str:
    """Give the next number of a series, for the document that is stored in the same transaction.

    The series stays locked until that transaction ends, so call it as late as possible; when the transaction is rolled
    back the number is free again. A moment counts by its day in Amsterdam. `test` counts in a series of its own.

    Raises:
        Refused: no such document type (`document_type_not_found`), one that this business entity does not have
            (`document_type_not_supported`), or a year outside 2025 to 2050 (`year_out_of_range`).
        TransactionManagementError: there is no transaction: a number without its document would be a gap.
    """
    [number] = generate_entity_numbers(
        business_entity=business_entity, document_type=document_type, on_date=on_date, count=1, test=test
    )
    return number


def generate_entity_numbers(
    *, business_entity: BusinessEntity, document_type: str, on_date: date | datetime, count: int, test: bool = False
) -> list[str]:
    """Give the next numbers of a series at once, in their order, for as many documents; else as `generate_entity_number`.

    Raises:
        Refused, TransactionManagementError: see there.
        ValueError: not one is wanted.
    """
    if count < 1:
        raise ValueError(f"{count} numbers")
    kind = _supported(business_entity, document_type)
    year = _year(on_date)
    if not connection.in_atomic_block:
        raise TransactionManagementError("A number is taken in the transaction that stores its document.")
    holder = business_entity
    if kind in GROUP_WIDE:
        holder = BusinessEntity.objects.get_by_natural_key(HOLDER_OF_GROUP_WIDE)
    [(last,)] = execute(TAKE_NEXT, (new_key(), holder.pk, kind, year, test, count))
    values = range(last - count + 1, last + 1)
    _warn_when_nearly_full(holder, kind, year, values)
    return [_spelled(holder, kind, year, value, test=test) for value in values]


def number_in_series(sequence: NumberSequence, value: int) -> str:
    """How a number of a series is spelled on its document."""
    kind = DocumentType(sequence.document_type)
    return _spelled(sequence.business_entity, kind, sequence.year, value, test=sequence.is_test)


def _spelled(holder: BusinessEntity, kind: DocumentType, year: int, value: int, *, test: bool) -> str:
    number = FORMATS[kind].format(entity=holder.number_prefix, year=year, number=str(value).zfill(holder.sequence_length))
    return f"TEST-{number}" if test else number


def _supported(business_entity: BusinessEntity, document_type: str) -> DocumentType:
    if document_type not in DocumentType.values:
        raise Refused(_("There are no numbers for this type of document."), code="document_type_not_found")
    if document_type == DocumentType.WORK_ORDER and not business_entity.supports_work_orders:
        raise Refused(_("%(entity)s has no work orders.") % {"entity": business_entity}, code="document_type_not_supported")
    return DocumentType(document_type)


def _year(on_date: date | datetime) -> int:
    day = on_date
    if isinstance(on_date, datetime):
        if on_date.tzinfo is None:
            raise ValueError("A moment without a zone has no day.")
        day = clock.local_day(on_date)
    first, last = YEARS
    if not first <= day.year <= last:
        raise Refused(
            _("Numbers are given for %(first)s to %(last)s.") % {"first": first, "last": last}, code="year_out_of_range"
        )
    return day.year


def _warn_when_nearly_full(holder: BusinessEntity, kind: DocumentType, year: int, values: range) -> None:
    # Without gaps each value passes by, so whoever takes it says it, once.
    for value, level in ((WARNING_FROM, log.warning), (CRITICAL_FROM, log.critical)):
        if value in values:
            level("number_sequence_nearly_full", entity=holder.entity_code, document_type=kind, year=year, value=value)
