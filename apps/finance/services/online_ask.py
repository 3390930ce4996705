"""Asking Mollie what has become of payments: those that it called us about, and those of which it should have by now.

Claim, call, record. A call of the hook only makes a payment due; so nobody who calls it can make us believe anything.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.doorbell import Doorbell
from apps.core.errors import DomainError
from apps.core.retries import next_attempt_after
from apps.core.transactions import retrying
from apps.events.queries import sending_is_held
from apps.finance.choices import OnlineState
from apps.finance.clients.mollie import MollieError, MollieRefused, MollieUnavailable
from apps.finance.models import OnlinePayment
from apps.finance.services.online_connection import account_of, in_words
from apps.finance.services.online_outcome import take_in
from apps.finance.services.online_telling import tell

ASK = "finance.ask_online_payments"
LEASE = timedelta(seconds=40)  # well over the ten seconds that a call may take

doorbell = Doorbell(ASK)


@transaction.atomic
def online_payment_knock(*, provider_id: str) -> bool:
    """Somebody says that a payment has changed: it is asked after at once. Gives whether we know it."""
    rows = OnlinePayment.objects.filter(provider_id=provider_id)
    is_known = rows.update(next_check_at=clock.now(), attempts=0) > 0
    if is_known:
        doorbell.ring_after_commit()
    return is_known


def online_payments_ask(*, seconds: float = 40.0) -> int:
    """Ask after every payment whose time has come; gives how many were asked after.

    Any number of workers may do so at once. A company whose account does not answer is left alone for the rest of the round.
    """
    ends_at, asked, tired = time.monotonic() + seconds, 0, set[UUID]()
    while time.monotonic() < ends_at and not sending_is_held():
        claimed = _claim(tired)
        if claimed is None:
            break
        if not _ask(claimed):
            tired.add(claimed.business_entity_id)
        asked += 1
    return asked


@transaction.atomic
def _claim(tired: set[UUID]) -> OnlinePayment | None:
    now = clock.now()
    due = OnlinePayment.objects.filter(next_check_at__lte=now).exclude(business_entity__in=tired).order_by("next_check_at")
    row = due.select_related("invoice", "business_entity").select_for_update(skip_locked=True, of=("self",)).first()
    if row is not None:
        row.attempts += 1
        row.next_check_at = now + LEASE
        row.save(update_fields=["attempts", "next_check_at"])
    return row


def _ask(claimed: OnlinePayment) -> bool:
    """Whether the company's account answered."""
    lease = claimed.next_check_at
    if claimed.state == OnlineState.STARTING:
        _give_up(claimed)
        return True
    try:
        seen = account_of(claimed).get_payment(claimed.provider_id)
    except MollieRefused as error:
        _fail(claimed, lease, error.code, in_words(error.code, error.detail), retry_after=None, is_new_to_people=True)
        return error.code != "key_refused"
    except MollieError as error:
        retry_after = error.retry_after if isinstance(error, MollieUnavailable) else None
        _fail(claimed, lease, error.code, in_words(error.code, error.detail), retry_after=retry_after, is_new_to_people=False)
        return False
    try:
        retrying(lambda: take_in(online=claimed, seen=seen, lease=lease))
    except DomainError as refusal:
        _fail(claimed, lease, refusal.code, str(refusal.detail), retry_after=None, is_new_to_people=True)
    return True


@transaction.atomic
def _give_up(claimed: OnlinePayment) -> None:
    """No customer ever got an address of it, so nobody can have paid it."""
    OnlinePayment.objects.filter(pk=claimed.pk, state=OnlineState.STARTING).update(
        state=OnlineState.FAILED, next_check_at=None, last_error_code="not_started", last_error=in_words("not_started")
    )


@transaction.atomic
def _fail(
    claimed: OnlinePayment,
    lease: datetime | None,
    code: str,
    said: str,
    *,
    retry_after: timedelta | None,
    is_new_to_people: bool,
) -> None:
    """Try again by the ladder, then park it. A person is told when it is parked, and at once of what waiting does not cure."""
    held = OnlinePayment.objects.select_for_update(of=("self",)).select_related("invoice", "business_entity").get(pk=claimed.pk)
    after = next_attempt_after(held.attempts, retry_after)
    if held.next_check_at == lease:
        held.next_check_at = clock.now() + after if after is not None else None
    is_news = is_new_to_people and held.last_error_code != code
    held.last_error_code, held.last_error = code[:60], said[:500]
    held.save(update_fields=["next_check_at", "last_error_code", "last_error"])
    if is_news or after is None:
        tell(held, _("It is not known whether an online payment was paid: %(payment)s") % {"payment": held}, said)
