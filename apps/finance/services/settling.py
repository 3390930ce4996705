"""Lines of the bank that say surely what they paid are settled by hundreds: what `bank_line_match` does, in a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.core.bulk import update_many
from apps.core.errors import Conflict, Malformed, Refused
from apps.core.transactions import retrying
from apps.finance.choices import UNDECIDED, LineState, MatchRule
from apps.finance.models import BankTransaction, Invoice, MatchProposal
from apps.finance.services.matching import Candidate, Known, candidates, known_for
from apps.finance.services.payments import Share, pay, payments_of_lines
from apps.finance.services.standing import lock_invoices
from apps.organizations.models import BusinessEntity


@dataclass(frozen=True, kw_only=True)
class _Settlement:
    """A line, and so much for each of its invoices."""

    line: BankTransaction
    rule: MatchRule
    parts: list[tuple[Invoice, Decimal]]


def settle_sure(entity: BusinessEntity, lines: Sequence[BankTransaction]) -> set[UUID]:
    """Settle those lines of one company of which it is sure what they paid; gives their keys.

    They are taken in the order given, as if each were settled on its own: of two that pay one invoice the second finds what the
    first has left. What somebody is at, or has moved meanwhile, is left out.
    """
    known = known_for(entity, lines, by_amount=False)
    return _settled(entity, _planned(lines, known.apart()), known)


def _settled(entity: BusinessEntity, thought: Sequence[_Settlement], known: Known) -> set[UUID]:
    if not thought:
        return set()
    try:
        return retrying(lambda: _settle(entity, thought, known.apart()))
    except (Conflict, Malformed, Refused):
        # One of them stands against it. The others are not to suffer: they are tried in ever smaller blocks.
        if len(thought) == 1:
            return set()
        half = len(thought) // 2
        return _settled(entity, thought[:half], known) | _settled(entity, thought[half:], known)


@transaction.atomic
def _settle(entity: BusinessEntity, thought: Sequence[_Settlement], known: Known) -> set[UUID]:
    """In one transaction: lock what was thought of, look again at what it has become, and write what is sure still."""
    held = _lock_lines([each.line for each in thought])
    invoices = lock_invoices(invoice for each in thought for invoice, _amount in each.parts)
    for invoice in invoices.values():
        invoice.business_entity = entity
        known.put(invoice)
    settlements = [
        each
        for each in _planned([each.line for each in thought if each.line.pk in held], known)
        if all(invoice.pk in invoices for invoice, _amount in each.parts)
    ]
    if settlements:
        _write(entity, settlements, invoices)
    return {each.line.pk for each in settlements}


def _planned(lines: Iterable[BankTransaction], known: Known) -> list[_Settlement]:
    """What each of these surely paid, as things stand after those before it. `known` is thought paid by it."""
    planned = []
    for line in lines:
        found = [] if line.is_by_hand else candidates(line, known)
        if found and found[0].applies:
            settlement = _Settlement(line=line, rule=found[0].rule, parts=list(_parts(line, found[0])))
            planned.append(settlement)
            for invoice, amount in settlement.parts:
                known.pay(invoice, amount)
    return planned


def _parts(line: BankTransaction, candidate: Candidate) -> Iterator[tuple[Invoice, Decimal]]:
    free = line.amount
    for invoice in candidate.invoices:
        amount = min(free, invoice.balance)
        free -= amount
        yield invoice, amount


def _lock_lines(lines: Sequence[BankTransaction]) -> set[UUID]:
    """Those that nobody has decided on, and nobody is at. A line that was undone has a payment, but is a person's since then."""
    rows = BankTransaction.objects.filter(pk__in=[line.pk for line in lines], state__in=UNDECIDED, is_by_hand=False)
    return set(rows.order_by("pk").select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))


def _write(entity: BusinessEntity, settlements: Sequence[_Settlement], invoices: dict[UUID, Invoice]) -> None:
    lines = [each.line for each in settlements]
    payments = {made.bank_transaction_id: made for made in payments_of_lines(entity, lines)}
    for wave in _waves(settlements):
        shares = [Share(payment=payments[line.pk], invoice=invoices[invoice.pk], amount=amount) for line, invoice, amount in wave]
        for standing in pay(shares):
            invoices[standing.pk] = standing
    for each in settlements:
        each.line.state, each.line.matched_by, each.line.is_by_hand = LineState.MATCHED, each.rule, False
    update_many(lines, ["state", "matched_by", "is_by_hand"])
    MatchProposal.objects.filter(bank_transaction__in=lines).delete()


def _waves(settlements: Sequence[_Settlement]) -> Iterator[list[tuple[BankTransaction, Invoice, Decimal]]]:
    """The payments of invoices, in groups in which each order stands once: its rows show the one after the other."""
    waves: list[list[tuple[BankTransaction, Invoice, Decimal]]] = []
    seen: dict[UUID, int] = defaultdict(int)
    for each in settlements:
        for invoice, amount in each.parts:
            place = seen[invoice.order_id]
            seen[invoice.order_id] += 1
            if place == len(waves):
                waves.append([])
            waves[place].append((each.line, invoice, amount))
    yield from waves
