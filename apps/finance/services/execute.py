"""A batch that the bank has carried out: what is in it is paid, and its money under way until the bank tells of it."""

from typing import Any

from apps.accounts.models import User
from apps.core import clock
from apps.core.transactions import in_transaction
from apps.finance.choices import BatchKind, BatchStatus
from apps.finance.models import PaymentBatch
from apps.finance.services.batches import lock_batch
from apps.finance.services.issue import refuse_context
from apps.finance.services.payouts import settle_commissions
from apps.finance.services.refund_batches import settle_refunds
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status

SETTLE = {BatchKind.COMMISSIONS: settle_commissions, BatchKind.REFUNDS: settle_refunds}


@in_transaction
def execute_payout(*, batch: PaymentBatch, by: User | None) -> PaymentBatch:
    """Put down that the bank has carried a batch out: it is booked, and what is in it is paid.

    Raises:
        Refused: two_people_needed; period_closed, account_missing.
        Conflict, Forbidden: see `change_status`.
    """
    return _execute(batch, by=by).record  # type: ignore[return-value]  # what was passed in


def execute_by_door(
    *, record: PaymentBatch, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The status engine's generic door: the step to executed is this act."""
    refuse_context(context)
    return _execute(record, reason=reason, expected_status=expected_status, by=by)


def _execute(batch: PaymentBatch, *, reason: str = "", expected_status: str | None = None, by: User | None) -> StatusTransition:
    locked = lock_batch(batch)
    step = change_status(
        locked,
        BatchStatus.EXECUTED,
        reason=reason,
        context={"executed_on": clock.today()},
        expected_status=expected_status,
        by=by,
    )
    SETTLE[BatchKind(locked.kind)](locked, by)
    return step
