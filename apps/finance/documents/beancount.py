"""The books as plain text that beancount reads (https://beancount.github.io/docs/beancount_language_syntax.html)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ROOTS = {"asset": "Assets", "liability": "Liabilities", "revenue": "Income", "expense": "Expenses"}
CURRENCY = "EUR"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account of the chart: code, name, and kind (asset, liability, revenue or expense)."""

    code: str
    name: str
    kind: str

    @property
    def path(self) -> str:
        """Its name there: a root by kind, then the code; names may hold what an account there may not."""
        return f"{ROOTS[self.kind]}:A{self.code}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A booking: its day, words, the kind of it, and (account, amount in EUR: above zero is debit) lines."""

    on: date
    kind: str
    description: str
    lines: tuple[tuple[Account, Decimal], ...]


def beancount(
    title: str, accounts: Iterable[Account], entries: Iterable[Entry], balances: Iterable[tuple[Account, Decimal]], *, until: date
) -> Iterator[str]:
    """The lines of the file: the accounts, every booking by day, and each balance at the end of the last day as a check."""
    yield f'option "title" {_quoted(title)}'
    yield f'option "operating_currency" "{CURRENCY}"'
    yield ""
    for account in accounts:
        yield f"1970-01-01 open {account.path} {CURRENCY}"
        yield f"  name: {_quoted(account.name)}"
    for entry in entries:
        yield ""
        yield f"{entry.on} * {_quoted(entry.kind)} {_quoted(entry.description)}"
        for account, amount in entry.lines:
            yield f"  {account.path}  {amount} {CURRENCY}"
    yield ""
    the_day_after = date.fromordinal(until.toordinal() + 1)  # a balance there holds at the beginning of its day
    for account, amount in balances:
        yield f"{the_day_after} balance {account.path}  {amount} {CURRENCY}"


def _quoted(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
