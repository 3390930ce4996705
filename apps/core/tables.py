"""Tables that leave as a file: CSV and XLSX in which no text can become a formula.

A spreadsheet runs what begins with `=`, `+`, `-` or `@`, and an attacker may have filled in the field. In CSV such a text
gets an apostrophe in front, which a spreadsheet reads as 'this is text'; in XLSX every text is a cell of type text.
Numbers, days and moments are what they are, so that people can add them up and sort them.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from apps.core import clock
from apps.core.errors import Text

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for Windows-1252
ROWS_AT_A_TIME = 500
PIECE = 64 * 1024
LONGEST_CELL = 32_767  # Excel's own limit
_BEGINS_A_FORMULA = frozenset("=+-@|;\N{MINUS SIGN}")
_BEGINS_AS_SUCH = frozenset("\t\r\n\0")
_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))  # control, format and the kinds of space
_LOOKS_LIKE_A_NUMBER = re.compile(r"(?=\D*\d)[\d\s.,()/:Ee-]+")


class TableFormat(models.TextChoices):
    """How a table is written. A Dutch Excel splits at semicolons and reads a decimal comma; other programs do neither."""

    XLSX = "xlsx", _("Excel (XLSX)")
    CSV_DUTCH = "csv", _("CSV for a Dutch Excel: semicolons, decimal comma")
    CSV_PLAIN = "csv-plain", _("CSV for other programs: commas, decimal point")

    @property
    def suffix(self) -> str:
        return "xlsx" if self == TableFormat.XLSX else "csv"

    @property
    def content_type(self) -> str:
        if self == TableFormat.XLSX:
            return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return "text/csv; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table: its heading, and what a record says in it.

    `is_personal`: it tells of a person how to reach them or where they live.
    """

    name: str
    label: Text
    value: Callable[[Any], Any]
    is_personal: bool = False


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How CSV is written: quoted always, lines end as RFC 4180 says."""

    separator: str
    decimal_sign: str


DIALECTS = {
    TableFormat.CSV_DUTCH: Dialect(separator=";", decimal_sign=","),
    TableFormat.CSV_PLAIN: Dialect(separator=",", decimal_sign="."),
}


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula: by its first visible character, in any width."""
    if text[:1] in _BEGINS_AS_SUCH:
        return text != ""
    first = next((character for character in text if unicodedata.category(character) not in _UNSEEN), "")
    return unicodedata.normalize("NFKC", first)[:1] in _BEGINS_A_FORMULA and first != ""


def harmless(text: str) -> str:
    """The text as a CSV field that no spreadsheet runs."""
    return f"'{text}" if is_dangerous(text) else text


def table_pieces(table_format: TableFormat, columns: Sequence[Column], records: Iterable[Any], *, title: str) -> Iterator[bytes]:
    """The table as a file of that format, in pieces that are small whatever its length."""
    if table_format in DIALECTS:
        yield from csv_lines(columns, records, dialect=DIALECTS[table_format])
        return
    with TemporaryFile() as book:
        write_xlsx(columns, records, title=title, into=book)
        book.seek(0)
        while piece := book.read(PIECE):
            yield piece


def csv_lines(columns: Sequence[Column], records: Iterable[Any], *, dialect: Dialect) -> Iterator[bytes]:
    """The table as UTF-8, some hundreds of lines at a time, so that its length costs no memory."""
    lines = _Lines()
    writer = csv.writer(lines, delimiter=dialect.separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.write(BYTE_ORDER_MARK)
    writer.writerow([harmless(str(column.label)) for column in columns])
    for number, record in enumerate(records, start=1):
        writer.writerow([_csv_value(column.value(record), dialect) for column in columns])
        if number % ROWS_AT_A_TIME == 0:
            yield lines.taken()
    yield lines.taken()


def write_xlsx(columns: Sequence[Column], records: Iterable[Any], *, title: str, into: IO[bytes]) -> None:
    """The table as a workbook of one sheet, its heading kept in sight; rows go to disk as they come."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, min(len(str(column.label)) + 4, 40))
    sheet.append([_heading(sheet, str(column.label)) for column in columns])
    for record in records:
        sheet.append([_xlsx_value(sheet, column.value(record)) for column in columns])
    book.save(into)


class _Lines:
    """Where the CSV writer writes: handed over a block at a time."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def write(self, text: str) -> None:
        self._written.append(text)

    def taken(self) -> bytes:
        block = "".join(self._written).encode()
        self._written.clear()
        return block


def _csv_value(value: Any, dialect: Dialect) -> str:
    match value:
        case None:
            return ""
        case Decimal() | float():
            return f"{value:f}".replace(".", dialect.decimal_sign)
        case int():
            return str(int(value))  # of a yes too
        case datetime():  # ISO 8601: the one order of day and month that Excel reads the same in every country
            return f"{clock.local(value):%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
    return harmless(str(value))


def _xlsx_value(sheet: Any, value: Any) -> Any:
    match value:
        case None | bool() | int() | Decimal() | float():
            return _number_cell(sheet, value)
        case datetime():  # a workbook knows no time zones: it says what our clocks say
            return clock.local(value).replace(tzinfo=None)
        case date():
            return value
    return _text_cell(sheet, str(value))


def _number_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = "#,##0.00"
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    text = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_CELL]
    if not (is_dangerous(text) or text.startswith("#") or _LOOKS_LIKE_A_NUMBER.fullmatch(text)):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula, and #REF! for a fault
    cell.number_format = "@"
    cell.quotePrefix = True  # stays text when somebody edits the cell, and so do the zeros of a phone number
    return cell


def _heading(sheet: Any, label: str) -> Any:
    cell = WriteOnlyCell(sheet, value=label)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell
