"""By what the same entry is known again, in another file or in the same file read twice."""

from hashlib import sha256

from apps.finance.clients.bank.items import Entry, Statement

SEPARATOR = "\x1f"


def content_key(statement: Statement, entry: Entry) -> str:
    """The same for entries that say the same; two equal payments on one day share it. 64 hexadecimal digits.

    Line breaks, spaces and case do not count, nor does the place in the file or which statement the entry stands in.
    """
    parts = (
        statement.account_iban or statement.account,
        entry.booking_date.isoformat(),
        f"{entry.amount:.2f}",
        entry.bank_reference,
        entry.booking_reference,
        entry.end_to_end_id,
        entry.counterparty_account,
        "".join(entry.description.split()).casefold(),
    )
    return sha256(SEPARATOR.join(parts).encode()).hexdigest()


def fingerprint(statement: Statement, entry: Entry, occurrence: int) -> str:
    """What makes an entry unique: its content and which of the equal ones it is, from 1. 64 hexadecimal digits.

    The occurrence counts the entries with the same `content_key` (so of one account and day) within one file, over all its
    statements. The order of other entries changes nothing; equal entries may swap, as they are equal.
    """
    return sha256(f"{content_key(statement, entry)}{SEPARATOR}{occurrence}".encode()).hexdigest()
