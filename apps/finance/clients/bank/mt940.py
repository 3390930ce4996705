"""MT940 as the Dutch banks write it: balances, statement lines, and whose dialect it is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from apps.finance.clients.bank import values
from apps.finance.clients.bank.errors import UnreadableBankFile
from apps.finance.clients.bank.items import Entry, Item, Statement
from apps.finance.clients.bank.mt940_dialects import BANKS, Line, said
from apps.finance.clients.bank.mt940_fields import HEADER, Field, fields
from apps.finance.clients.bank.source import Source
from apps.finance.clients.bank.totals import Running

CURRENCY = "EUR"
BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,15}([,.][0-9]{0,2})?)", re.ASCII)
STATEMENT_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}|\s{4})?(?P<reversal>R?)(?P<mark>[CD])(?P<funds>[A-Z](?=[0-9]))?"
    r"(?P<amount>[0-9]{1,15}([,.][0-9]{0,2})?)(?P<type>[A-Z][A-Z0-9 ]{3})(?P<rest>.*)",
    re.ASCII,
)
BIC = re.compile(r"([A-Z]{4})NL[0-9A-Z]{2}")
IBAN_OF_A_BANK = re.compile(r"NL[0-9]{2}([A-Z]{4})[0-9]+")
TRIODOS = "TRIODOSBANK/"
CURRENCY_AFTER = re.compile(r"(?<=[0-9])[A-Z]{3}$")
REFERENCES = (
    (re.compile(r"ABN AMRO"), "ABNA"),
    (re.compile(r"940[AS][0-9]{6}"), "RABO"),
    (re.compile(r"MPBZ"), "INGB"),
    (re.compile(r"BUNQ"), "BUNQ"),
)
DAY_IN_REFERENCE = re.compile(r"940[AS]([0-9]{6})")


@dataclass(slots=True)
class Message:
    """What is known of a message before its opening balance."""

    line: int
    reference: str
    account: str = ""
    account_line: int = 0
    number: str = ""


class Reader:
    """What is known between two fields of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._sender = ""
        self._last = 1
        self._found = False
        self._message: Message | None = None
        self._running: Running | None = None
        self._movement: Line | None = None
        self._handlers: dict[str, Callable[[Field], Iterator[Item]]] = {
            HEADER: self._header,
            "20": self._begins,
            "25": self._account,
            "25P": self._account,
            "28": self._number,
            "28C": self._number,
            "60F": self._opens,
            "60M": self._opens,
            "61": self._moves,
            "86": self._tells,
            "62F": self._closes,
            "62M": self._closes,
        }

    def items(self) -> Iterator[Item]:
        for field in fields(self._source):
            self._last = field.line + max(len(field.lines) - 1, 0)
            if field.tag != "86":
                yield from self._movement_ends()
            handler = self._handlers.get(field.tag)
            if handler is not None:
                yield from handler(field)
        yield from self._movement_ends()
        self._expect_closed(self._last)
        if not self._found:
            raise UnreadableBankFile(_("a statement with its opening balance (:60F:)"), line=self._last)

    def _header(self, field: Field) -> Iterator[Item]:
        for line in field.lines:
            if (bic := BIC.search(line)) and bic[1] in BANKS:
                self._sender = bic[1]
        return iter(())

    def _begins(self, field: Field) -> Iterator[Item]:
        self._expect_closed(field.line)
        self._message = Message(line=field.line, reference=field.lines[0].strip())
        return iter(())

    def _account(self, field: Field) -> Iterator[Item]:
        message = self._in_message(field)
        message.account, message.account_line = values.compact(field.lines[0]), field.line
        return iter(())

    def _number(self, field: Field) -> Iterator[Item]:
        self._in_message(field).number = field.lines[0].strip()
        return iter(())

    def _opens(self, field: Field) -> Iterator[Item]:
        message = self._in_message(field)
        self._expect_closed(field.line)
        if not message.account:
            raise UnreadableBankFile(_("an account (:25:) before the opening balance"), line=field.line)
        balance, day = _balance(field)
        bank = self._bank(message)
        account, iban = _account(message.account, bank)
        self._running = Running(
            Statement(
                account=account,
                account_iban=iban,
                currency=CURRENCY,
                number=message.number,
                opening_balance=balance,
                opening_date=day,
                source="MT940",
                bank=bank,
                details_only=False,
                line=message.line,
            )
        )
        self._found = True
        yield self._running.statement

    def _moves(self, field: Field) -> Iterator[Item]:
        running = self._running
        if running is None:
            raise UnreadableBankFile(
                _("an opening balance (:60F:) before a statement line"), line=field.line, found=field.lines[0]
            )
        self._movement = _movement(field, bank=running.statement.bank, reference=self._in_message(field).reference)
        return iter(())

    def _tells(self, field: Field) -> Iterator[Item]:
        if self._movement is not None:
            self._movement.information.extend(field.lines)
        return iter(())

    def _movement_ends(self) -> Iterator[Item]:
        if self._movement is not None and self._running is not None:
            yield self._running.add(said(self._movement))
        self._movement = None

    def _closes(self, field: Field) -> Iterator[Item]:
        running, self._running = self._running, None
        if running is None:
            raise UnreadableBankFile(_("an opening balance (:60F:) before the closing balance"), line=field.line)
        yield running.close(*_balance(field))

    def _in_message(self, field: Field) -> Message:
        if self._message is None:
            raise UnreadableBankFile(_("the beginning of a statement (:20:)"), line=field.line, found=field.lines[0])
        return self._message

    def _expect_closed(self, line: int) -> None:
        if self._running is not None:
            raise UnreadableBankFile(_("a closing balance (:62F:)"), line=line)

    def _bank(self, message: Message) -> str:
        """Whose dialect it is: told by the envelope, the account, or the way in which the bank names its statements."""
        if message.account.startswith(TRIODOS):
            return "TRIO"
        iban = IBAN_OF_A_BANK.match(message.account)
        known = [name for form, name in REFERENCES if form.match(message.reference)]
        for bank in (self._sender, iban[1] if iban else "", *known):
            if bank in BANKS:
                return bank
        names = ", ".join(BANKS.values())
        raise UnreadableBankFile(_("an MT940 of %(banks)s") % {"banks": names}, line=message.account_line, found=message.account)


def read(source: Source) -> Iterator[Item]:
    """What an MT940 file tells. Raises UnreadableBankFile for all that is not one."""
    yield from Reader(source).items()


def _balance(field: Field) -> tuple[Decimal, date | None]:
    found = BALANCE.fullmatch(field.lines[0].strip())
    value = values.amount(found["amount"]) if found else None
    day = values.short_day(found["day"]) if found else None
    if found is None or value is None or (day is None and found["day"] != "000000"):
        raise UnreadableBankFile(_("a balance, such as C261127EUR100,00"), line=field.line, found=field.lines[0])
    if found["currency"] != CURRENCY:
        raise UnreadableBankFile(_("an account in EUR"), line=field.line, found=found["currency"])
    return (value if found["mark"] == "C" else -value), day


def _account(text: str, bank: str) -> tuple[str, str]:
    """The account as the bank names it, and its IBAN."""
    account = CURRENCY_AFTER.sub("", text.removeprefix(TRIODOS).replace(".", ""))
    return account, values.valid_iban(account) or values.dutch_iban(bank, account)


def _movement(field: Field, *, bank: str, reference: str) -> Line:
    """A statement line, whose bank's words are still to come."""
    first = field.lines[0].strip()
    found = STATEMENT_LINE.fullmatch(first)
    value = values.short_day(found["value"]) if found else None
    amount = values.amount(found["amount"]) if found else None
    if found is None or value is None or amount is None:
        raise UnreadableBankFile(_("a statement line, such as 2611271127C121,00NTRFNONREF"), line=field.line, found=first)
    booking = _booking_day(found["entry"], value)
    if booking is None:
        raise UnreadableBankFile(_("a booking day (MMDD)"), line=field.line, found=first)
    named = DAY_IN_REFERENCE.match(reference) if bank == "RABO" else None
    if named is not None:
        booking = values.short_day(named[1]) or booking
    is_reversal = bool(found["reversal"])
    came_in = (found["mark"] == "C") is not is_reversal  # a reversed credit goes out
    entry = Entry(
        booking_date=booking,
        value_date=value,
        amount=amount if came_in else -amount,
        type_code=found["type"].strip(),
        is_reversal=is_reversal,
        line=field.line,
    )
    return Line(entry=entry, bank=bank, reference=found["rest"], supplement=[line.strip() for line in field.lines[1:]])


def _booking_day(text: str | None, value: date) -> date | None:
    """The day of that month nearest to the value date; the value date when the bank gives none."""
    if text is None or not text.strip():
        return value
    days = [values.day(f"{year:04}-{text[:2]}-{text[2:]}") for year in (value.year - 1, value.year, value.year + 1)]
    return min((day for day in days if day is not None), key=lambda day: abs(day - value), default=None)
