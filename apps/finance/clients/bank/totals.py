"""What a statement adds up to, counted while its entries pass by."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.finance.clients.bank.items import Closing, Entry, Statement

ZERO = Decimal("0.00")


@dataclass(slots=True)
class Running:
    """A statement that is being read."""

    statement: Statement
    entries: int = 0
    credits: Decimal = ZERO
    debits: Decimal = ZERO

    def add(self, entry: Entry) -> Entry:
        self.entries += 1
        if entry.amount < 0:
            self.debits += entry.amount
        else:
            self.credits += entry.amount
        return entry

    def close(self, balance: Decimal | None, on: date | None) -> Closing:
        opening = self.statement.opening_balance
        return Closing(
            statement=self.statement,
            closing_balance=balance,
            closing_date=on,
            expected_balance=None if opening is None else opening + self.credits + self.debits,
            entries=self.entries,
            credits=self.credits,
            debits=self.debits,
        )
