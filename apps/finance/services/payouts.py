"""Paying partners what they earned: in batches, by another than who approved it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Refused
from apps.core.money import ZERO
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.core.validators import normalize_iban
from apps.finance.choices import AccountRole, BatchKind, BatchStatus, CommissionStatus, EntryKind
from apps.finance.models import CommissionPayout, PartnerCommission, PaymentBatch
from apps.finance.services.batches import Planned, account_to_pay_from, begin_batch
from apps.finance.services.commissions import locked_commissions
from apps.finance.services.ledger import post_entry
from apps.organizations.models import BankAccount, BusinessEntity, Organization
from apps.workflow.services import change_status

Share = tuple[PartnerCommission, Decimal]


@in_transaction
def prepare_payout(*, business_entity: BusinessEntity, execution_date: date, by: User | None) -> PaymentBatch:
    """Put what is due to partners in a batch: a transfer to each, less what credit notes took back of what it had.

    Who has less than nothing to get waits for the next one; who has no valid IBAN is left out, and the batch says so.

    Raises:
        Malformed: not_payable_then.
        Refused: nothing_due; bank_account_missing; two_people_needed.
    """
    account = account_to_pay_from(business_entity, execution_date)
    shares = _shares(business_entity)
    payable = {who: given for who, given in shares.items() if _iban_of(who)}
    if not payable:
        raise Refused(_("Nothing is due that can be paid out."), code="nothing_due")
    _refuse_approver([each for given in payable.values() for each, _amount in given], by)
    left_out = ", ".join(f"{who}: {_('no valid IBAN')}" for who in shares if who not in payable)
    return _store(account, execution_date, payable, left_out, by)


def settle_commissions(batch: PaymentBatch, by: User | None) -> None:
    """Put down that the commissions of a batch were paid; its money is under way.

    Raises:
        Refused: two_people_needed; period_closed, account_missing.
    """
    commissions = locked_commissions(pk__in=list(_keys_in(batch)))
    _refuse_approver(commissions, by)
    today, total = clock.today(), batch.total_amount
    for commission in commissions:
        _settle(commission, today)
    post_entry(
        business_entity=batch.business_entity,
        kind=EntryKind.PAYOUT,
        on=today,
        source=ref_to(batch),
        description=batch.batch_number,
        postings=[(AccountRole.COMMISSION_PAYABLE, total), (AccountRole.UNDER_WAY, -total)],
    )


def _shares(business_entity: BusinessEntity) -> dict[Organization, list[Share]]:
    """What of which commissions goes to whom, for those who get more than nothing."""
    shares: dict[Organization, list[Share]] = defaultdict(list)
    for commission in _open_commissions(business_entity):
        shares[commission.beneficiary].append((commission, commission.payable_amount - commission.paid_amount))
    return {who: given for who, given in sorted(shares.items(), key=lambda each: each[0].name) if _sum(given) > ZERO}


def _open_commissions(business_entity: BusinessEntity) -> Sequence[PartnerCommission]:
    """Commissions of which something is to be paid or taken back, locked in the order of their keys."""
    keys = list(PartnerCommission.objects.filter(business_entity=business_entity).to_settle().values_list("pk", flat=True))
    locked = [each.pk for each in locked_commissions(pk__in=keys)]
    return list(PartnerCommission.objects.for_page().filter(pk__in=locked).to_settle().order_by("pk"))


def _store(
    account: BankAccount, execution_date: date, payable: Mapping[Organization, Sequence[Share]], left_out: str, by: User | None
) -> PaymentBatch:
    planned = [
        Planned(who={"beneficiary": who}, account_name=who.legal_name or who.name, iban=_iban_of(who), amount=_sum(given))
        for who, given in payable.items()
    ]
    batch = begin_batch(BatchKind.COMMISSIONS, account, execution_date, planned, notes=left_out, by=by)
    line_of = {line.beneficiary_id: line for line in batch.lines.all()}
    CommissionPayout.objects.bulk_create(
        CommissionPayout(line=line_of[who.pk], commission=commission, amount=amount)
        for who, given in payable.items()
        for commission, amount in given
    )
    return batch


def _settle(commission: PartnerCommission, on: date) -> None:
    paid = CommissionPayout.objects.filter(commission=commission, line__batch__status=BatchStatus.EXECUTED)
    commission.paid_amount = paid.aggregate(total=Sum("amount"))["total"] or ZERO
    commission.save(update_fields=["paid_amount"])
    if commission.status == CommissionStatus.APPROVED and commission.paid_amount >= commission.payable_amount:
        change_status(commission, CommissionStatus.PAID, context={"payment_date": on}, by=None)


def _keys_in(batch: PaymentBatch) -> Any:
    return CommissionPayout.objects.filter(line__batch=batch).order_by().values_list("commission", flat=True)


def _refuse_approver(commissions: Sequence[PartnerCommission], by: User | None) -> None:
    """Who says that it is right does not pay it."""
    if by is not None and any(each.approved_by_id == by.pk for each in commissions):
        raise Refused(_("You approved some of these commissions: somebody else pays them out."), code="two_people_needed")


def _iban_of(organization: Organization) -> str:
    """Its account, checked again; empty where it has none that is valid."""
    try:
        return normalize_iban(organization.iban)
    except ValidationError:
        return ""


def _sum(given: Sequence[Share]) -> Decimal:
    return sum((amount for _commission, amount in given), ZERO)
