"""Bank files read: CAMT.053 and CAMT.054 of any bank, MT940 in the dialects of the Dutch ones. Pure: no database, no network.

    for item in read(stream):
        match item:
            case Statement(): ...  # the head; its entries follow
            case Entry(): ...
            case Closing(): ...    # its balance, and whether it adds up

A file may hold several accounts and statements. It is never held whole: the first entries are out before the last are read, so a
caller books nothing until the reading is through. `UnreadableBankFile` may come at any moment, `BalanceDiffers` when all has been
told; both are `BankFileRefused`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from apps.finance.clients.bank import camt, mt940
from apps.finance.clients.bank.errors import BalanceDiffers, BankFileRefused, UnreadableBankFile
from apps.finance.clients.bank.fingerprints import content_key, fingerprint
from apps.finance.clients.bank.items import Closing, Entry, Item, Statement
from apps.finance.clients.bank.source import MOST_BYTES, Source, Stream
from apps.finance.clients.bank.values import structured_reference, valid_iban

__all__ = [
    "MOST_BYTES",
    "BalanceDiffers",
    "BankFileRefused",
    "Closing",
    "Entry",
    "Item",
    "Statement",
    "UnreadableBankFile",
    "content_key",
    "fingerprint",
    "read",
    "structured_reference",
    "valid_iban",
]

MT940 = re.compile(rb"^[\x01\s]{0,8}(\{1:|:940:|:20:)", re.MULTILINE)
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read(stream: Stream) -> Iterator[Item]:
    """What the file tells, in its own order: each statement, its entries, its closing.

    Takes an open binary file (`read(size)`), at its beginning. Raises UnreadableBankFile when it is not a bank file that we know,
    at the line where that shows, and BalanceDiffers at the end of the file for the first statement that does not add up.
    """
    source = Source(stream)
    head = source.head
    if head.startswith(UTF16_MARKS) or b"\x00" in head:
        raise UnreadableBankFile(_("text in UTF-8 or Latin-1, not in UTF-16 and no other bytes"), line=1)
    if head.lstrip().startswith(b"<"):
        yield from _checked(camt.read(source))
    elif MT940.search(head):
        yield from _checked(mt940.read(source))
    else:
        raise UnreadableBankFile(_("a CAMT.053, CAMT.054 or MT940 file"), line=1, found=head[:100].decode("latin-1"))


def _checked(items: Iterator[Item]) -> Iterator[Item]:
    """All items; then the first balance that differs, so that a caller has all of a file to keep and show when it refuses it."""
    seen: set[int] = set()
    differs: BalanceDiffers | None = None
    for item in items:
        yield item
        if isinstance(item, Closing):
            _refuse_twice(item, seen)
            differs = differs or _difference(item)
    if differs is not None:
        raise differs


def _refuse_twice(closing: Closing, seen: set[int]) -> None:
    """A statement that stands in the file twice has entries that would pass for equal payments.

    One that changed the balance cannot come again with the same balances and entries.
    """
    if not closing.credits + closing.debits:
        return
    head = closing.statement
    own = hash(replace(closing, statement=replace(head, line=0)))
    if own in seen:
        raise UnreadableBankFile(_("each statement once"), line=head.line, found=f"{head.account} {head.number}")
    seen.add(own)


def _difference(closing: Closing) -> BalanceDiffers | None:
    if closing.expected_balance is None or closing.adds_up:
        return None
    account, number = closing.statement.account, closing.statement.number
    return BalanceDiffers(account=account, number=number, expected=closing.expected_balance, stated=closing.closing_balance)
