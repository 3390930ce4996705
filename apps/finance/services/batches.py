"""Batches of transfers, whatever they pay: begun here by payouts and refunds, carried out or dropped, written as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed, Refused
from apps.core.money import ZERO
from apps.core.transactions import in_transaction
from apps.finance.choices import BatchKind, BatchStatus
from apps.finance.documents.pain import Account, Transfer, pain_001
from apps.finance.models import PaymentBatch, PaymentBatchLine
from apps.organizations.choices import DocumentType
from apps.organizations.models import BankAccount, BusinessEntity
from apps.organizations.services import generate_entity_number
from apps.workflow.services import change_status, record_creation

LONGEST_AHEAD = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One transfer of a batch that is begun: to whom or what for, and how much in EUR."""

    who: dict[str, Any]
    account_name: str
    iban: str
    amount: Decimal


def account_to_pay_from(business_entity: BusinessEntity, execution_date: date) -> BankAccount:
    """The account that a batch of this day is paid from.

    Raises:
        Malformed: not_payable_then.
        Refused: bank_account_missing.
    """
    today = clock.today()
    if not today <= execution_date <= today + LONGEST_AHEAD:
        detail = gettext_lazy("Today, or within a year.")
        raise Malformed(fields=[FieldError(pointer="/execution_date", code="not_payable_then", detail=detail)])
    account = business_entity.primary_bank_account
    if account is None:
        raise Refused(_("%(entity)s has no bank account to pay from.") % {"entity": business_entity}, code="bank_account_missing")
    return account


def begin_batch(
    kind: BatchKind, account: BankAccount, execution_date: date, planned: Sequence[Planned], *, notes: str = "", by: User | None
) -> PaymentBatch:
    """A batch with its number and its transfers, in the order given."""
    entity = account.business_entity
    batch = PaymentBatch.objects.create(
        business_entity=entity,
        kind=kind,
        batch_number=generate_entity_number(
            business_entity=entity, document_type=DocumentType.PAYMENT_BATCH, on_date=clock.today()
        ),
        bank_account=account,
        execution_date=execution_date,
        prepared_at=clock.now(),
        total_amount=sum((each.amount for each in planned), ZERO),
        prepared_by=by,
        notes=notes[:2000],
    )
    PaymentBatchLine.objects.bulk_create(
        PaymentBatchLine(
            batch=batch,
            **each.who,
            account_name=each.account_name,
            iban=each.iban,
            amount=each.amount,
            end_to_end_id=f"{batch.batch_number}-{place:03d}",
        )
        for place, each in enumerate(planned, start=1)
    )
    record_creation(batch, by=by)
    return batch


def lock_batch(batch: PaymentBatch) -> PaymentBatch:
    """The batch as it is now, behind its lock."""
    rows = PaymentBatch.objects.select_for_update(of=("self",)).select_related("business_entity")
    locked: PaymentBatch = rows.get(pk=batch.pk)
    return locked


@in_transaction
def cancel_payout(*, batch: PaymentBatch, reason: str, by: User | None) -> PaymentBatch:
    """Drop a batch that the bank has not carried out; what is in it is due again.

    Raises:
        Conflict, Forbidden: see `change_status`.
    """
    return change_status(lock_batch(batch), BatchStatus.CANCELLED, reason=reason, by=by).record  # type: ignore[return-value]  # what was passed in


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
                text=f"Terugbetaling {line.refund.payment}" if line.refund else f"Commissie {batch.batch_number}",
            )
            for line in batch.lines.select_related("refund__payment")
        ],
    )
