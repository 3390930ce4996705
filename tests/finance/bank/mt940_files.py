"""A small writer of MT940 files in the dialects of the Dutch banks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WIDTH, CELL, PIECE = 65, 32, 27
OPENING = Decimal("1000.00")
OURS = {
    "ABNA": "NL91ABNA0417164300",
    "ASNB": "NL57ASNB0123456789",
    "BUNQ": "NL23BUNQ0123456789",
    "INGB": "NL20INGB0001234567",
    "KNAB": "NL68KNAB0123456789",
    "RABO": "NL44RABO0123456789",
    "SNSB": "NL12SNSB0123456789",
    "TRIO": "NL70TRIO0123456789",
}


@dataclass(frozen=True)
class Payment:
    """What is told in every dialect."""

    amount: Decimal
    day: date
    name: str
    iban: str
    text: str


def comma(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def broken(text: str, first: int = WIDTH, width: int = WIDTH) -> list[str]:
    lines, rest = [text[:first]], text[first:]
    return lines + [rest[start : start + width] for start in range(0, len(rest), width)]


def line(payment: Payment, rest: str, *, entry_date: bool = True) -> str:
    mark = "C" if payment.amount >= 0 else "D"
    booked = f"{payment.day:%m%d}" if entry_date else ""
    return f":61:{payment.day:%y%m%d}{booked}{mark}{comma(payment.amount)}{rest}"


def abn_amro(payment: Payment) -> list[str]:
    code = f"/TRTP/SEPA OVERBOEKING/IBAN/{payment.iban}/BIC/INGBNL2A/NAME/{payment.name}/REMI/{payment.text}/EREF/NOTPROVIDED"
    first, *more = broken(code)
    return [line(payment, "N658NONREF"), f":86:{first}", *more]


def abn_amro_cells(payment: Payment) -> list[str]:
    cells = ["SEPA OVERBOEKING", f"IBAN: {payment.iban}", "BIC: INGBNL2A", f"NAAM: {payment.name}"]
    cells += broken(f"OMSCHRIJVING: {payment.text}", CELL, CELL)
    pairs = [" ".join(cell.ljust(CELL) for cell in cells[start : start + 2]).rstrip() for start in range(0, len(cells), 2)]
    return [line(payment, "N658NONREF"), f":86:{pairs[0]}", *pairs[1:]]


def volksbank(payment: Payment) -> list[str]:
    lines = [text.ljust(WIDTH) for text in broken(payment.text)]
    return [
        line(payment, f"NOVB{payment.iban}"),
        payment.name,
        f":86:{payment.iban} {payment.name}",
        " " * WIDTH,
        *lines,
        " " * WIDTH,
    ]


def ing(payment: Payment) -> list[str]:
    code = f"/EREF/NOTPROVIDED//CNTP/{payment.iban}/INGBNL2A/{payment.name}///REMI/USTD//{payment.text}/"
    first, *more = broken(code, WIDTH - 4)
    return [line(payment, "NTRFNONREF//14237654096217"), "/TRCD/00100/", f":86:{first}", *more]


def knab(payment: Payment) -> list[str]:
    first, *more = broken(payment.text)
    return [line(payment, "NTRFNONREF//B4E07XM00J000023"), f":86:{first}", *more, f"REK: {payment.iban}/NAAM: {payment.name}"]


def rabobank(payment: Payment) -> list[str]:
    first, *more = broken(f"/ORDP//NAME/{payment.name}/REMI/{payment.text}/ISDT/{payment.day}")
    return [line(payment, "N541NONREF", entry_date=False), payment.iban, f":86:{first}", *more]


def triodos(payment: Payment) -> list[str]:
    pieces = broken(f"{payment.name} {payment.text}", PIECE, PIECE)[:8]
    numbered = [f">{number}{piece}" for number, piece in enumerate(pieces, 22)]
    lines = ["".join(numbered[start : start + 2]) for start in range(0, len(numbered), 2)]
    return [
        line(payment, "NET NONREF", entry_date=False),
        ":86:000>100000000000",
        ">20INGBNL2A",
        f">21{payment.iban}",
        *lines,
        ">310123456789",
    ]


def bunq(payment: Payment) -> list[str]:
    return [line(payment, "NTRFNONREF"), f":86:/IBAN/{payment.iban}/NAME/{payment.name}/REMI/{payment.text}"]


@dataclass(frozen=True)
class Dialect:
    bank: str
    account: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    payment: Callable[[Payment], list[str]]
    reference: str = "0000000000"

    def statement(
        self, *payments: Payment, day: date = date(2026, 11, 26), opening: Decimal = OPENING, closing: Decimal | None = None
    ) -> list[str]:
        closing = opening + sum(each.amount for each in payments) if closing is None else closing
        return [
            *self.head,
            f":20:{self.reference}",
            f":25:{self.account}",
            ":28C:231/1",
            balance("60F", day - timedelta(days=1), opening),
            *(text for each in payments for text in self.payment(each)),
            balance("62F", day, closing),
            *self.tail,
        ]


def balance(tag: str, day: date, amount: Decimal) -> str:
    return f":{tag}:{'C' if amount >= 0 else 'D'}{day:%y%m%d}EUR{comma(amount)}"


def swift(bic: str) -> tuple[str, ...]:
    return (f"{{1:F01{bic}XXXX0000000000}}{{2:O940{bic}XXXXN}}{{3:}}{{4:",)


DIALECTS = {
    "ABN AMRO": Dialect("ABNA", "417164300", ("ABNANL2A", "940", "ABNANL2A"), ("-",), abn_amro, "ABN AMRO BANK NV"),
    "ABN AMRO, cells": Dialect("ABNA", "417164300", (), ("-",), abn_amro_cells, "ABN AMRO BANK NV"),
    "ASN": Dialect("ASNB", OURS["ASNB"], swift("ASNBNL21"), ("-}{5:}",), volksbank),
    "bunq": Dialect("BUNQ", f"{OURS['BUNQ']} EUR", ("BUNQNL2A", "940", "BUNQNL2A"), ("-",), bunq, "BUNQ BV"),
    "ING": Dialect(
        "INGB",
        f"{OURS['INGB']}EUR",
        ("{1:F01INGBNL2ABXXX0000000000}", "{2:I940INGBNL2AXXXN}", "{4:"),
        (":64:C261126EUR1,00", ":65:C261127EUR1,00", ":86:/SUM/1/1/1,00/1,00/", "-}"),
        ing,
        "P261126000000001",
    ),
    "Knab": Dialect("KNAB", "NL68 KNAB 0123 4567 89", swift("KNABNL2H"), ("-}",), knab, "B4E08MS9D00A0009"),
    "Rabobank": Dialect("RABO", OURS["RABO"], (":940:",), (), rabobank, "940S261126"),
    "SNS": Dialect("SNSB", OURS["SNSB"], swift("SNSBNL2A"), ("-}{5:}",), volksbank),
    "Triodos": Dialect("TRIO", "TRIODOSBANK/0123456789", (), ("-",), triodos, "1605781242822/1"),
}


def written(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    return (end.join(lines) + end).encode(encoding)
