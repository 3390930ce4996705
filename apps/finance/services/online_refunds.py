"""Refunds of what was paid online go back the way that it came: the provider is asked, and says when it is done."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.errors import DomainError
from apps.core.retries import next_attempt_after
from apps.core.transactions import retrying
from apps.events.queries import sending_is_held
from apps.finance.choices import OnlineState, PaymentMethod, RefundState
from apps.finance.clients.mollie import MollieError, MollieRefused, MollieUnavailable, Seen
from apps.finance.models import OnlinePayment, OnlineRefund, Payment, Refund
from apps.finance.services.online_ask import LEASE, doorbell
from apps.finance.services.online_connection import account_of, in_words
from apps.finance.services.online_outcome import take_in
from apps.finance.services.online_telling import tell
from apps.finance.services.refunds import Way, pays_back, refund_drop

METHODS = (PaymentMethod.IDEAL, PaymentMethod.CREDIT_CARD, PaymentMethod.MOLLIE)


def register() -> None:
    """Have what came by Mollie go back by it; called once, when the app is ready."""
    for method in METHODS:
        pays_back(method, Way(start=_start, fits=_came_online))


def online_refunds_send(*, seconds: float = 15.0) -> int:
    """Ask for every refund whose time has come; gives how many were asked for. Any number of workers may do so at once."""
    ends_at, sent = time.monotonic() + seconds, 0
    while time.monotonic() < ends_at and not sending_is_held():
        claimed = _claim()
        if claimed is None:
            break
        _send(claimed)
        sent += 1
    return sent


def _came_online(payment: Payment) -> bool:
    return OnlinePayment.objects.filter(payment=payment, state=OnlineState.PAID).exists()


def _start(refund: Refund) -> None:
    online = OnlinePayment.objects.get(payment=refund.payment_id)
    OnlineRefund.objects.create(
        business_entity=refund.business_entity, refund=refund, online_payment=online, next_check_at=clock.now()
    )
    doorbell.ring_after_commit()


@transaction.atomic
def _claim() -> OnlineRefund | None:
    now = clock.now()
    due = OnlineRefund.objects.filter(next_check_at__lte=now).order_by("next_check_at")
    related = due.select_related("refund__payment", "online_payment__invoice", "online_payment__business_entity")
    row = related.select_for_update(skip_locked=True, of=("self",)).first()
    if row is not None:
        row.attempts += 1
        row.next_check_at = now + LEASE
        row.save(update_fields=["attempts", "next_check_at"])
    return row


def _send(claimed: OnlineRefund) -> None:
    lease = claimed.next_check_at
    try:
        seen = _asked(claimed)
    except MollieRefused as refusal:
        _refused(claimed, refusal)
    except MollieError as error:
        _later(claimed, lease, error)
    else:
        _record(claimed, seen)


def _asked(claimed: OnlineRefund) -> Seen:
    """The payment as it is with the refund in it, asked for once.

    It is looked for first, by our own key: an answer that we did not hear may lie further back than the provider remembers
    a repeat. Only a refusal of the refund itself is final; of any other nobody knows whether it was made.
    """
    online = claimed.online_payment
    try:
        mollie = account_of(online)
        seen = mollie.get_payment(online.provider_id)
    except MollieRefused as error:
        raise MollieUnavailable(error.code, error.detail) from error
    if _found(claimed, seen):
        return seen
    mollie.refund(
        online.provider_id,
        amount=claimed.refund.amount,
        description=str(online.invoice.invoice_number),
        refund=str(claimed.refund_id),
    )
    try:
        return mollie.get_payment(online.provider_id)
    except MollieRefused as error:
        raise MollieUnavailable(error.code, error.detail) from error


def _found(claimed: OnlineRefund, seen: Seen) -> str:
    return next((each.id for each in seen.given_back if each.refund == str(claimed.refund_id)), "")


def _record(claimed: OnlineRefund, seen: Seen) -> None:
    found = _found(claimed, seen)
    OnlineRefund.objects.filter(pk=claimed.pk).update(
        provider_id=found,
        next_check_at=None if found else clock.now() + timedelta(minutes=10),
        last_error_code="",
        last_error="",
    )
    # Asked after soon, in case nobody tells us: what it has become is taken in with its payment.
    OnlinePayment.objects.filter(pk=claimed.online_payment_id).update(
        next_check_at=clock.now() + timedelta(minutes=10), attempts=0
    )
    try:
        retrying(lambda: take_in(online=claimed.online_payment, seen=seen, lease=None))
    except DomainError as refusal:
        tell(claimed.online_payment, _("A refund could not be booked: %(refund)s") % {"refund": claimed}, str(refusal.detail))


@transaction.atomic
def _refused(claimed: OnlineRefund, refusal: MollieError) -> None:
    said = in_words(refusal.code, refusal.detail)
    OnlineRefund.objects.filter(pk=claimed.pk).update(
        next_check_at=None, last_error_code=refusal.code[:60], last_error=said[:500]
    )
    if Refund.objects.get(pk=claimed.refund_id).state == RefundState.TO_PAY:
        refund_drop(refund=claimed.refund, reason=said, by=None)
        tell(claimed.online_payment, _("Not paid back at Mollie: %(refund)s") % {"refund": claimed.refund}, said)


@transaction.atomic
def _later(claimed: OnlineRefund, lease: datetime | None, error: MollieError) -> None:
    retry_after = error.retry_after if isinstance(error, MollieUnavailable) else None
    after = next_attempt_after(claimed.attempts, retry_after)
    said = in_words(error.code, error.detail)
    OnlineRefund.objects.filter(pk=claimed.pk, next_check_at=lease).update(
        next_check_at=clock.now() + after if after is not None else None,
        last_error_code=error.code[:60],
        last_error=said[:500],
    )
    if after is None:
        tell(
            claimed.online_payment, _("It is not known whether this was paid back: %(refund)s") % {"refund": claimed.refund}, said
        )
