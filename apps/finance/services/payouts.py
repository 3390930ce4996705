"""Paying partners what they earned: in batches, by another than who approved it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed, Refused
from apps.core.money import ZERO
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.core.validators import normalize_iban
from apps.finance.choices import AccountRole, BatchStatus, CommissionStatus, EntryKind
from apps.finance.documents.pain import Account, Transfer, pain_001
from apps.finance.models import CommissionPayout, PartnerCommission, PaymentBatch, PaymentBatchLine
from apps.finance.services.commissions import locked_commissions
from apps.finance.services.issue import refuse_context
from apps.finance.services.ledger import post_entry
from apps.organizations.choices import DocumentType
from apps.organizations.models import BankAccount, BusinessEntity, Organization
from apps.organizations.services import generate_entity_number
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status, record_creation

LONGEST_AHEAD = timedelta(days=365)

Share = tuple[PartnerCommission, Decimal]


@in_transaction
def prepare_payout(*, business_entity: BusinessEntity, execution_date: date, by: User | None) -> PaymentBatch:
    """Put what is due to partners in a batch: a transfer to each, less what credit notes took back of what it had.

    Who has less than nothing to get waits for the next one; who has no valid IBAN is left out, and the batch says so.

    Raises:
        Malformed: not_payable_then.
        Refused: nothing_due; bank_account_missing; two_people_needed.
    """
    today = clock.today()
    if not today <= execution_date <= today + LONGEST_AHEAD:
        detail = gettext_lazy("Today, or within a year.")
        raise Malformed(fields=[FieldError(pointer="/execution_date", code="not_payable_then", detail=detail)])
    account = business_entity.primary_bank_account
    if account is None:
        raise Refused(_("%(entity)s has no bank account to pay from.") % {"entity": business_entity}, code="bank_account_missing")
    shares = _shares(business_entity)
    payable = {who: given for who, given in shares.items() if _iban_of(who)}
    if not payable:
        raise Refused(_("Nothing is due that can be paid out."), code="nothing_due")
    _refuse_approver([each for given in payable.values() for each, _amount in given], by)
    left_out = ", ".join(f"{who}: {_('no valid IBAN')}" for who in shares if who not in payable)
    return _store(business_entity, account, execution_date, payable, left_out, by)


@in_transaction
def execute_payout(*, batch: PaymentBatch, by: User | None) -> PaymentBatch:
    """Put down that the bank has carried a batch out: it is booked, and the commissions are paid.

    Raises:
        Refused: two_people_needed; period_closed, account_missing.
        Conflict, Forbidden: see `change_status`.
    """
    return _execute(batch, by=by).record  # type: ignore[return-value]  # what was passed in


@in_transaction
def cancel_payout(*, batch: PaymentBatch, reason: str, by: User | None) -> PaymentBatch:
    """Drop a batch that the bank has not carried out; its commissions are due again.

    Raises:
        Conflict, Forbidden: see `change_status`.
    """
    return change_status(_locked(batch), BatchStatus.CANCELLED, reason=reason, by=by).record  # type: ignore[return-value]  # what was passed in


def execute_by_door(
    *, record: PaymentBatch, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The status engine's generic door: the step to executed is this act."""
    refuse_context(context)
    return _execute(record, reason=reason, expected_status=expected_status, by=by)


def sepa_file(batch: PaymentBatch) -> bytes:
    """The batch as a file for the bank (pain.001.001.09)."""
    account = batch.bank_account
    return pain_001(
        number=batch.batch_number,
        made_at=clock.local(batch.prepared_at),
        on=batch.execution_date,
        sender=Account(name=batch.business_entity.legal_name, iban=account.iban, bic=account.bic),
        transfers=[
            Transfer(
                to=Account(name=line.account_name, iban=line.iban),
                amount=line.amount,
                reference=line.end_to_end_id,
                text=f"Commissie {batch.batch_number}",
            )
            for line in batch.lines.all()
        ],
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
    business_entity: BusinessEntity,
    account: BankAccount,
    execution_date: date,
    payable: Mapping[Organization, Sequence[Share]],
    left_out: str,
    by: User | None,
) -> PaymentBatch:
    batch = PaymentBatch.objects.create(
        business_entity=business_entity,
        batch_number=generate_entity_number(
            business_entity=business_entity, document_type=DocumentType.PAYMENT_BATCH, on_date=clock.today()
        ),
        bank_account=account,
        execution_date=execution_date,
        prepared_at=clock.now(),
        total_amount=sum((_sum(given) for given in payable.values()), ZERO),
        prepared_by=by,
        notes=left_out[:2000],
    )
    for place, (who, given) in enumerate(payable.items(), start=1):
        line = PaymentBatchLine.objects.create(
            batch=batch,
            beneficiary=who,
            account_name=who.legal_name or who.name,
            iban=_iban_of(who),
            amount=_sum(given),
            end_to_end_id=f"{batch.batch_number}-{place:03d}",
        )
        CommissionPayout.objects.bulk_create(
            CommissionPayout(line=line, commission=commission, amount=amount) for commission, amount in given
        )
    record_creation(batch, by=by)
    return batch


def _execute(batch: PaymentBatch, *, reason: str = "", expected_status: str | None = None, by: User | None) -> StatusTransition:
    locked = _locked(batch)
    commissions = locked_commissions(pk__in=list(_keys_in(locked)))
    _refuse_approver(commissions, by)
    today = clock.today()
    step = change_status(
        locked, BatchStatus.EXECUTED, reason=reason, context={"executed_on": today}, expected_status=expected_status, by=by
    )
    for commission in commissions:
        _settle(commission, today)
    total = locked.total_amount
    post_entry(
        business_entity=locked.business_entity,
        kind=EntryKind.PAYOUT,
        on=today,
        source=ref_to(locked),
        description=f"{locked.batch_number}",
        postings=[(AccountRole.COMMISSION_PAYABLE, total), (AccountRole.BANK, -total)],
    )
    return step


def _settle(commission: PartnerCommission, on: date) -> None:
    paid = CommissionPayout.objects.filter(commission=commission, line__batch__status=BatchStatus.EXECUTED)
    commission.paid_amount = paid.aggregate(total=Sum("amount"))["total"] or ZERO
    commission.save(update_fields=["paid_amount"])
    if commission.status == CommissionStatus.APPROVED and commission.paid_amount >= commission.payable_amount:
        change_status(commission, CommissionStatus.PAID, context={"payment_date": on}, by=None)


def _locked(batch: PaymentBatch) -> PaymentBatch:
    return PaymentBatch.objects.select_for_update(of=("self",)).select_related("business_entity").get(pk=batch.pk)


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
