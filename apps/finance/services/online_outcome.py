"""What Mollie says of a payment, taken in: believed where it agrees with what was asked for, and booked once."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.money import ZERO
from apps.finance.choices import (
    ENDED,
    RECEIVABLE,
    UNDER_WAY,
    AccountRole,
    MovementKind,
    OnlineState,
    PaymentMethod,
)
from apps.finance.clients.mollie import Seen
from apps.finance.models import Invoice, OnlinePayment, Payment, PeriodLock, ProviderMovement
from apps.finance.services.online_returns import follow_returns
from apps.finance.services.online_telling import tell
from apps.finance.services.payments import payment_receive
from apps.finance.services.standing import lock_invoice

# Mollie's own word where it is another one than ours.
STATES = {**{str(state): state for state in (*UNDER_WAY, *ENDED, OnlineState.PAID)}, "canceled": OnlineState.CANCELLED}
METHODS = {"ideal": PaymentMethod.IDEAL, "creditcard": PaymentMethod.CREDIT_CARD}
SOONEST, LATEST = timedelta(minutes=3), timedelta(hours=6)
# What was paid is asked after until it is known with which payout it comes, then now and then: a chargeback may be missed too.
UNTIL_SETTLED, ONCE_SETTLED, PAID_FOR = timedelta(days=1), timedelta(days=30), timedelta(days=200)


def disagreement(online: OnlinePayment, seen: Seen) -> str:
    """Where Mollie tells of another payment than was asked for; empty where it does not."""
    wanted = {
        "currency": "EUR",
        "amount": str(online.amount),
        "test": str(online.is_test),
        "online_payment": str(online.pk),
        "invoice": str(online.invoice.invoice_number),
        "status": "known",
    }
    found = {
        "currency": seen.amount.currency,
        "amount": str(seen.amount.value),
        "test": str(seen.is_test),
        "online_payment": seen.metadata.get("online_payment", ""),
        "invoice": seen.metadata.get("invoice", ""),
        "status": "known" if seen.status in STATES else seen.status,
    }
    return ", ".join(f"{name}: {found[name][:60]}, {wanted[name]}" for name in wanted if found[name] != wanted[name])


def check_after(online: OnlinePayment) -> datetime | None:
    """When to ask again without having been told: often at first, ever less often, and not at all when nothing can come."""
    now = clock.now()
    age = now - online.started_at
    if online.state in UNDER_WAY:
        return now + min(max(age / 2, SOONEST), LATEST)
    if online.state == OnlineState.PAID and not online.is_test and age < PAID_FOR:
        waits = online.movements.filter(settlement_reference="").exists()
        return now + (UNTIL_SETTLED if waits else ONCE_SETTLED)
    return None


@transaction.atomic
def take_in(*, online: OnlinePayment, seen: Seen, lease: datetime | None) -> OnlinePayment:
    """Bring a payment to where Mollie says that it is. Told again, or in another order, it changes nothing.

    `lease`: what `next_check_at` was when Mollie was asked; when it is another by now somebody wants it asked again.

    Raises:
        Refused: period_closed, account_missing; and see `payment_receive`.
    """
    invoice = lock_invoice(online.invoice)
    held = OnlinePayment.objects.select_for_update(of=("self",)).select_related("business_entity", "payment").get(pk=online.pk)
    held.invoice = invoice
    if wrong := disagreement(held, seen):
        return _contradicted(held, wrong)
    if held.state != OnlineState.PAID:
        held.method, held.expires_at = seen.method, seen.expires_at
        held.state = STATES[seen.status]
        if held.state == OnlineState.PAID:
            held.paid_at = seen.paid_at or clock.now()
            held.payment = _book(held, invoice, seen)
    if held.state == OnlineState.PAID:
        wrong = follow_returns(held, seen)
        _note_settlement(held, seen)
        if wrong:
            return _contradicted(held, wrong)
    if held.next_check_at == lease:
        held.next_check_at = check_after(held)
    held.attempts, held.last_error_code, held.last_error = 0, "", ""
    held.save()
    return held


def _book(held: OnlinePayment, invoice: Invoice, seen: Seen) -> Payment:
    """The money is there: at the provider, until it pays out. What the invoice does not need stays on account."""
    is_expected = invoice.status in RECEIVABLE and invoice.balance > ZERO
    on = _open_day(held)
    payment = payment_receive(
        business_entity=held.business_entity,
        amount=held.amount,
        payment_date=on,
        payment_method=METHODS.get(seen.method, PaymentMethod.MOLLIE),
        invoice=invoice if is_expected else None,
        external_reference=seen.id,
        received_on=AccountRole.PROVIDERS,
    )
    ProviderMovement.objects.create(
        business_entity=held.business_entity,
        online_payment=held,
        kind=MovementKind.PAYMENT,
        reference=seen.id,
        amount=held.amount,
        moved_on=on,
    )
    if payment.on_account > ZERO:
        said = _("%(amount)s of %(payment)s stands on account: the invoice was paid, credited or less by then.")
        title = _("Paid online, and not needed: %(invoice)s") % {"invoice": invoice}
        tell(held, title, said % {"amount": payment.on_account, "payment": payment})
    return payment


def _open_day(held: OnlinePayment) -> date:
    """The day on which it was paid; the first one on which may be booked when that one's books are closed."""
    assert held.paid_at is not None  # noqa: S101 - it was paid
    day = min(clock.local_day(held.paid_at), clock.today())
    lock = PeriodLock.objects.filter(business_entity=held.business_entity, locked_until__gte=day).first()
    return min(lock.locked_until + timedelta(days=1), clock.today()) if lock else day


def _note_settlement(held: OnlinePayment, seen: Seen) -> None:
    """With which payout a movement came, or will come, to the bank."""
    told = {seen.id: seen.settlement_id} | {each.id: each.settlement_id for each in seen.given_back}
    for movement in held.movements.filter(settlement_reference=""):
        if reference := told.get(movement.reference, ""):
            movement.settlement_reference = reference
            movement.save(update_fields=["settlement_reference"])


def _contradicted(held: OnlinePayment, wrong: str) -> OnlinePayment:
    """Nothing is booked on what is not what was asked for: a person finds out."""
    is_new = held.last_error_code != "disagrees"
    held.next_check_at, held.last_error_code, held.last_error = None, "disagrees", wrong[:500]
    held.save()
    if is_new:
        tell(held, _("Mollie tells of another payment than was asked for: %(payment)s") % {"payment": held}, wrong)
    return held
