"""Payouts of payment providers: the bank line that brings what customers paid online, less the provider's fee.

The line has booked what came in against unmatched payments. Here that is closed: the provider owes us so much less, and
what is missing is its fee. So each cent that a customer paid comes to the bank's account once.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.money import ZERO
from apps.core.records import RecordRef
from apps.finance.choices import UNDECIDED, AccountRole, EntryKind, LineState, MatchRule
from apps.finance.models import BankTransaction, JournalEntry, ProviderMovement, ProviderSettlement
from apps.finance.services.bank_states import lock_line, settle_line
from apps.finance.services.ledger import post_entry, reverse_entry


@transaction.atomic
def bank_line_settle(
    *, bank_transaction: BankTransaction, movements: Sequence[ProviderMovement], by: User | None, reference: str = ""
) -> ProviderSettlement:
    """The line is a provider's payout of these payments, refunds and chargebacks; what is missing is its fee.

    Raises:
        Conflict: line_settled, when somebody was first; movement_settled, when one came in with another line.
        Malformed: fee_negative, when these come to less than the line.
        Refused: period_closed; account_missing.
    """
    line = lock_line(bank_transaction, UNDECIDED)
    keys = {movement.pk for movement in movements}
    free = ProviderMovement.objects.filter(pk__in=keys, business_entity=line.business_entity_id, settlement=None)
    held = list(free.select_for_update(of=("self",)).order_by("pk"))
    if len(held) != len(keys):
        raise Conflict(_("A payment of these came in with another line already."), code="movement_settled")
    gross = sum((each.amount for each in held), ZERO)
    if gross < line.amount:
        detail = _("These payments come to %(gross)s, which is less than what came in.") % {"gross": gross}
        raise Malformed(fields=[FieldError(pointer="/movements", code="fee_negative", detail=detail)])
    settlement = ProviderSettlement.objects.create(
        business_entity=line.business_entity,
        bank_transaction=line,
        reference=reference,
        gross=gross,
        fee=gross - line.amount,
    )
    ProviderMovement.objects.filter(pk__in=keys).update(settlement=settlement)
    _book(line, settlement)
    settle_line(line, LineState.MATCHED, matched_by=MatchRule.SETTLEMENT, is_by_hand=by is not None)
    return settlement


def take_back_settlement(line: BankTransaction) -> None:
    """Undo what a locked line was said to pay out: the provider owes it again."""
    for settlement in ProviderSettlement.objects.filter(bank_transaction=line, is_active=True):
        settlement.is_active = False
        settlement.save(update_fields=["is_active"])
        settlement.movements.update(settlement=None)
    for entry in JournalEntry.objects.of("bank_transaction", line.pk).filter(kind=EntryKind.SETTLEMENT, reversed_by=None):
        reverse_entry(entry=entry, on=clock.today(), reason=str(_("Undone")))


def _book(line: BankTransaction, settlement: ProviderSettlement) -> None:
    post_entry(
        business_entity=line.business_entity,
        kind=EntryKind.SETTLEMENT,
        on=clock.today(),
        source=RecordRef(entity_type="bank_transaction", entity_id=line.pk),
        description=f"{settlement.reference} {line.counterparty_name}".strip(),
        postings=[
            (AccountRole.UNMATCHED, settlement.net),
            (AccountRole.PAYMENT_COSTS, settlement.fee),
            (AccountRole.PROVIDERS, -settlement.gross),
        ],
    )
