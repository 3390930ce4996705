"""The lines of one bank file, laid out in a table of this connection alone, then booked in blocks of one statement each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.actor import current
from apps.core.keys import new_key
from apps.core.money import ZERO
from apps.finance.choices import AccountRole, EntryKind, LineState
from apps.finance.clients import bank
from apps.finance.models import BankFile, BankStatement
from apps.finance.services.ledger import accounts_open_on
from apps.organizations.models import BankAccount, BusinessEntity

READ_BLOCK, BOOK_BLOCK = 10_000, 2_000

LAY_OUT = """
    CREATE TEMP TABLE bank_line (
        n integer PRIMARY KEY, id uuid, entry_id uuid, bank_side uuid, other_side uuid, position integer, fingerprint text,
        booking_date date, value_date date, amount numeric(12,2), counterparty_name text, counterparty_iban text, description text,
        structured_reference text, end_to_end_id text, bank_reference text, booking_reference text, type_code text, is_returned boolean, line_number integer
    )
"""
COPY = "COPY bank_line FROM STDIN"
FIRST_DAYS = """
    SELECT line.position, min(line.booking_date) FROM bank_line AS line
    WHERE NOT EXISTS (SELECT FROM bank_transaction AS known WHERE known.fingerprint = line.fingerprint)
    GROUP BY line.position
"""
# One statement: what is new of a block, and its booking. Money that went out is booked against the same account.
BOOK = """
    WITH head (position, id, entity_id, account_id, bank_id, other_id) AS (
        SELECT * FROM unnest(%(positions)s::int[], %(statements)s::uuid[], %(entities)s::uuid[], %(accounts)s::uuid[],
            %(banks)s::uuid[], %(others)s::uuid[])
    ), block AS (
        SELECT line.*, head.entity_id, head.account_id, head.id AS statement_id, head.bank_id, head.other_id
        FROM bank_line AS line JOIN head ON head.position = line.position WHERE line.n > %(after)s AND line.n <= %(last)s
    ), fresh AS (
        INSERT INTO bank_transaction (id, business_entity_id, bank_account_id, bank_statement_id, fingerprint, booking_date, value_date,
            amount, counterparty_name, counterparty_iban, description, structured_reference, end_to_end_id, bank_reference, type_code,
            is_returned, line_number, state, matched_by, is_by_hand, note)
        SELECT id, entity_id, account_id, statement_id, fingerprint, booking_date, value_date, amount, counterparty_name,
            counterparty_iban, description, structured_reference, end_to_end_id, bank_reference, type_code, is_returned, line_number,
            CASE WHEN amount > 0 THEN %(open)s ELSE %(outgoing)s END, '', false, ''
        FROM block ORDER BY n
        ON CONFLICT (fingerprint) DO NOTHING RETURNING id
    ), entry AS (
        INSERT INTO journal_entry (id, business_entity_id, kind, entry_date, booked_at, description, source_type, source_id, booked_by)
        SELECT block.entry_id, entity_id, %(kind)s, booking_date, %(now)s,
            left(trim(counterparty_name || ' ' || block.description), 300), 'bank_transaction', block.id, %(who)s
        FROM block JOIN fresh ON fresh.id = block.id WHERE amount <> 0 RETURNING id
    ), side AS (
        INSERT INTO journal_line (id, entry_id, account_id, debit, credit)
        SELECT bank_side, block.entry_id, bank_id, greatest(amount, 0), greatest(-amount, 0) FROM block JOIN entry ON entry.id = block.entry_id
        UNION ALL
        SELECT other_side, block.entry_id, other_id, greatest(-amount, 0), greatest(amount, 0) FROM block JOIN entry ON entry.id = block.entry_id
    )
    SELECT count(*) FROM fresh
"""


class UnknownAccount(bank.BankFileRefused):
    """A statement of an account that is not ours, or not theirs who sent it: the two are never told apart."""

    code = "bank_account_unknown"


@dataclass(kw_only=True)
class Lines:
    """What was read of one file. Its lines stand in `bank_line`, numbered from 1; `closings` by their place in the file."""

    accounts: dict[str, BankAccount]
    closings: list[bank.Closing] = field(default_factory=list)
    count: int = 0
    new: int = 0
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _again: dict[int, int] = field(default_factory=dict)

    def read(self, stream: Any) -> Iterator[int]:
        """Read the file to its end; tells how many lines were read, now and then.

        Raises:
            BankFileRefused: bank_file_unreadable, bank_balance_differs, bank_account_unknown.
        """
        head: bank.Statement | None = None
        for item in bank.read(stream):
            if isinstance(item, bank.Statement):
                head = self._of_ours(item)
            elif isinstance(item, bank.Closing):
                self.closings.append(item)
            elif head is not None:
                self._add(head, item)
                if len(self._rows) == READ_BLOCK:
                    self._lay_down()
                    yield self.count
        self._lay_down()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE bank_line")  # else a block is thought to be a few lines, and compared each with each

    @property
    def statements(self) -> dict[int, bank.Closing]:
        """What books, by its place in the file."""
        return {place: each for place, each in enumerate(self.closings, start=1) if not each.statement.details_only}

    @property
    def notices(self) -> dict[int, bank.Closing]:
        """What only tells the parts of what a statement books, by its place in the file."""
        return {place: each for place, each in enumerate(self.closings, start=1) if each.statement.details_only}

    def account_of(self, head: bank.Statement) -> BankAccount:
        return self.accounts[head.account_iban or head.account]

    def _of_ours(self, head: bank.Statement) -> bank.Statement:
        if (head.account_iban or head.account) not in self.accounts:
            detail = _("Account %(account)s is not one of our bank accounts.") % {"account": head.account}
            raise UnknownAccount(detail, line=head.line)
        return head

    def _add(self, head: bank.Statement, entry: bank.Entry) -> None:
        self.count += 1
        self._rows.append(
            (
                self.count,
                *(new_key() for _each in range(4)),
                len(self.closings) + 1,
                bank.fingerprint(head, entry, self._occurrence(head, entry)),
                entry.booking_date,
                entry.value_date,
                entry.amount,
                entry.counterparty_name[:140],
                entry.counterparty_iban,
                entry.description[:1_000],
                entry.structured_reference,
                entry.end_to_end_id[:140],
                entry.bank_reference[:140],
                entry.booking_reference[:140],
                entry.type_code[:35],
                entry.is_reversal or bool(entry.return_reason),
                entry.line,
            )
        )

    def _occurrence(self, head: bank.Statement, entry: bank.Entry) -> int:
        """Which of the equal ones it is. Only what comes again is counted: a million lines are a million different ones."""
        key = int(bank.content_key(head, entry)[:16], 16)
        if key not in self._seen:
            self._seen.add(key)
            return 1
        self._again[key] = self._again.get(key, 1) + 1
        return self._again[key]

    def _lay_down(self) -> None:
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for row in self._rows:
                copy.write_row(row)
        self._rows.clear()


@contextmanager
def staged(bank_file: BankFile) -> Iterator[Lines]:
    """A place for the lines of one file, of the accounts that its sender may see."""
    known = BankAccount.objects.select_related("business_entity")
    ours = known if bank_file.uploaded_by is None else known.visible_to(bank_file.uploaded_by)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.bank_line; {LAY_OUT}")
        yield Lines(accounts={account.iban: account for account in ours})
        cursor.execute("DROP TABLE pg_temp.bank_line")


def book_lines(bank_file: BankFile, lines: Lines) -> Iterator[int]:
    """Book what is new of a file that was read; tells how many new lines there are, block by block.

    Raises:
        Refused: period_closed; account_missing.
    """
    given = _heads(bank_file, lines)
    for after in range(0, lines.count, BOOK_BLOCK):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(BOOK, given | {"after": after, "last": after + BOOK_BLOCK})
            [new] = cursor.fetchone()
        lines.new += new
        yield lines.new


@transaction.atomic
def _heads(bank_file: BankFile, lines: Lines) -> dict[str, Any]:
    """The statements, stored, and where each is booked; refused before anything is booked."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_DAYS)
        first_days: dict[int, date] = {place: day for place, day in cursor.fetchall() if place in lines.statements}
    books = {
        entity: accounts_open_on(entity, day, (AccountRole.BANK, AccountRole.UNMATCHED))
        for entity, day in _earliest(lines, first_days).items()
    }
    statements = _store_statements(bank_file, lines)
    bookable = [each for each in statements if each.position in first_days]
    return {
        "positions": [each.position for each in bookable],
        "statements": [each.pk for each in bookable],
        "entities": [each.business_entity_id for each in bookable],
        "accounts": [each.bank_account_id for each in bookable],
        "banks": [books[each.business_entity][AccountRole.BANK].pk for each in bookable],
        "others": [books[each.business_entity][AccountRole.UNMATCHED].pk for each in bookable],
        "open": LineState.OPEN,
        "outgoing": LineState.OUTGOING,
        "kind": EntryKind.BANK,
        "now": clock.now(),
        "who": current().label[:200],
    }


def _earliest(lines: Lines, first_days: dict[int, date]) -> dict[BusinessEntity, date]:
    found: dict[BusinessEntity, date] = {}
    for position, day in first_days.items():
        entity = lines.account_of(lines.statements[position].statement).business_entity
        found[entity] = min(day, found.get(entity, day))
    return found


def _store_statements(bank_file: BankFile, lines: Lines) -> list[BankStatement]:
    """Once, also when a run that was broken off is repeated."""
    earlier = _earlier_balances(bank_file, lines)
    made = []
    for position, closing in lines.statements.items():
        account = lines.account_of(closing.statement)
        made.append(_statement(bank_file, account, position, closing, earlier.setdefault(account.pk, [])))
    BankStatement.objects.bulk_create(made, ignore_conflicts=True, batch_size=1_000)
    return list(bank_file.statements.select_related("business_entity").order_by("position"))


def _statement(
    bank_file: BankFile, account: BankAccount, position: int, closing: bank.Closing, earlier: list[tuple[date, Decimal]]
) -> BankStatement:
    head = closing.statement
    opening, end = head.opening_balance or ZERO, closing.closing_balance or ZERO
    until = closing.closing_date or head.opening_date or date.min
    gap = _gap(opening, until, earlier)
    earlier.append((until, end))
    return BankStatement(
        bank_file=bank_file,
        business_entity=account.business_entity,
        bank_account=account,
        number=head.number[:50],
        source=head.source[:30],
        opening_balance=opening,
        opening_date=head.opening_date,
        closing_balance=end,
        closing_date=closing.closing_date,
        line_count=closing.entries,
        gap=gap,
        position=position,
    )


def _gap(opening: Decimal, until: date, earlier: list[tuple[date, Decimal]]) -> Decimal:
    """What the balance moved between the statement before and this one; nothing where some statement ends where this begins."""
    before = [(day, balance) for day, balance in earlier if day <= until]
    if not before or any(balance == opening for _day, balance in before):
        return ZERO
    return opening - max(before)[1]


def _earlier_balances(bank_file: BankFile, lines: Lines) -> dict[Any, list[tuple[date, Decimal]]]:
    found: dict[Any, list[tuple[date, Decimal]]] = {}
    accounts = {lines.account_of(closing.statement).pk for closing in lines.statements.values()}
    rows = BankStatement.objects.filter(bank_account__in=accounts).exclude(bank_file=bank_file)
    for account, day, balance in rows.values_list("bank_account", "closing_date", "closing_balance"):
        found.setdefault(account, []).append((day or date.min, balance))
    return found
