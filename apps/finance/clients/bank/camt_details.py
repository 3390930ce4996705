"""The parts of a CAMT message: balances, entries, and the details of one payment. Functions from an element to our words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from lxml import etree

from apps.finance.clients.bank import values
from apps.finance.clients.bank.errors import UnreadableBankFile
from apps.finance.clients.bank.items import Entry

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
CREDIT, DEBIT = "CRDT", "DBIT"
PARTIES = {CREDIT: ("Dbtr", "Cdtr"), DEBIT: ("Cdtr", "Dbtr")}
NOT_GIVEN = {"NOTPROVIDED", "NOTAPPLICABLE", "NONREF"}
FULL_LINE = 140  # of an unstructured line; what fills it runs on in the next
MOST_LINES = 100
PRICES = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")


@dataclass(frozen=True, slots=True)
class Details:
    """One `TxDtls`: the entry that it makes, and its own amount where it has one in the account's currency."""

    entry: Entry
    price: Decimal | None
    other_currency: bool


@lru_cache(maxsize=256)
def _path(names: str) -> str:
    return "/".join(f"{{*}}{name}" for name in names.split("/"))


def child(element: Element, names: str) -> Element | None:
    """The first element at a path of local names, in whatever version of the namespace."""
    return element.find(_path(names))


def children(element: Element, names: str) -> Iterator[Element]:
    return element.iterfind(_path(names))


def text(element: Element | None, *paths: str) -> str:
    """The first text at one of the paths, in one line."""
    for names in paths:
        if element is not None and (found := element.findtext(_path(names))):
            return values.in_one_line(found)
    return ""


def money(element: Element, of: Element) -> Decimal:
    """The amount in an element, never below zero."""
    value = values.amount((element.text or "").strip())
    if value is None:
        raise UnreadableBankFile(_("an amount"), line=of.sourceline or 1, found=element.text or "")
    return value


def direction(element: Element) -> str:
    """Whether it came in or went out."""
    mark = text(element, "CdtDbtInd")
    if mark not in PARTIES:
        raise UnreadableBankFile(_("CRDT or DBIT"), line=element.sourceline or 1, found=mark)
    return mark


def signed(value: Decimal, mark: str) -> Decimal:
    return value if mark == CREDIT else -value


def on(element: Element, *names: str) -> date | None:
    """The first day given under one of the names, with or without a time."""
    for name in names:
        if (said := text(element, f"{name}/Dt", f"{name}/DtTm")) and (found := values.day(said)):
            return found
    return None


def type_code(element: Element) -> str:
    """'PMNT/RCDT/ESCT', or the bank's own code."""
    code = child(element, "BkTxCd")
    if code is None:
        return ""
    parts = (text(code, "Domn/Cd"), text(code, "Domn/Fmly/Cd"), text(code, "Domn/Fmly/SubFmlyCd"))
    return "/".join(part for part in parts if part) or text(code, "Prtry/Cd")


def booked(element: Element, *, currency: str, closing: date | None) -> Entry:
    """The facts of an `Ntry` itself, which stand before its details."""
    line = element.sourceline or 1
    price = child(element, "Amt")
    if price is None:
        raise UnreadableBankFile(_("an amount (Amt)"), line=line)
    if price.get("Ccy") != currency:
        raise UnreadableBankFile(_("an amount in the account's currency"), line=line, found=price.get("Ccy") or "")
    booking = on(element, "BookgDt", "ValDt") or closing
    if booking is None:
        raise UnreadableBankFile(_("a booking date (BookgDt)"), line=line)
    reference = _given(text(element, "AcctSvcrRef", "NtryRef"))
    return Entry(
        booking_date=booking,
        value_date=on(element, "ValDt") or booking,
        amount=signed(money(price, element), direction(element)),
        is_reversal=text(element, "RvslInd") in {"true", "1"},
        bank_reference=reference,
        booking_reference=reference,
        type_code=type_code(element),
        line=line,
    )


def batch(group: Element | None, head: Entry) -> Entry:
    """The same entry with what the bank says of the batch that it books."""
    said = child(group, "Btch") if group is not None else None
    size = text(said, "NbOfTxs")
    reference = text(said, "PmtInfId", "MsgId") or head.booking_reference
    return replace(
        head,
        batch_reference=reference,
        batch_amount=head.amount,
        batch_size=int(size) if size.isdecimal() and len(size) < 9 else 0,
    )


def detailed(element: Element, head: Entry, *, currency: str, own: str) -> Details:
    """What a `TxDtls` adds to the entry that it belongs to."""
    price, other_currency = _price(element, currency)
    mark = direction(element) if text(element, "CdtDbtInd") else ("CRDT" if head.amount >= 0 else "DBIT")
    name, account = _counterparty(element, mark, is_reversal=head.is_reversal, own=own)
    description, reference = remittance(element)
    entry = replace(
        head,
        counterparty_name=name,
        counterparty_account=account,
        counterparty_iban=values.valid_iban(account),
        description=description,
        structured_reference=reference or values.structured_reference(description),
        end_to_end_id=_given(text(element, "Refs/EndToEndId")),
        mandate_id=_given(text(element, "Refs/MndtId")),
        bank_reference=_given(text(element, "Refs/AcctSvcrRef")) or head.bank_reference,
        batch_reference=text(element, "Refs/PmtInfId") or head.batch_reference,
        type_code=type_code(element) or head.type_code,
        return_reason=text(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        line=element.sourceline or head.line,
    )
    return Details(entry=entry, price=None if price is None else signed(price, mark), other_currency=other_currency)


def remittance(element: Element) -> tuple[str, str]:
    """The payer's text in one line, and the reference that is marked as one and checks."""
    pieces = [piece.text or "" for piece in list(children(element, "RmtInf/Ustrd"))[:MOST_LINES]]
    description, found = joined(pieces), ""
    for part in list(children(element, "RmtInf/Strd"))[:MOST_LINES]:
        reference = text(part, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef")
        found = found or values.structured_reference(reference)
        said = (
            text(part, "RfrdDocInf/Nb"),
            reference if not values.structured_reference(reference) else "",
            text(part, "AddtlRmtInf"),
        )
        description = " ".join(words for words in (description, *said) if words)
    return description or text(element, "AddtlTxInf"), found


def joined(pieces: list[str]) -> str:
    """Lines of text as they were meant: a full line runs on in the next, a shorter one ends a word."""
    whole = "".join(piece if len(piece) >= FULL_LINE else f"{piece} " for piece in pieces)
    return values.in_one_line(whole)


def _given(reference: str) -> str:
    return "" if reference.upper() in NOT_GIVEN else reference


def _price(element: Element, currency: str) -> tuple[Decimal | None, bool]:
    found = [price for names in PRICES if (price := child(element, names)) is not None]
    for price in found:
        if price.get("Ccy") == currency:
            return money(price, element), False
    return None, bool(found)


def _counterparty(element: Element, mark: str, *, is_reversal: bool, own: str) -> tuple[str, str]:
    """Name and account of the other side. What is reversed keeps the roles that it had; our own account is never the other."""
    parties = child(element, "RltdPties")
    if parties is None:
        return "", ""
    roles = PARTIES[mark][::-1] if is_reversal else PARTIES[mark]
    sides = [(_name(parties, role), _account(parties, role)) for role in roles]
    others = [side for side in sides if any(side) and side[1] != own]
    return others[0] if others else ("", "")


def _name(parties: Element, role: str) -> str:
    return text(parties, f"{role}/Nm", f"{role}/Pty/Nm", f"Ultmt{role}/Nm", f"Ultmt{role}/Pty/Nm")


def _account(parties: Element, role: str) -> str:
    return values.compact(text(parties, f"{role}Acct/Id/IBAN", f"{role}Acct/Id/Othr/Id"))
