"""Whatever is handed in: an answer in our own words, and never the whole file in memory."""

import io
import re
import resource
import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.finance.clients.bank import BankFileRefused, Closing, Item, read
from apps.finance.clients.bank import source as sources
from tests.finance.bank.camt_files import booking, document, notice, payment, statement
from tests.finance.bank.mt940_files import DIALECTS, Payment, written
from tests.finance.bank.reading import SANNE, Endless, refused

ONE = Payment(Decimal("1.00"), date(2026, 11, 26), "Sanne Bakker", SANNE, "Factuur 2026-0012")
WHOLE = {name: written(*dialect.statement(ONE), *dialect.statement(ONE, ONE)) for name, dialect in DIALECTS.items()}
WHOLE["CAMT.053"] = document(
    statement(
        booking("3.00", payment("a", price="1.00"), payment("b", price="2.00")), booking("-1.00", payment("c")), closing="102.00"
    )
).encode()
WHOLE["CAMT.054"] = document(notice(booking("3.00", payment("a"))), message="054", version="08").encode()
MOST_MEMORY = 16 * 1024 * 1024


def answer(content: bytes) -> list[Item] | BankFileRefused:
    """What comes of a file: all that it tells, or a refusal; anything else fails the test."""
    try:
        return list(read(io.BytesIO(content)))
    except BankFileRefused as refusal:
        return refusal


def in_order(found: list[Item] | BankFileRefused) -> bool:
    """A refusal, or statements one after the other, each before its entries and its end."""
    if isinstance(found, BankFileRefused):
        return True
    marks = "".join(type(item).__name__[0] for item in found)
    return re.fullmatch("(SE*C)*", marks) is not None


@given(st.binary(max_size=400))
@example(b"")
@example(b"<")
@example(b":20:")
@example(b"PK\x03\x04")
def test_any_bytes_are_answered(content):
    assert isinstance(answer(content), BankFileRefused)


@given(st.sampled_from([":20:", "{1:", "<Document>", "<?xml version='1.0'?>"]), st.text(max_size=200))
def test_any_text_behind_a_promising_beginning_is_answered(beginning, text):
    assert isinstance(answer(f"{beginning}{text}".encode("utf-8", "surrogatepass")), BankFileRefused)


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_a_file_that_is_cut_off_anywhere_tells_no_more_than_the_whole(name, data):
    whole = WHOLE[name]
    cut = data.draw(st.integers(0, len(whole) - 1))

    found = answer(whole[:cut])

    if not isinstance(found, BankFileRefused):
        told = list(read(io.BytesIO(whole)))
        closed = [item for item in found if isinstance(item, Closing)]
        assert closed == [item for item in told if isinstance(item, Closing)][: len(closed)]


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_a_file_with_wrong_bytes_in_it_is_answered(name, data):
    whole = WHOLE[name]
    at, wrong = data.draw(st.integers(0, len(whole))), data.draw(st.binary(min_size=1, max_size=12))

    assert in_order(answer(whole[:at] + wrong + whole[at + data.draw(st.integers(0, 12)) :]))


def test_a_name_that_xml_forbids_is_answered():
    assert (
        str(refused(WHOLE["CAMT.053"].replace(b"<Stmt>", b"<Stmt:86:>", 1)).expected) == "an entry (Ntry) in a statement (Stmt)"
    )


PIECES = [
    ":61:",
    ":86:",
    ":62F:",
    ":20:",
    "\n",
    "/",
    "-",
    "{1:",
    "<",
    ">",
    "<Ntry>",
    "</Ntry>",
    "<TxDtls>",
    "</TxDtls>",
    "<Stmt>",
    "&x;",
    "²",
    "٣",
    "<!--",
]


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_a_file_with_pieces_of_its_own_in_wrong_places_is_answered(name, data):
    whole = WHOLE[name]
    for _ in range(data.draw(st.integers(1, 4))):
        at, cut = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 20))
        whole = whole[:at] + data.draw(st.sampled_from(PIECES)).encode() + whole[at + cut :]

    assert in_order(answer(whole))


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_is_the_same_however_it_arrives(name):
    class Dripping(io.BytesIO):
        def read(self, size: int = -1, /) -> bytes:
            return super().read(min(size, 7))

    assert list(read(Dripping(WHOLE[name]))) == list(read(io.BytesIO(WHOLE[name])))


def mt940_of(lines: int) -> Endless:
    head, last = DIALECTS["ING"].statement(closing=Decimal(1000 + lines // 2)), ":62F:"
    at = next(place for place, text in enumerate(head) if text.startswith(last))
    return Endless(
        head="\n".join(head[:at]) + "\n",
        line=lambda number: (
            f":61:2611261126C1,00NTRFNONREF//{number}\n:86:/CNTP/{SANNE}/INGBNL2A/S. Bakker///REMI/USTD//Factuur {number}/\n"
        ),
        lines=lines // 2,
        tail="\n".join(head[at:]) + "\n",
    )


def camt_of(entries: int, *, batched: bool) -> Endless:
    whole = document(statement(booking("@", "#") if batched else "#", closing=f"{100 + entries}.00")).replace(
        "@", f"{entries}.00"
    )
    head, tail = whole.split("#")
    part = payment("Factuur", price="1.00")
    single = booking("1.00", payment("Factuur"))
    return Endless(head=head, line=lambda _: part if batched else single, lines=entries, tail=tail)


def resident() -> int:
    """The memory that this process has now, that of libxml2 included, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def closing_of(stream: Endless) -> tuple[Closing, int]:
    """The last that is told, and how much the memory grew on the way."""
    before, most, last = resident(), 0, None
    for number, item in enumerate(read(stream)):
        last = item
        if number % 1000 == 0:
            most = max(most, resident() - before)
    return last, most


def test_an_mt940_takes_no_more_memory_than_its_lines_need():
    tracemalloc.start()
    try:
        closing, _ = closing_of(mt940_of(20_000))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert closing.entries == 10_000
    assert most < 1024 * 1024


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells a process its memory this way")
@pytest.mark.parametrize(
    ("stream", "entries"),
    [
        (mt940_of(200_000), 100_000),
        (camt_of(50_000, batched=False), 50_000),  # an entry takes four lines
        (camt_of(50_000, batched=True), 50_000),
    ],
    ids=["MT940", "CAMT.053", "CAMT.053, one batch"],
)
def test_a_file_of_200000_lines_is_never_held(stream, entries):
    closing, most = closing_of(stream)

    assert closing.entries == entries
    assert most < MOST_MEMORY


def test_a_file_that_is_too_large_is_refused_while_it_is_read(monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 1000)

    assert str(refused(written(*DIALECTS["ING"].statement(*[ONE] * 20))).expected) == "a file of at most 128 MB"


def test_a_line_without_end_is_refused_before_it_is_held():
    stream = Endless(head=":20:1\n:25:NL12SNSB0123456789\n:86:", line=lambda _: "x" * 1000, lines=20_000, tail="")

    with pytest.raises(BankFileRefused) as caught:
        list(read(stream))

    assert caught.value.extra["line"] == 3
    assert stream.read(1) != b""


def test_a_field_without_end_is_refused_before_it_is_held():
    stream = Endless(head=":20:1\n:25:NL12SNSB0123456789\n:86:\n", line=lambda _: "x\n", lines=20_000, tail="")

    with pytest.raises(BankFileRefused) as caught:
        list(read(stream))

    assert caught.value.extra["line"] == 203
