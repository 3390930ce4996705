"""Lines of the bank find the invoices that they paid. What is sure is done, all else proposed to a person."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import Conflict, Malformed, Refused
from apps.core.transactions import retrying
from apps.finance.choices import UNDECIDED, LineState
from apps.finance.models import BankTransaction, Invoice, MatchProposal
from apps.finance.services.bank_acts import Part, bank_line_match
from apps.finance.services.matching import Candidate, Known, candidates, known_for
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

    It stops after so many seconds; what was not looked at then is looked at next time, as each line is settled on its own.
    """
    until, result = time.monotonic() + seconds, Reconciled()
    entities = BusinessEntity.objects.order_by("pk") if business_entity is None else [business_entity]
    for entity in entities:
        for block in _blocks(entity, until):
            known = known_for(entity, block)
            for line in block:
                _count(result, _decide(line, known))
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


def _decide(line: BankTransaction, known: Known) -> str:
    found = candidates(line, known)
    if found and found[0].applies and not line.is_by_hand and _apply(line, found[0], known):
        return LineState.MATCHED
    return retrying(lambda: _propose(line, candidates(line, known)))


def _apply(line: BankTransaction, candidate: Candidate, known: Known) -> bool:
    parts = [Part(invoice=each, amount=each.balance if candidate.exact else None) for each in candidate.invoices]
    try:
        retrying(lambda: bank_line_match(bank_transaction=line, parts=parts, rule=candidate.rule, exact=candidate.exact))
    except (Conflict, Malformed, Refused):  # it moved meanwhile: a person is shown what is left of it
        return False
    finally:
        for invoice in Invoice.objects.select_related("billing_organization", "billing_contact").filter(
            pk__in=[each.pk for each in candidate.invoices]
        ):
            known.put(invoice)
    return True


@transaction.atomic
def _propose(line: BankTransaction, found: list[Candidate]) -> str:
    """Show these to a person, in place of what was proposed before."""
    held = BankTransaction.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if held.state not in UNDECIDED:
        return str(held.state)
    held.proposals.all().delete()
    MatchProposal.objects.bulk_create(
        MatchProposal(
            bank_transaction=held,
            rule=each.rule,
            score=each.score,
            parts=[{"invoice": str(one.pk), "number": str(one), "amount": str(one.balance)} for one in each.invoices],
            evidence=[{"code": code, "of": of[:300]} for code, of in each.evidence],
        )
        for each in found
    )
    state = LineState.PROPOSED if found else LineState.OPEN
    if held.state != state:
        held.state = state
        held.save(update_fields=["state"])
    return str(state)
