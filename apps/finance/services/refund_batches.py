"""Refunds on their way: put in a batch, and paid with it."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.transactions import in_transaction
from apps.finance.choices import AccountRole, BatchKind, BatchStatus, RefundState
from apps.finance.models import PaymentBatch, Refund
from apps.finance.services.batches import Planned, account_to_pay_from, begin_batch
from apps.finance.services.refunds import refunds_paid
from apps.organizations.models import BusinessEntity


@in_transaction
def prepare_refunds(*, business_entity: BusinessEntity, execution_date: date, by: User | None) -> PaymentBatch:
    """Put the refunds that are to be paid by transfer in a batch.

    Raises:
        Malformed: not_payable_then.
        Refused: nothing_due; bank_account_missing; two_people_needed.
    """
    account = account_to_pay_from(business_entity, execution_date)
    refunds = _to_transfer(business_entity)
    if not refunds:
        raise Refused(_("Nothing is due that can be paid back."), code="nothing_due")
    _refuse_approver(refunds, by)
    planned = [
        Planned(who={"refund": each}, account_name=each.account_name, iban=each.iban, amount=each.amount) for each in refunds
    ]
    return begin_batch(BatchKind.REFUNDS, account, execution_date, planned, by=by)


def settle_refunds(batch: PaymentBatch, by: User | None) -> None:
    """Put down that the refunds of a batch were paid; their money is under way.

    Raises:
        Refused: two_people_needed; period_closed, account_missing.
    """
    refunds = list(Refund.objects.select_related("approval").filter(transfers__batch=batch))
    _refuse_approver(refunds, by)
    refunds_paid([each.pk for each in refunds], from_account=AccountRole.UNDER_WAY)


def _to_transfer(business_entity: BusinessEntity) -> Sequence[Refund]:
    """Refunds that stand in no other batch, locked in the order of their keys."""
    waiting = Refund.objects.filter(business_entity=business_entity, state=RefundState.TO_PAY).exclude(iban="")
    keys = [each.pk for each in waiting.select_for_update(of=("self",)).order_by("pk")]
    free = Refund.objects.filter(pk__in=keys, state=RefundState.TO_PAY).exclude(transfers__batch__status=BatchStatus.OPEN)
    return list(free.select_related("approval").order_by("pk"))


def _refuse_approver(refunds: Sequence[Refund], by: User | None) -> None:
    """Who says that it is right does not pay it."""
    if by is not None and any(each.approval.decided_by_id == by.pk for each in refunds):
        raise Refused(_("You approved some of these refunds: somebody else pays them out."), code="two_people_needed")
