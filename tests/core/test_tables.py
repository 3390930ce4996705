"""Tables as files: what a spreadsheet would run is text, what is a number is a number."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.core.tables import Column, TableFormat, harmless, is_dangerous, table_pieces

VALUE = Column(name="value", label="waarde", value=lambda record: record)
CSV = (TableFormat.CSV_DUTCH, TableFormat.CSV_PLAIN)
WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def written(table_format, *records, columns=(VALUE,)):
    return b"".join(table_pieces(table_format, columns, records, title="Orders"))


def read_csv(table_format, body):
    separator = ";" if table_format == TableFormat.CSV_DUTCH else ","
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=separator, strict=True))


def cell(*records):
    return load_workbook(io.BytesIO(written(TableFormat.XLSX, *records))).active["A2"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+31612345678",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "|calc",
        ";x",
        "  =1+1",
        "\N{NO-BREAK SPACE}=1",
        "\N{ZERO WIDTH SPACE}=1",
        "\ufeff=1",
        "\N{FULLWIDTH EQUALS SIGN}1",
        "\N{FULLWIDTH PLUS SIGN}1",
        "\N{FULLWIDTH HYPHEN-MINUS}1",
        "\N{FULLWIDTH COMMERCIAL AT}A",
        "\N{SMALL EQUALS SIGN}1",
        "\N{MINUS SIGN}1",
        '=HYPERLINK("http://x","y")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_begins_like_a_formula_is_made_harmless(text):
    assert is_dangerous(text)
    assert [read_csv(kind, written(kind, text))[1] for kind in CSV] == [["'" + text]] * 2
    assert (cell(text).data_type, cell(text).quotePrefix) == ("s", True)
    assert cell(text).value.replace("\r", "\n") == text.replace("\r", "\n")  # XML may have either


@pytest.mark.parametrize("text", ["", " ", "Bakkerij Korst", "1-2", "a=b", "'t Hoekje", "O'Neill", "€ 5"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text
    assert [read_csv(kind, written(kind, text))[1] for kind in CSV] == [[text]] * 2


@given(WRITABLE)
def test_no_text_at_all_begins_a_formula_and_each_comes_back(text):
    for kind in CSV:
        ((_heading,), (value,)) = read_csv(kind, written(kind, text))
        assert value in (text, "'" + text)
        assert not is_dangerous(value)


@given(WRITABLE)
def test_no_text_becomes_a_formula_in_a_workbook(text):
    assert cell(text).data_type in ("s", "inlineStr", "n")  # n: an empty cell


@pytest.mark.parametrize("text", ["0612345678", "+31 6 12345678", "007", "1-2", "3E5", "#REF!"])
def test_what_only_looks_like_a_number_stays_text_in_a_workbook(text):
    assert (cell(text).value, cell(text).data_type, cell(text).number_format) == (text, "s", "@")


def test_csv_is_quoted_as_the_standard_says():
    assert written(TableFormat.CSV_PLAIN, 'zeg "ja", nu', "a\r\nb") == (
        '\ufeff"waarde"\r\n"zeg ""ja"", nu"\r\n"a\r\nb"\r\n'.encode()
    )


MOMENT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
TYPED = [Decimal("-1234.50"), 12, True, None, date(2026, 1, 2), MOMENT]


def test_numbers_and_days_are_written_for_the_program_that_reads_them():
    def column(kind):
        return [value for (value,) in read_csv(kind, written(kind, *TYPED))[1:]]

    assert column(TableFormat.CSV_DUTCH) == ["-1234,50", "12", "1", "", "2026-01-02", "2026-07-02 00:30:00"]
    assert column(TableFormat.CSV_PLAIN) == ["-1234.50", "12", "1", "", "2026-01-02", "2026-07-02 00:30:00"]


def test_numbers_and_days_have_their_type_in_a_workbook():
    sheet = load_workbook(io.BytesIO(written(TableFormat.XLSX, *TYPED))).active

    assert [(each.value, each.data_type) for (each,) in sheet.iter_rows(min_row=2)] == [
        (-1234.5, "n"),
        (12, "n"),
        (True, "b"),
        (None, "n"),
        (datetime(2026, 1, 2), "d"),
        (datetime(2026, 7, 2, 0, 30), "d"),
    ]
    assert sheet.freeze_panes == "A2"


def test_control_characters_do_not_break_a_workbook():
    assert cell("a\x01b").value == "ab"


def test_a_hundred_thousand_rows_of_csv_cost_no_memory():
    wide = [Column(name=str(number), label=str(number), value=lambda record: "Dorpsstraat 12") for number in range(5)]

    tracemalloc.start()
    length = sum(map(len, table_pieces(TableFormat.CSV_DUTCH, wide, range(100_000), title="")))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert length > 8_000_000
    assert most < 1_000_000
