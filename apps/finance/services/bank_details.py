"""What a CAMT.054 tells: the payments of which one line of a statement (CAMT.053) is made, found by the bank's own reference."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from apps.finance.choices import UNDECIDED, LineState
from apps.finance.models import BankTransaction, MatchProposal
from apps.finance.services.bank_lines import Lines
from apps.organizations.models import BankAccount

# What is not known yet of each booking that came in. Of what went out we know the parts: we sent them.
BATCHES = """
    SELECT line.position, line.booking_reference, line.booking_date, sum(line.amount), count(*), array_agg(line.n)
    FROM bank_line AS line
    WHERE line.position = ANY(%s) AND line.amount > 0
        AND NOT EXISTS (SELECT FROM bank_transaction AS known WHERE known.fingerprint = line.fingerprint)
    GROUP BY line.position, line.booking_reference, line.booking_date ORDER BY min(line.n)
"""
STORE = """
    INSERT INTO bank_transaction (id, business_entity_id, bank_account_id, bank_statement_id, part_of_id, fingerprint, booking_date,
        value_date, amount, counterparty_name, counterparty_iban, description, structured_reference, end_to_end_id, bank_reference,
        type_code, is_returned, line_number, state, matched_by, is_by_hand, note)
    SELECT line.id, whole.business_entity_id, whole.bank_account_id, whole.bank_statement_id, whole.id, line.fingerprint,
        whole.booking_date, line.value_date, line.amount, line.counterparty_name, line.counterparty_iban, line.description,
        line.structured_reference, line.end_to_end_id, line.bank_reference, line.type_code, line.is_returned, line.line_number,
        %s, '', false, ''
    FROM bank_line AS line, bank_transaction AS whole WHERE whole.id = %s AND line.n = ANY(%s) ORDER BY line.n
    ON CONFLICT (fingerprint) DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """The parts of one booking, by their numbers in the file; the amount is their sum."""

    position: int
    reference: str
    day: date
    amount: Decimal
    size: int
    numbers: list[int]


@transaction.atomic
def take_apart(lines: Lines) -> list[str]:
    """Put the parts that a notice tells in place of the line that a statement booked; gives the references of what none has yet.

    The parts are lines to be matched, and the ledger stays as it is. A line that was settled before, or that told as much itself,
    is left as it is.
    """
    awaited = []
    for batch in _batches(lines):
        account = lines.account_of(lines.notices[batch.position].statement)
        whole = _whole(account, batch)
        if whole is None:
            awaited.append(batch.reference)
        elif whole.state in UNDECIDED and not (batch.size == 1 and whole.counterparty_iban):
            lines.new += _split(whole, batch.numbers)
    return awaited


def _batches(lines: Lines) -> list[_Batch]:
    if not lines.notices:
        return []
    with connection.cursor() as cursor:
        cursor.execute(BATCHES, [list(lines.notices)])
        names = ("position", "reference", "day", "amount", "size", "numbers")
        return [_Batch(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _whole(account: BankAccount, batch: _Batch) -> BankTransaction | None:
    """The one line that books a batch, behind its lock; none where several could be it."""
    of_it = {
        "business_entity": account.business_entity_id,
        "bank_account": account,
        "booking_date": batch.day,
        "bank_reference": batch.reference,
        "amount": batch.amount,
    }
    found = list(BankTransaction.objects.select_for_update(of=("self",)).filter(**of_it, part_of=None)[:2])
    return found[0] if batch.reference and len(found) == 1 else None


def _split(whole: BankTransaction, numbers: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(STORE, [LineState.OPEN, whole.pk, numbers])
        stored = int(cursor.rowcount)
    MatchProposal.objects.filter(bank_transaction=whole).delete()
    whole.state = LineState.SPLIT
    whole.save(update_fields=["state"])
    return stored
