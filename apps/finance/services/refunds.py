"""Money that goes back to whoever paid it: asked for by one person, approved by another, and then paid."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, FieldError, Malformed, Refused, Text
from apps.core.money import ZERO, round_cents
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.core.validators import normalize_iban
from apps.events.services import publish
from apps.finance.choices import AccountRole, BatchStatus, EntryKind, PaymentMethod, RefundState
from apps.finance.events import RefundPaid
from apps.finance.models import Payment, PaymentAllocation, PaymentBatchLine, Refund
from apps.finance.services.ledger import post_entry
from apps.finance.services.payments import lock_payment
from apps.finance.services.standing import refresh_orders
from apps.orders.models import Order
from apps.organizations.choices import ApprovalKind
from apps.organizations.models import ApprovalRequest, Organization
from apps.organizations.services import ask_approval


@dataclass(frozen=True, kw_only=True)
class Way:
    """A payment method's own way of paying back, in place of a transfer of ours; it needs no IBAN.

    `start` is called in the transaction of the approval: it lays down what a worker then asks of the provider, with the
    refund's key as what makes it happen once. `fits` says of which payments: one that came another way has none. When the
    provider has paid, call `refunds_paid` with the account on which its money stands; when it refuses, `refund_drop`, and the
    money is on account again. What the provider tells of such a refund is this one, and no money that it took back by itself
    (`Payment.withdrawn`).
    """

    start: Callable[[Refund], None]
    fits: Callable[[Payment], bool] = lambda payment: True


_ways: dict[str, Way] = {}


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Where a refund goes: empty where that is not known."""

    account_name: str
    iban: str


def pays_back(method: PaymentMethod, way: Way) -> None:
    """Give a payment method a way of its own; called in an app's `ready()`."""
    _ways[method] = way


def payee_of(payment: Payment) -> Payee:
    """The account that the money came from; else the one that its customer is known to have. None where it goes back otherwise."""
    line = payment.bank_transaction
    customer = _customer_of(payment)
    known = customer.iban if customer else ""
    iban = (line.counterparty_iban if line else "") or known
    name = (line.counterparty_name if line else "") or (customer.name if customer else "")
    return Payee(account_name=name, iban="" if _has_a_way(payment) else iban)


@in_transaction
def refund_request(
    *, payment: Payment, amount: Decimal, reason: str, by: User, iban: str = "", account_name: str = ""
) -> ApprovalRequest:
    """Ask that so much of what is on account goes back; nothing is booked, and nothing kept apart, until it is approved.

    Raises:
        Malformed: amount_not_free, invalid_iban, invalid_checksum, account_name_missing.
        Refused: reason_required. Conflict: approval_waiting.
    """
    held = lock_payment(payment)
    _refuse_more_than_free(held, amount)
    to = _readable(held, iban, account_name)
    return ask_approval(
        kind=ApprovalKind.REFUND,
        about=held,
        business_entity=held.business_entity,
        reason=reason,
        by=by,
        amount=amount,
        account_name=to.account_name,
        iban=to.iban,
    )


def carry_out_refund(approval: ApprovalRequest, by: User) -> None:
    """Take what was approved off the account, to be paid; a method with a way of its own begins at once.

    Raises:
        Malformed: amount_not_free, where an invoice has taken it since.
    """
    held = lock_payment(Payment(pk=approval.about_id))
    amount = approval.amount or ZERO
    _refuse_more_than_free(held, amount)
    refund = Refund.objects.create(
        business_entity=held.business_entity,
        payment=held,
        approval=approval,
        amount=amount,
        account_name=approval.account_name,
        iban=approval.iban,
    )
    if not refund.iban:
        _ways[held.payment_method].start(refund)


@in_transaction
def refunds_paid(keys: Iterable[UUID], *, from_account: AccountRole) -> Sequence[Refund]:
    """Put down that refunds were paid from an account: each is booked, its orders stand where that leaves them, and the
    customer is told.

    Raises:
        Conflict: refund_settled. Refused: period_closed, account_missing.
    """
    wanted = list(keys)
    paid_for = PaymentAllocation.objects.filter(payment__refunds__in=wanted).values("invoice__order")
    orders = list(Order.objects.select_for_update(of=("self",)).filter(pk__in=paid_for).order_by("pk"))
    refunds = _locked(wanted)
    for refund in refunds:
        _pay(refund, from_account)
    refresh_orders(orders)
    return refunds


@in_transaction
def refund_drop(*, refund: Refund, reason: str, by: User | None) -> Refund:
    """Do not pay it after all; the money is on account again.

    Raises:
        Refused: reason_required. Conflict: refund_settled, refund_in_batch.
    """
    if not reason.strip():
        raise Refused(_("Say why."), code="reason_required")
    [held] = _locked([refund.pk])
    _refuse_settled(held)
    if PaymentBatchLine.objects.filter(refund=held, batch__status=BatchStatus.OPEN).exists():
        raise Conflict(_("It stands in a batch that is to be paid: cancel that first."), code="refund_in_batch")
    held.state, held.note = RefundState.DROPPED, reason.strip()[:500]
    held.save(update_fields=["state", "note"])
    return held


def _pay(refund: Refund, from_account: AccountRole) -> None:
    _refuse_settled(refund)
    today = clock.today()
    refund.state, refund.paid_on = RefundState.PAID, today
    refund.save(update_fields=["state", "paid_on"])
    post_entry(
        business_entity=refund.business_entity,
        kind=EntryKind.REFUND,
        on=today,
        source=ref_to(refund),
        description=f"{refund.payment} {refund.account_name}".strip(),
        postings=[(AccountRole.UNMATCHED, refund.amount), (from_account, -refund.amount)],
    )
    publish(RefundPaid(refund_id=refund.pk))


def _locked(keys: Sequence[UUID]) -> Sequence[Refund]:
    """Refunds as they are now, locked in the order of their keys."""
    rows = Refund.objects.select_for_update(of=("self",)).select_related("business_entity", "payment")
    return list(rows.filter(pk__in=keys).order_by("pk"))


def _refuse_settled(refund: Refund) -> None:
    if refund.state != RefundState.TO_PAY:
        detail = _("This refund is “%(state)s”.") % {"state": refund.get_state_display()}
        raise Conflict(detail, code="refund_settled", current=refund.state)


def _refuse_more_than_free(payment: Payment, amount: Decimal) -> None:
    if not amount.is_finite() or not ZERO < amount <= payment.on_account or amount != round_cents(amount):
        raise _malformed("amount", "amount_not_free", _("At most %(most)s.") % {"most": payment.on_account})


def _readable(payment: Payment, iban: str, account_name: str) -> Payee:
    """Where it goes, in the form in which it is kept."""
    if not iban.strip() and _has_a_way(payment):
        return Payee(account_name=account_name.strip(), iban="")
    try:
        wanted = normalize_iban(iban)
    except ValidationError as error:
        raise _malformed("iban", error.code or "invalid_iban", error.messages[0]) from error
    if not account_name.strip():
        raise _malformed("account_name", "account_name_missing", _("Say whose account it is."))
    return Payee(account_name=account_name.strip(), iban=wanted)


def _has_a_way(payment: Payment) -> bool:
    """Whether it goes back by the provider that it came by."""
    way = _ways.get(payment.payment_method)
    return way is not None and way.fits(payment)


def _customer_of(payment: Payment) -> Organization | None:
    """Whose invoice it paid last."""
    last = payment.allocations.select_related("invoice__billing_organization").order_by("-created_at").first()
    return last.invoice.billing_organization if last else None


def _malformed(name: str, code: str, detail: Text) -> Malformed:
    return Malformed(fields=[FieldError(pointer=f"/{name}", code=code, detail=detail)])
