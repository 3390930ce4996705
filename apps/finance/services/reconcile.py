"""Lines of the bank find the invoices that they paid. What is sure is done, all else proposed to a person."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from apps.accounts.models import User
from apps.core.bulk import insert_many, update_many
from apps.core.transactions import retrying
from apps.finance.choices import UNDECIDED, LineState
from apps.finance.models import BankTransaction, MatchProposal
from apps.finance.services.matching import Candidate, candidates, known_for
from apps.finance.services.outgoing import explain_outgoing
from apps.finance.services.settling import settle_sure
from apps.organizations.models import BusinessEntity

BLOCK = 500
BY_HAND_SECONDS = 20.0  # while somebody waits for the answer


@dataclass(kw_only=True)
class Reconciled:
    """What became of the lines that were looked at."""

    matched: int = 0
    proposed: int = 0
    unmatched: int = 0


def payment_reconcile(*, business_entity: BusinessEntity | None = None, seconds: float = 40.0) -> Reconciled:
    """Look at every line that nobody has decided on: match what is sure, propose the rest. For one company, or for all.

    It stops after so many seconds; what was not looked at then is looked at next time, as each block is settled on its own.
    """
    until, result = time.monotonic() + seconds, Reconciled()
    entities = BusinessEntity.objects.order_by("pk") if business_entity is None else [business_entity]
    for entity in entities:
        explain_outgoing(entity)
        for block in _blocks(entity, until):
            settled = settle_sure(entity, block)
            result.matched += len(settled)
            rest = [line for line in block if line.pk not in settled]
            for state in retrying(partial(_propose, entity, rest)):
                _count(result, state)
    return result


def reconcile_for(*, business_entity: BusinessEntity | None, by: User) -> Reconciled:
    """By hand: for one company, or for all those of whoever asks."""
    entities = [business_entity] if business_entity is not None else list(BusinessEntity.objects.visible_to(by))
    result = Reconciled()
    for entity in entities:
        done = payment_reconcile(business_entity=entity, seconds=BY_HAND_SECONDS / len(entities))
        result.matched += done.matched
        result.proposed += done.proposed
        result.unmatched += done.unmatched
    return result


def _blocks(entity: BusinessEntity, until: float) -> Iterator[list[BankTransaction]]:
    """The latest first, so that what is left lying for months never stands before today's."""
    rows = BankTransaction.objects.filter(business_entity=entity, state__in=UNDECIDED).order_by("-pk")
    block = list(rows[:BLOCK])
    while block:
        yield block
        if time.monotonic() > until:
            return
        block = list(rows.filter(pk__lt=block[-1].pk)[:BLOCK])


def _count(result: Reconciled, state: str) -> None:
    result.matched += state == LineState.MATCHED
    result.proposed += state == LineState.PROPOSED
    result.unmatched += state == LineState.OPEN


@transaction.atomic
def _propose(entity: BusinessEntity, lines: Sequence[BankTransaction]) -> list[str]:
    """Show a person what these lines may have paid, in place of what was proposed before; gives the states they are in then.

    It is asked after all that is sure of their block was settled. A line that somebody is at this very moment is theirs.
    """
    rows = BankTransaction.objects.filter(pk__in=[line.pk for line in lines]).order_by("-pk")
    held = list(rows.select_for_update(of=("self",), skip_locked=True))
    undecided = [line for line in held if line.state in UNDECIDED]
    if not undecided:
        return [line.state for line in held]
    known = known_for(entity, undecided)
    found = {line.pk: candidates(line, known) for line in undecided}
    MatchProposal.objects.filter(bank_transaction__in=found).delete()
    insert_many([_proposal(line, each) for line in undecided for each in found[line.pk]])
    states = {line: LineState.PROPOSED if found[line.pk] else LineState.OPEN for line in undecided}
    moved = [line for line, state in states.items() if line.state != state]
    for line in moved:
        line.state = states[line]
    update_many(moved, ["state"])
    return [line.state for line in held]


def _proposal(line: BankTransaction, candidate: Candidate) -> MatchProposal:
    return MatchProposal(
        bank_transaction=line,
        rule=candidate.rule,
        score=candidate.score,
        parts=[{"invoice": str(one.pk), "number": str(one), "amount": str(one.balance)} for one in candidate.invoices],
        evidence=[{"code": code, "of": of[:300]} for code, of in candidate.evidence],
    )
