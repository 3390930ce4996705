"""CAMT.053 (statements) and CAMT.054 (details), versions 2 to 8: one entry at a time.

Never resolves an entity, never loads a DTD, and refuses a file that has one. What an entry needs stands before its details in the
schema, so a batch of any size is taken apart while it passes by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from lxml import etree

from apps.finance.clients.bank import values
from apps.finance.clients.bank.camt_details import (
    CURRENCY_OF,
    MOST_LINES,
    Batch,
    Details,
    Element,
    batch_of,
    booked,
    detailed,
    direction,
    facts,
    first,
    joined,
    local,
    money,
    on,
    signed,
)
from apps.finance.clients.bank.errors import UnreadableBankFile
from apps.finance.clients.bank.items import Entry, Item, Statement
from apps.finance.clients.bank.source import Source
from apps.finance.clients.bank.totals import ZERO, Running

MESSAGE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[34]\.001\.0[2-8])\}Document")
STATEMENTS = {"Stmt", "Ntfctn"}
WATCHED = ("Document", *sorted(STATEMENTS), "Ntry", "TxDtls")
MOST_OF_ONE_ENTRY = 1024 * 1024  # bytes
BOOKED = {"", "BOOK"}
CURRENCY = "EUR"

Balance = tuple[Decimal | None, date | None]


@dataclass(slots=True)
class Booking:
    """An `Ntry` that is being read: its own facts, and what its details have made so far."""

    element: Element
    is_read: bool = False
    head: Entry | None = None  # none: the bank has not booked it, so it is not told
    batch: Batch | None = None
    single: Details | None = None  # the first details, until it shows whether there are more
    parts: int = 0
    priced: int = 0
    split: Decimal = ZERO
    unpriced: list[str] = field(default_factory=list)

    def take(self, details: Details) -> Iterator[Entry]:
        """The entries that are certain now: a first one waits for a second, as alone it has the amount of the whole."""
        self.parts += 1
        if self.parts == 1:
            self.single = details
            return
        if self.parts == 2 and self.single is not None:
            yield from self._part(self.single)
        yield from self._part(details)

    def _part(self, details: Details) -> Iterator[Entry]:
        if details.price is not None:
            self.priced += 1
            self.split += details.price
            yield replace(details.entry, amount=details.price)
        elif details.other_currency:
            raise UnreadableBankFile(_("details in the account's currency"), line=details.entry.line)
        elif len(self.unpriced) < MOST_LINES:
            self.unpriced.append(details.entry.description)

    def rest(self) -> Iterator[Entry]:
        """What is left to tell at the end: the one entry, or nothing when its parts make the whole."""
        if self.head is None:
            return
        batch = self.batch or batch_of(self.element.find("{*}NtryDtls"), self.head)
        if self.parts == 0:
            yield self._alone(self.head, batch)
        elif self.parts == 1 and self.single is not None:
            yield self._alone(self.single.entry, batch)
        elif self.priced == 0:
            yield self._alone(replace(self.head, description=joined(self.unpriced)), batch)
        elif self.unpriced or self.split != self.head.amount:
            raise UnreadableBankFile(
                _("details that make the amount of their entry, %(amount)s") % {"amount": self.head.amount},
                line=self.head.line,
                found=str(self.split),
            )

    def _alone(self, entry: Entry, batch: Batch) -> Entry:
        """The one entry that this booking makes; one payment on its own is no batch."""
        is_batch = self.parts > 1 or batch.size > 1
        told = batch.fields() if is_batch else {"batch_reference": "", "batch_amount": None, "batch_size": 0}
        description = entry.description or values.in_one_line(self.element.findtext("{*}AddtlNtryInf") or "")
        return replace(entry, description=description, **told)


class Reader:
    """What is known between two elements of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._message = ""
        self._statements = 0
        self._running: Running | None = None
        self._closing: Balance = (None, None)
        self._booking: Booking | None = None

    def items(self) -> Iterator[Item]:
        self._source.unit = MOST_OF_ONE_ENTRY
        parser = etree.iterparse(
            self._source,
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in WATCHED],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in parser:
            self._message = self._message or _message(element)
            yield from self._handle(event, local(element), element)
        if not self._statements:
            raise UnreadableBankFile(_("a CAMT.053 or CAMT.054 message with a statement (Stmt)"), line=1)

    def _handle(self, event: str, name: str, element: Element) -> Iterator[Item]:
        if event == "start":
            if name == "Ntry":
                yield from self._entry_begins(element)
        elif name in STATEMENTS:
            yield from self._statement_ends(element)
        elif name == "Ntry":
            yield from self._entry_ends(element)
        elif name == "TxDtls":
            yield from self._details_end(element)

    def _entry_begins(self, element: Element) -> Iterator[Item]:
        parent = element.getparent()
        if self._booking is not None or parent is None or local(parent) not in STATEMENTS:
            raise UnreadableBankFile(_("an entry (Ntry) in a statement (Stmt)"), line=element.sourceline or 1)
        if self._running is None:
            yield self._begin(parent).statement
        self._booking = Booking(element)

    def _begin(self, element: Element) -> Running:
        """The head of a statement stands before its first entry."""
        statement, self._closing = head_of(element, self._message)
        self._statements += 1
        self._running = Running(statement)
        return self._running

    def _statement_ends(self, element: Element) -> Iterator[Item]:
        running = self._running
        if self._booking is not None:
            raise UnreadableBankFile(_("an entry (Ntry) in a statement (Stmt)"), line=element.sourceline or 1)
        if running is None:
            running = self._begin(element)
            yield running.statement
        yield running.close(*self._closing)
        self._running = None
        _forget(element, self._source)

    def _details_end(self, element: Element) -> Iterator[Item]:
        booking, group = self._booking, element.getparent()
        if booking is None or self._running is None or group is None:
            raise UnreadableBankFile(_("details (TxDtls) in an entry (Ntry)"), line=element.sourceline or 1)
        head = self._head(booking)
        if head is not None:
            if booking.batch is None or group.find("{*}Btch") is not None:
                booking.batch = batch_of(group, head)
            statement = self._running.statement
            details = detailed(element, head, booking.batch, currency=statement.currency, own=statement.account)
            yield from map(self._running.add, booking.take(details))
        _forget(element, self._source)
        while (before := group.getprevious()) is not None and local(before) == "NtryDtls":
            before.getparent().remove(before)

    def _entry_ends(self, element: Element) -> Iterator[Item]:
        if self._booking is not None and self._running is not None:
            self._head(self._booking)
            yield from map(self._running.add, self._booking.rest())
        self._booking = None
        _forget(element, self._source)

    def _head(self, booking: Booking) -> Entry | None:
        """The entry's own facts; none when the bank has not booked it."""
        if booking.is_read or self._running is None:
            return booking.head
        booking.is_read = True
        found, line = facts(booking.element, without="NtryDtls"), booking.element.sourceline or 1
        if first(found, "Sts/Cd", "Sts") in BOOKED:
            booking.head = booked(found, line, currency=self._running.statement.currency, closing=self._closing[1])
        return booking.head


def read(source: Source) -> Iterator[Item]:
    """What a CAMT file tells. Raises UnreadableBankFile for all that is not one."""
    if (place := source.head.find(b"<!DOCTYPE")) >= 0:
        raise UnreadableBankFile(_("XML without a DTD"), line=source.head.count(b"\n", 0, place) + 1, found="<!DOCTYPE")
    try:
        yield from Reader(source).items()
    except etree.LxmlError as wrong:
        raise UnreadableBankFile(_("well-formed XML"), line=getattr(wrong, "lineno", 0) or 1, found=str(wrong)) from wrong


def head_of(element: Element, message: str) -> tuple[Statement, Balance]:
    """The head of a `Stmt` or `Ntfctn`, and its closing balance."""
    found, line, details_only = facts(element, without="Ntry"), element.sourceline or 1, message.startswith("camt.054")
    account = values.compact(first(found, "Acct/Id/IBAN", "Acct/Id/Othr/Id"))
    if not account:
        raise UnreadableBankFile(_("the account of the statement (Acct)"), line=line)
    currency = first(found, "Acct/Ccy") or _first_currency(element)
    if currency != CURRENCY:
        raise UnreadableBankFile(_("an account in EUR"), line=line, found=currency)
    opening, closing = _balances(element, line) if not details_only else ((None, None), (None, None))
    iban = values.valid_iban(account)
    statement = Statement(
        account=account,
        account_iban=iban,
        currency=currency,
        number=first(found, "LglSeqNb", "ElctrncSeqNb", "Id"),
        opening_balance=opening[0],
        opening_date=opening[1],
        source=message.upper(),
        bank=iban[4:8] if iban.startswith("NL") else "",
        details_only=details_only,
        line=line,
    )
    return statement, closing


def _message(element: Element) -> str:
    """'camt.053.001.08', from the root of the file."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnreadableBankFile(_("XML without a DTD"), line=1)
    found = MESSAGE.fullmatch(str(element.tag)) if element.getparent() is None else None
    if found is None:
        raise UnreadableBankFile(
            _("a CAMT.053 or CAMT.054 message, version 2 to 8"), line=element.sourceline or 1, found=str(element.tag)
        )
    return found[1]


def _first_currency(element: Element) -> str:
    prices = (price for path in ("{*}Bal/{*}Amt", "{*}Ntry/{*}Amt") for price in element.iterfind(path))
    return next((price.get("Ccy") or "" for price in prices), CURRENCY)


def _balances(element: Element, line: int) -> tuple[Balance, Balance]:
    """Opening and closing balance; a closing balance in another currency is none, so that the statement does not add up."""
    found: dict[str, list[Balance]] = {}
    for each in element.iterfind("{*}Bal"):
        said = facts(each)
        if "Amt" in said:
            is_ours = said["Amt" + CURRENCY_OF] == CURRENCY
            value = signed(money(said, "Amt", line), direction(said, line)) if is_ours else None
            found.setdefault(first(said, "Tp/CdOrPrtry/Cd"), []).append((value, on(said, "Dt")))
    opening = (found.get("OPBD") or found.get("PRCD") or [(None, None)])[0]
    if opening[0] is None:
        raise UnreadableBankFile(_("an opening balance in EUR (OPBD or PRCD)"), line=line)
    if "CLBD" not in found:
        raise UnreadableBankFile(_("a closing balance (CLBD)"), line=line)
    return opening, found["CLBD"][-1]


def _forget(element: Element, source: Source) -> None:
    """Free what has been dealt with, and all that stands before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
    source.mark()
