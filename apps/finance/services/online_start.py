"""Starting a payment at Mollie for what is open of an invoice now: claim, call, record.

A customer who presses twice, or again after we did not hear the answer, gets the same payment: it is asked for under the
key of its row, and Mollie makes one payment of one key.
"""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.errors import Conflict, Refused, Unavailable
from apps.core.money import ZERO
from apps.finance.choices import RECEIVABLE, UNDER_WAY, OnlineState
from apps.finance.clients.mollie import MollieError, MollieRefused, Seen, Wish
from apps.finance.models import Invoice, MollieConnection, OnlinePayment
from apps.finance.services.online_connection import in_words, mollie_of
from apps.finance.services.online_links import address_of_token, pay_link, token_of
from apps.finance.services.online_outcome import check_after, disagreement
from apps.finance.services.standing import lock_invoice

# Mollie answers a repeat with the same payment for an hour; a row that is older than this is started anew.
GIVE_UP_AFTER = timedelta(minutes=50)
STILL_GOOD_FOR = timedelta(minutes=1)
LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def online_payment_start(*, invoice: Invoice) -> OnlinePayment:
    """A payment at Mollie for all that is open of an invoice, with the address where the customer pays it.

    Call it outside a transaction: the call may take ten seconds.

    Raises:
        Refused: not_payable_online, when the company takes no payments online, or Mollie will not.
        Conflict: not_receivable, when nothing is open (any more).
        Unavailable: Mollie does not answer; the same may be asked again.
    """
    claimed, connection = _claim(invoice)
    if claimed.state != OnlineState.STARTING:
        return claimed
    try:
        seen = mollie_of(connection).create_payment(_wish(claimed))
    except MollieRefused as error:
        _record_failure(claimed, error, state=OnlineState.FAILED)
        raise Refused(_("Paying online is not possible now. Please pay by bank transfer."), code="not_payable_online") from error
    except MollieError as error:
        _record_failure(claimed, error, state=OnlineState.STARTING)
        raise Unavailable(_("The payment could not be started. Please try again in a moment.")) from error
    return _record(claimed, seen)


@transaction.atomic
def _claim(invoice: Invoice) -> tuple[OnlinePayment, MollieConnection]:
    locked = lock_invoice(invoice)
    connection = (
        MollieConnection.objects.select_related("business_entity").filter(business_entity=locked.business_entity_id).first()
    )
    if connection is None or not pay_link(locked):
        raise Refused(_("This invoice cannot be paid online."), code="not_payable_online")
    if locked.status not in RECEIVABLE or locked.balance <= ZERO:
        raise Conflict(_("Nothing has to be paid for this invoice any more."), code="not_receivable", current=locked.status)
    return _usable(locked, locked.balance, is_test=connection.is_test) or _new(locked, connection), connection


def _usable(invoice: Invoice, amount: Decimal, *, is_test: bool) -> OnlinePayment | None:
    now = clock.now()
    for each in invoice.online_payments.filter(amount=amount, is_test=is_test).order_by("-started_at"):
        if each.state == OnlineState.STARTING and each.started_at > now - GIVE_UP_AFTER:
            return each
        is_good = each.expires_at is None or each.expires_at > now + STILL_GOOD_FOR
        if each.state in UNDER_WAY and each.checkout_url and is_good:
            return each
    return None


def _new(invoice: Invoice, connection: MollieConnection) -> OnlinePayment:
    now = clock.now()
    return OnlinePayment.objects.create(
        business_entity=invoice.business_entity,
        invoice=invoice,
        amount=invoice.balance,
        is_test=connection.is_test,
        started_at=now,
        next_check_at=now + GIVE_UP_AFTER,
    )


def _wish(online: OnlinePayment) -> Wish:
    invoice = online.invoice
    return Wish(
        amount=online.amount,
        description=f"{invoice.invoice_number}",
        redirect_url=address_of_token(token_of(invoice)),
        webhook_url=f"{settings.PUBLIC_BASE_URL}/hooks/mollie",
        metadata={"online_payment": str(online.pk), "invoice": str(invoice.invoice_number)},
        locale=LOCALES.get(invoice.parties["language"], "nl_NL"),
        key=online.pk.hex,
    )


@transaction.atomic
def _record(claimed: OnlinePayment, seen: Seen) -> OnlinePayment:
    held = OnlinePayment.objects.select_for_update(of=("self",)).select_related("invoice").get(pk=claimed.pk)
    if held.state != OnlineState.STARTING:
        return held  # the same customer pressed twice, and the other one was here first
    if wrong := disagreement(held, seen):
        return _refuse(held, wrong)
    if seen.status not in UNDER_WAY or not seen.checkout_url:
        return _refuse(held, f"status {seen.status}, no checkout")
    held.state, held.provider_id = OnlineState(seen.status), seen.id
    held.checkout_url, held.expires_at = seen.checkout_url, seen.expires_at
    held.next_check_at = check_after(held)
    held.attempts, held.last_error_code, held.last_error = 0, "", ""
    held.save()
    return held


def _refuse(held: OnlinePayment, wrong: str) -> OnlinePayment:
    held.state, held.next_check_at = OnlineState.FAILED, None
    held.last_error_code, held.last_error = "disagrees", wrong[:500]
    held.save()
    return held


def _record_failure(claimed: OnlinePayment, error: MollieError, *, state: OnlineState) -> None:
    next_check = None if state == OnlineState.FAILED else claimed.next_check_at
    OnlinePayment.objects.filter(pk=claimed.pk, state=OnlineState.STARTING).update(
        state=state, next_check_at=next_check, last_error_code=error.code, last_error=in_words(error.code, error.detail)[:500]
    )
