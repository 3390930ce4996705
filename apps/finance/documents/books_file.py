"""The books of a company as a file for any program: CSV or JSON with the same columns, a row for each side of each booking.

| column | what it holds |
|---|---|
| record | `line`, or `total` for the last row |
| entry, line | counted from 1 without a gap, by day and then as they were booked; of the total: how many there are |
| entry_date, booked_at | the day of the booking; when it was made |
| kind, description | what it is (invoice, payment, ...), and its words |
| account, account_name | of our chart |
| debit, credit, currency | one of the two, in EUR; of the total: the sums, which are equal |
| document_type, document | where it comes from, and its number |
| document_date, due_date | of invoices and credit notes |
| order, customer, customer_vat | whose it is, as it stands on the document |
| reference | by which it is paid |
| credits | the invoice that a credit note takes back |
| vat_code | category and rate of EN 16931: S21, S9, Z0, AE0 (reverse charged), E0; several with `+` where a line is of several |
| vat_base | on a line of VAT: over which amount it is |
| reverses | the booking that it undoes |
| entry_id, document_id | ours, the same in every file: by these a repeat is known |

A new column may come; none is renamed and none moves.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from apps.core import clock
from apps.core.tables import Column, TableFormat, table_pieces

FORMAT = "chargecars-books/1"
CURRENCY = "EUR"
ROWS_AT_A_TIME = 500


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the file; its fields are the columns, in their order."""

    record: str = "line"
    entry: int
    line: int
    entry_date: date | None = None
    booked_at: datetime | None = None
    kind: str = ""
    description: str = ""
    account: str = ""
    account_name: str = ""
    debit: Decimal
    credit: Decimal
    currency: str = CURRENCY
    document_type: str = ""
    document: str = ""
    document_date: date | None = None
    due_date: date | None = None
    order: str = ""
    customer: str = ""
    customer_vat: str = ""
    reference: str = ""
    credits: str = ""
    vat_code: str = ""
    vat_base: Decimal | None = None
    reverses: str = ""
    entry_id: str = ""
    document_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What an account stood at before, what was booked on it, and what it stands at after: debit less credit."""

    code: str
    name: str
    kind: str
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, kw_only=True)
class Head:
    """Whose books, and of which days."""

    company: str
    name: str
    kvk_number: str
    vat_number: str
    since: date
    until: date


COLUMNS = [Column(name=each.name, label=each.name, value=attrgetter(each.name)) for each in fields(Row)]


class Totalled:
    """Rows as they go by, and at their end what they come to."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.entries = self.lines = 0
        self.debit = self.credit = Decimal("0.00")

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.entries, self.lines = row.entry, self.lines + 1
            self.debit, self.credit = self.debit + row.debit, self.credit + row.credit
            yield row

    @property
    def total(self) -> Row:
        return Row(record="total", entry=self.entries, line=self.lines, debit=self.debit, credit=self.credit)


def books_csv(rows: Iterable[Row], *, table_format: TableFormat, title: str) -> Iterator[bytes]:
    """The rows, and the total as the last one."""

    def with_total() -> Iterator[Row]:
        counted = Totalled(rows)
        yield from counted
        yield counted.total

    return table_pieces(table_format, COLUMNS, with_total(), title=title)


def books_json(head: Head, rows: Iterable[Row], accounts: Iterable[Movement]) -> Iterator[bytes]:
    """One object: whose books, the rows, the accounts with what they stood at, and the control totals."""
    opened = {"format": FORMAT, "currency": CURRENCY, **_plain(asdict(head))}
    yield json.dumps(opened, ensure_ascii=False)[:-1].encode() + b', "rows": ['
    counted, block = Totalled(rows), []
    for row in counted:
        block.append(("\n" if row.entry == row.line == 1 else ",\n") + json.dumps(_plain(asdict(row)), ensure_ascii=False))
        if len(block) == ROWS_AT_A_TIME:
            yield "".join(block).encode()
            block.clear()
    yield "".join(block).encode()
    closed = {
        "accounts": [_plain({**asdict(each), "closing": each.closing}) for each in accounts],
        "control": _plain({"entries": counted.entries, "lines": counted.lines, "debit": counted.debit, "credit": counted.credit}),
    }
    yield b"\n], " + json.dumps(closed, ensure_ascii=False)[1:].encode() + b"\n"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return clock.local(value).isoformat()
        case date():
            return value.isoformat()
    return value
