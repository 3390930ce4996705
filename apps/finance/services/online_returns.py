"""Money that a provider gave back of a payment: refunds that we asked for, those that somebody made there, chargebacks.

What we did not ask for is gone, whatever we think of it: the books follow, what it paid is open again, and a person finds
out why.
"""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.money import ZERO
from apps.core.records import RecordRef
from apps.finance.choices import AccountRole, EntryKind, MovementKind, RefundState
from apps.finance.clients.mollie import GivenBack, Seen
from apps.finance.models import OnlinePayment, Payment, ProviderMovement, Refund
from apps.finance.services.ledger import post_entry
from apps.finance.services.online_telling import tell
from apps.finance.services.payments import allocate, lock_payment, take_back
from apps.finance.services.refunds import refund_drop, refunds_paid

TAKEN_BACK = ":undone"  # of a movement that was undone: a refund that failed after all, a chargeback that was reversed


def follow_returns(held: OnlinePayment, seen: Seen) -> str:
    """Book what went back of a locked, paid payment and what came back of that; each once. Gives what cannot be believed."""
    known = set(held.movements.values_list("reference", flat=True))
    for each in seen.given_back:
        ours, undone = _ours(held, each), each.id + TAKEN_BACK
        if each.moved and each.id not in known:
            if wrong := _unbelievable(held, each, ours):
                return wrong
            if ours is None:
                _move(held, each, each.id, -each.amount.value)
            else:
                _pay_back(held, each, ours)
        elif not each.moved and each.id in known and undone not in known:
            _move(held, each, undone, each.amount.value)
        elif each.ended and ours is not None:
            _drop(held, ours)
    return ""


def _ours(held: OnlinePayment, each: GivenBack) -> Refund | None:
    """The refund of ours that waits to be paid by this; none for what we did not ask for, or have given up."""
    waiting = Refund.objects.filter(online__online_payment=held, state=RefundState.TO_PAY)
    return next((refund for refund in waiting if str(refund.pk) == each.refund), None)


def _pay_back(held: OnlinePayment, each: GivenBack, refund: Refund) -> None:
    refunds_paid([refund.pk], from_account=AccountRole.PROVIDERS)
    ProviderMovement.objects.create(
        business_entity=held.business_entity,
        online_payment=held,
        kind=MovementKind.REFUND,
        reference=each.id,
        amount=-each.amount.value,
        moved_on=clock.today(),
        refund=refund,
    )


def _drop(held: OnlinePayment, refund: Refund) -> None:
    reason = _("Mollie did not pay it back.")
    refund_drop(refund=refund, reason=reason, by=None)
    tell(held, _("Not paid back at Mollie: %(refund)s") % {"refund": refund}, reason)


def _unbelievable(held: OnlinePayment, each: GivenBack, ours: Refund | None) -> str:
    payment = _payment_of(held)
    paid_back = sum((refund.amount for refund in payment.refunds.filter(state=RefundState.PAID)), ZERO)
    left = payment.amount - payment.withdrawn - paid_back
    is_other = ours is not None and each.amount.value != ours.amount
    if each.amount.currency != "EUR" or is_other or not ZERO < each.amount.value <= left:
        return f"{each.id}: {each.amount.currency} {each.amount.value}, at most EUR {ours.amount if ours else left}"
    return ""


def _move(held: OnlinePayment, each: GivenBack, reference: str, amount: Decimal) -> None:
    payment = _payment_of(held)
    if amount < ZERO:
        _free(payment, -amount)
    ProviderMovement.objects.create(
        business_entity=held.business_entity,
        online_payment=held,
        kind=MovementKind(each.kind),
        reference=reference,
        amount=amount,
        moved_on=clock.today(),
    )
    post_entry(
        business_entity=held.business_entity,
        kind=EntryKind.REFUND,
        on=clock.today(),
        source=RecordRef(entity_type="payment", entity_id=payment.pk),
        description=f"{payment.payment_number} {reference}",
        postings=[(AccountRole.PROVIDERS, amount), (AccountRole.UNMATCHED, -amount)],
    )
    _tell(held, payment, each, amount)


def _payment_of(held: OnlinePayment) -> Payment:
    assert held.payment is not None  # noqa: S101 - it was paid
    return lock_payment(held.payment)


def _free(payment: Payment, wanted: Decimal) -> None:
    """Have so much of a payment on account, of which invoices are open again: the one that was paid last, first."""
    for allocation in payment.allocations.filter(is_active=True).select_related("invoice").order_by("-created_at"):
        missing = wanted - Payment.objects.get(pk=payment.pk).on_account
        if missing <= ZERO:
            return
        take_back(allocation=allocation)
        if allocation.amount > missing:
            allocate(payment=payment, invoice=allocation.invoice, amount=allocation.amount - missing)


def _tell(held: OnlinePayment, payment: Payment, each: GivenBack, amount: Decimal) -> None:
    kind = MovementKind(each.kind).label
    title = _("Taken back at Mollie") if amount < ZERO else _("Came back at Mollie")
    said = _("%(kind)s %(reference)s of %(payment)s: EUR %(amount)s.")
    tell(held, f"{title}: {held.invoice}", said % {"kind": kind, "reference": each.id, "payment": payment, "amount": abs(amount)})
