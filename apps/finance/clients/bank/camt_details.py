"""The parts of a CAMT message: balances, entries, and the details of one payment. Functions from an element to our words."""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.finance.clients.bank import values
from apps.finance.clients.bank.errors import UnreadableBankFile
from apps.finance.clients.bank.items import Entry

Element = Any  # of lxml, which ships no types
Facts = dict[str, str]
CREDIT, DEBIT = "CRDT", "DBIT"
PARTIES = {CREDIT: ("Dbtr", "Cdtr"), DEBIT: ("Cdtr", "Dbtr")}
NOT_GIVEN = {"NOTPROVIDED", "NOTAPPLICABLE", "NONREF"}
FULL_LINE = 140  # of an unstructured line; what fills it runs on in the next
MOST_LINES = 100
PRICES = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
CURRENCY_OF = "@Ccy"
SIZE = re.compile(r"[0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Details:
    """One `TxDtls`: the entry that it makes, and its own amount where it has one in the account's currency."""

    entry: Entry
    price: Decimal | None
    other_currency: bool


def local(element: Element) -> str:
    """The name of an element without its namespace, be it a right one or not."""
    tag = str(element.tag)
    return tag[tag.rfind("}") + 1 :]


def facts(element: Element, *, without: str = "") -> Facts:
    """The first text at each path below an element, by local names: in one walk, as asking for each takes longer."""
    found: Facts = {}
    _collect(element, "", found, without)
    return found


def _collect(element: Element, above: str, found: Facts, without: str) -> None:
    for part in element:
        name = local(part)
        if name == without:
            continue
        path = above + name
        if path not in found:
            found[path] = part.text or ""
            if name == "Amt":
                found[path + CURRENCY_OF] = part.get("Ccy") or ""
        if len(part):
            _collect(part, f"{path}/", found, without)


def first(found: Facts, *paths: str) -> str:
    """The first text at one of the paths, in one line."""
    for path in paths:
        if (text := found.get(path)) and (line := values.in_one_line(text)):
            return line
    return ""


def money(found: Facts, path: str, line: int) -> Decimal:
    """The amount at a path, never below zero."""
    value = values.amount(found[path].strip())
    if value is None:
        raise UnreadableBankFile(_("an amount"), line=line, found=found[path])
    return value


def direction(found: Facts, line: int) -> str:
    """Whether it came in or went out."""
    mark = first(found, "CdtDbtInd")
    if mark not in PARTIES:
        raise UnreadableBankFile(_("CRDT or DBIT"), line=line, found=mark)
    return mark


def signed(value: Decimal, mark: str) -> Decimal:
    return value if mark == CREDIT else -value


def on(found: Facts, *names: str) -> date | None:
    """The first day given under one of the names, with or without a time."""
    for name in names:
        if day := values.day(first(found, f"{name}/Dt", f"{name}/DtTm")):
            return day
    return None


def type_code(found: Facts) -> str:
    """'PMNT/RCDT/ESCT', or the bank's own code."""
    parts = [first(found, f"BkTxCd/Domn/{name}") for name in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(part for part in parts if part) or first(found, "BkTxCd/Prtry/Cd")


def booked(found: Facts, line: int, *, currency: str, closing: date | None) -> Entry:
    """The facts of an `Ntry` itself, which stand before its details."""
    if "Amt" not in found:
        raise UnreadableBankFile(_("an amount (Amt)"), line=line)
    if found["Amt" + CURRENCY_OF] != currency:
        raise UnreadableBankFile(_("an amount in the account's currency"), line=line, found=found["Amt" + CURRENCY_OF])
    booking = on(found, "BookgDt", "ValDt") or closing
    if booking is None:
        raise UnreadableBankFile(_("a booking date (BookgDt)"), line=line)
    reference = _given(first(found, "AcctSvcrRef", "NtryRef"))
    return Entry(
        booking_date=booking,
        value_date=on(found, "ValDt") or booking,
        amount=signed(money(found, "Amt", line), direction(found, line)),
        is_reversal=first(found, "RvslInd") in {"true", "1"},
        bank_reference=reference,
        booking_reference=reference,
        type_code=type_code(found),
        line=line,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """What the bank says of the batch that an entry books."""

    reference: str
    amount: Decimal
    size: int

    def fields(self) -> dict[str, Any]:
        return {"batch_reference": self.reference, "batch_amount": self.amount, "batch_size": self.size}


def batch_of(group: Element | None, head: Entry) -> Batch:
    found = facts(group, without="TxDtls") if group is not None else {}
    size = first(found, "Btch/NbOfTxs")
    reference = first(found, "Btch/PmtInfId", "Btch/MsgId") or head.booking_reference
    return Batch(reference, head.amount, int(size) if SIZE.fullmatch(size) else 0)


def detailed(element: Element, head: Entry, batch: Batch, *, currency: str, own: str) -> Details:
    """What a `TxDtls` adds to the entry that it belongs to."""
    found, line = facts(element), element.sourceline or head.line
    price = next((path for path in PRICES if found.get(path + CURRENCY_OF) == currency), "")
    mark = direction(found, line) if "CdtDbtInd" in found else (CREDIT if head.amount >= 0 else DEBIT)
    name, account = _counterparty(found, mark, is_reversal=head.is_reversal, own=own)
    description, reference = remittance(element, found)
    entry = replace(
        head,
        counterparty_name=name,
        counterparty_account=account,
        counterparty_iban=values.valid_iban(account),
        description=description,
        structured_reference=reference or values.structured_reference(description),
        end_to_end_id=_given(first(found, "Refs/EndToEndId")),
        mandate_id=_given(first(found, "Refs/MndtId")),
        bank_reference=_given(first(found, "Refs/AcctSvcrRef")) or head.bank_reference,
        batch_reference=first(found, "Refs/PmtInfId") or batch.reference,
        batch_amount=batch.amount,
        batch_size=batch.size,
        type_code=type_code(found) or head.type_code,
        return_reason=first(found, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        line=line,
    )
    amount = signed(money(found, price, line), mark) if price else None
    return Details(entry=entry, price=amount, other_currency=not price and any(path in found for path in PRICES))


def remittance(element: Element, found: Facts) -> tuple[str, str]:
    """The payer's text in one line, and the reference that is marked as one and checks."""
    description, marked = "", ""
    if "RmtInf/Ustrd" in found:
        description = joined([piece.text or "" for piece in islice(element.iterfind("{*}RmtInf/{*}Ustrd"), MOST_LINES)])
    for part in islice(element.iterfind("{*}RmtInf/{*}Strd"), MOST_LINES) if "RmtInf/Strd" in found else ():
        said = facts(part)
        reference = first(said, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef")
        checked = values.structured_reference(reference)
        marked = marked or checked
        words = (description, first(said, "RfrdDocInf/Nb"), "" if checked else reference, first(said, "AddtlRmtInf"))
        description = " ".join(word for word in words if word)
    return description or first(found, "AddtlTxInf"), marked


def joined(pieces: list[str]) -> str:
    """Lines of text as they were meant: a full line runs on in the next, a shorter one ends a word."""
    whole = "".join(piece if len(piece) >= FULL_LINE else f"{piece} " for piece in pieces)
    return values.in_one_line(whole)


def _given(reference: str) -> str:
    return "" if reference.upper() in NOT_GIVEN else reference


def _counterparty(found: Facts, mark: str, *, is_reversal: bool, own: str) -> tuple[str, str]:
    """Name and account of the other side. What is reversed keeps the roles that it had; our own account is never the other."""
    roles = PARTIES[mark][::-1] if is_reversal else PARTIES[mark]
    sides = ((_name(found, role), _account(found, role)) for role in roles)
    return next((side for side in sides if any(side) and side[1] != own), ("", ""))


def _name(found: Facts, role: str) -> str:
    at = f"RltdPties/{role}"
    return first(found, f"{at}/Nm", f"{at}/Pty/Nm", f"RltdPties/Ultmt{role}/Nm", f"RltdPties/Ultmt{role}/Pty/Nm")


def _account(found: Facts, role: str) -> str:
    return values.compact(first(found, f"RltdPties/{role}Acct/Id/IBAN", f"RltdPties/{role}Acct/Id/Othr/Id"))
