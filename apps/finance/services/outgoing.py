"""Money that went out: which transfers of ours a line of the bank tells of.

A line books what left the bank, and nothing else does: a batch that is paid leaves its money under way, and the line that
tells of it closes that.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from apps.core.errors import Conflict, Malformed, Refused
from apps.core.money import ZERO
from apps.core.transactions import retrying
from apps.finance.choices import BatchStatus, LineState, MatchRule
from apps.finance.models import BankTransaction, PaymentBatchLine
from apps.finance.services.bank_acts import bank_line_transfers
from apps.organizations.models import BusinessEntity

OTHER_THAN_LETTERS = re.compile(r"[^A-Z0-9]+")
EARLIER, LATER = timedelta(days=3), timedelta(days=10)  # how far from its day the bank may carry a batch out

Transfers = Sequence[PaymentBatchLine]


def explain_outgoing(business_entity: BusinessEntity) -> int:
    """Have what went out find the transfers that it paid, where their references say so and the sum is right; gives how many."""
    waiting = list(_waiting(business_entity))
    if not waiting:
        return 0
    first = min(each.batch.prepared_at for each in waiting).date() - EARLIER
    lines = BankTransaction.objects.filter(
        business_entity=business_entity, state=LineState.OUTGOING, is_by_hand=False, booking_date__gte=first
    )
    done: set[Any] = set()
    for line in lines.order_by("pk"):
        told = _named(line, [each for each in waiting if each.pk not in done])
        if told and _explain(line, told):
            done |= {each.pk for each in told}
    return len(done)


def transfers_of_sum(line: BankTransaction) -> list[Transfers]:
    """What a line that went out may have paid: all of a batch, or one of its transfers, of the very sum; of about its day first."""
    waiting = [each for each in _waiting(line.business_entity) if each.batch.bank_account_id == line.bank_account_id]
    found = [*_by_batch(waiting), *([each] for each in waiting)]
    fitting = {tuple(each.pk for each in told): told for told in found if _sum(told) == -line.amount}
    return sorted(fitting.values(), key=lambda told: (not _about_its_day(line, told), told[0].end_to_end_id))


def _waiting(business_entity: BusinessEntity) -> Any:
    """Transfers that the bank has not told of."""
    rows = PaymentBatchLine.objects.select_related("batch__business_entity")
    return rows.filter(
        batch__business_entity=business_entity, batch__status__in=[BatchStatus.OPEN, BatchStatus.EXECUTED], bank_transaction=None
    ).order_by("end_to_end_id")


def _explain(line: BankTransaction, told: Transfers) -> bool:
    try:
        retrying(lambda: bank_line_transfers(bank_transaction=line, transfers=told, rule=MatchRule.REFERENCE, by=None))
    except (Conflict, Malformed, Refused):  # it moved meanwhile: a person sees the line, not explained
        return False
    return True


def _named(line: BankTransaction, waiting: Transfers) -> Transfers:
    text = _compact(f"{line.end_to_end_id} / {line.description} / {line.bank_reference}")
    of_account = [each for each in waiting if each.batch.bank_account_id == line.bank_account_id]
    for each in of_account:
        if _compact(each.end_to_end_id) in text and each.amount == -line.amount:
            return [each]
    batches = [told for told in _by_batch(of_account) if _compact(told[0].batch.batch_number) in text]
    return next((told for told in batches if _sum(told) == -line.amount), [])


def _by_batch(transfers: Transfers) -> list[Transfers]:
    batches: dict[Any, list[PaymentBatchLine]] = defaultdict(list)
    for each in transfers:
        batches[each.batch_id].append(each)
    return list(batches.values())


def _about_its_day(line: BankTransaction, told: Transfers) -> bool:
    day = told[0].batch.execution_date
    return day - EARLIER <= line.booking_date <= day + LATER


def _sum(told: Transfers) -> Any:
    return sum((each.amount for each in told), ZERO)


def _compact(text: str) -> str:
    return OTHER_THAN_LETTERS.sub("", text.upper())
