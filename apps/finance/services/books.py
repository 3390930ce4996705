"""The books of a company as a file, for the accountant or another program."""

from collections.abc import Iterator, Mapping
from datetime import date

from apps.core.tables import TableFormat
from apps.finance.documents.books_file import books_csv, books_json
from apps.finance.queries.books_file import booked_rows, head_of, movements
from apps.organizations.models import BusinessEntity

# What a person or a command calls each; of JSON there is one kind.
FORMATS: Mapping[str, TableFormat | None] = {
    "csv": TableFormat.CSV_PLAIN,
    "csv-dutch": TableFormat.CSV_DUTCH,
    "xlsx": TableFormat.XLSX,
    "json": None,
}


def books_file(*, business_entity: BusinessEntity, since: date, until: date, file_format: str) -> Iterator[bytes]:
    """All that was booked from one day to another, in pieces that are small whatever its length."""
    rows = booked_rows(business_entity, since=since, until=until)
    table_format = FORMATS[file_format]
    if table_format is not None:
        return books_csv(rows, table_format=table_format, title=business_entity.entity_name)
    head = head_of(business_entity, since=since, until=until)
    return books_json(head, rows, movements(business_entity, since=since, until=until))
