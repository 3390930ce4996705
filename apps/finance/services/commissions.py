"""Commissions: worked out from what was invoiced, taken back by credit notes, approved or rejected by people."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Refused
from apps.core.money import ZERO
from apps.core.records import ref_to
from apps.core.transactions import in_transaction, lock_name
from apps.finance.choices import AccountRole, CommissionMethod, CommissionStatus, EntryKind, InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, JournalLine, PartnerCommission
from apps.finance.services.channel import Agreement, agreement_with, channel_of
from apps.finance.services.earning import Earning, rate_of_tier, taken_back
from apps.finance.services.issue import refuse_context
from apps.finance.services.ledger import post_entry
from apps.finance.services.standing import NUMBERED
from apps.orders.choices import OrderStatus
from apps.orders.models import Order
from apps.organizations.models import Organization
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status, record_creation

LOOKED_BACK = timedelta(days=31)  # how long ago an order may have been completed that a run still looks at


@in_transaction
def refresh_commissions(*, order: Order) -> list[PartnerCommission]:
    """Have the commissions of a completed order follow its invoices and credit notes; gives those that are new.

    Read from the rows each time: run again it changes nothing. Of an order that is not completed nobody earns yet.

    Raises:
        Refused: period_closed, account_missing.
    """
    locked = Order.objects.select_for_update(of=("self",)).for_page().get(pk=order.pk)
    for commission in locked_commissions(order=locked):
        _follow_credits(commission)
    if locked.status != OrderStatus.COMPLETED or locked.is_test:
        return []
    invoices = Invoice.objects.filter(order=locked, status__in=NUMBERED, subtotal_excl_tax__gt=0).exclude(
        invoice_type=InvoiceType.CREDIT_NOTE
    )
    channel = channel_of(locked)
    return [
        commission
        for invoice in invoices.exclude(status=InvoiceStatus.CREDITED).order_by("approved_at", "pk")
        for commission in _grant(locked, invoice, channel)
    ]


def refresh_completed() -> int:
    """Work out what the orders of the last month still lack, such as those invoiced before they were completed."""
    found = Invoice.objects.filter(order=OuterRef("pk"), status__in=NUMBERED)
    orders = Order.objects.filter(
        Exists(found),
        status=OrderStatus.COMPLETED,
        actual_completion_date__gte=clock.today() - LOOKED_BACK,
        partner_organization__isnull=False,
        is_test=False,
    )
    missing = orders.exclude(Exists(PartnerCommission.objects.filter(order=OuterRef("pk"))))
    return sum(len(refresh_commissions(order=order)) for order in missing.iterator(chunk_size=500))


@in_transaction
def approve_commission(*, commission: PartnerCommission, by: User | None) -> PartnerCommission:
    """Agree that a commission is right.

    Raises:
        Conflict, Forbidden, Refused: see `change_status`.
    """
    return change_status(lock_commission(commission), CommissionStatus.APPROVED, by=by).record  # type: ignore[return-value]  # what was passed in


@in_transaction
def reject_commission(*, commission: PartnerCommission, reason: str, by: User | None) -> PartnerCommission:
    """Refuse a commission; its booking is undone.

    Raises:
        Refused: reason_required; period_closed.
        Conflict, Forbidden: see `change_status`.
    """
    return _reject(commission, reason=reason, by=by).record  # type: ignore[return-value]  # what was passed in


def reject_by_door(
    *, record: PartnerCommission, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """The status engine's generic door: the step to rejected is this act."""
    refuse_context(context)
    return _reject(record, reason=reason, expected_status=expected_status, by=by)


def earning_of(commission: PartnerCommission) -> Earning:
    """What a commission was worked out from, as it stands with it."""
    return Earning(
        method=commission.calculation_method,
        rate=commission.commission_rate,
        fixed_amount=commission.fixed_amount,
        max_per_order=commission.max_per_order,
        base=commission.base_amount,
        granted_before=commission.granted_before,
        given_to_others=commission.given_to_others,
    )


def explain(commission: PartnerCommission) -> str:
    """How a commission was worked out, in words."""
    return earning_of(commission).explained(
        orders_in_month=commission.orders_in_month, reversed_amount=commission.reversed_amount
    )


def lock_commission(commission: PartnerCommission) -> PartnerCommission:
    """The commission as it is now, behind the lock of its order."""
    Order.objects.select_for_update(of=("self",)).get(pk=commission.order_id)
    return PartnerCommission.objects.select_for_update(of=("self",)).for_page().get(pk=commission.pk)


def locked_commissions(**which: Any) -> Sequence[PartnerCommission]:
    """Commissions as they are now, locked in the order of their keys."""
    return list(PartnerCommission.objects.select_for_update(of=("self",)).for_page().filter(**which).order_by("pk"))


def _grant(order: Order, invoice: Invoice, channel: list[Organization]) -> list[PartnerCommission]:
    known = {each.commission_level: each for each in PartnerCommission.objects.filter(invoice=invoice)}
    below = known[max(known)] if known else None
    made: list[PartnerCommission] = []
    for level, beneficiary in enumerate(channel, start=1):
        day = invoice.invoice_date or clock.today()
        agreement = agreement_with(beneficiary, level=level, business_entity=order.business_entity, on=day)
        if agreement is None or level in known:
            continue
        given = sum((each.commission_amount for each in (*known.values(), *made)), ZERO)
        below = _create(_worked_out(invoice, beneficiary, level, agreement, given, day), agreement, below)
        made.append(below)
    return made


def _worked_out(
    invoice: Invoice, beneficiary: Organization, level: int, agreement: Agreement, given: Decimal, day: date
) -> PartnerCommission:
    earlier = PartnerCommission.objects.filter(order=invoice.order_id, beneficiary=beneficiary, commission_level=level)
    before = earlier.aggregate(left=Sum(F("commission_amount") - F("reversed_amount")))["left"] or ZERO
    commission = PartnerCommission(
        business_entity=invoice.business_entity,
        order=invoice.order,
        invoice=invoice,
        beneficiary=beneficiary,
        commission_level=level,
        agreed_with=agreement.agreed_with,
        rule=agreement.rule,
        calculated_on=day,
        calculation_method=agreement.method,
        commission_rate=agreement.rate,
        fixed_amount=agreement.fixed_amount,
        max_per_order=agreement.max_per_order,
        base_amount=invoice.subtotal_excl_tax,
        granted_before=before,
        given_to_others=given,
    )
    if agreement.method == CommissionMethod.TIERED:
        commission.orders_in_month, commission.tiers = _place_in_month(commission), agreement.tiers
        commission.commission_rate = rate_of_tier(agreement.tiers, commission.orders_in_month)
    commission.commission_amount = earning_of(commission).amount
    return commission


def _place_in_month(commission: PartnerCommission) -> int:
    """Which order of the month this is for whoever earns by it; further invoices of an order have its place."""
    lock_name(f"commission:{commission.business_entity_id}:{commission.beneficiary_id}:{commission.commission_level}")
    day = commission.calculated_on
    counted = PartnerCommission.objects.filter(
        business_entity=commission.business_entity_id,
        beneficiary=commission.beneficiary_id,
        commission_level=commission.commission_level,
        calculated_on__gte=day.replace(day=1),
        calculated_on__lt=(day.replace(day=1) + timedelta(days=32)).replace(day=1),
    )
    own = counted.filter(order=commission.order_id, orders_in_month__isnull=False).first()
    if own is not None:
        return int(own.orders_in_month or 1)
    return counted.exclude(order=commission.order_id).values("order").distinct().count() + 1


def _create(commission: PartnerCommission, agreement: Agreement, below: PartnerCommission | None) -> PartnerCommission:
    commission.parent_commission = below
    commission.save()
    record_creation(commission, by=None)
    _follow_credits(commission)
    if commission.status == CommissionStatus.PENDING and _passes_by_itself(commission, agreement):
        return change_status(commission, CommissionStatus.APPROVED, by=None).record  # type: ignore[return-value]  # what was passed in
    return commission


def _passes_by_itself(commission: PartnerCommission, agreement: Agreement) -> bool:
    return commission.commission_amount == ZERO or commission.commission_amount < agreement.auto_approve_below


def _follow_credits(commission: PartnerCommission) -> None:
    """Take back what the credit notes of its invoice say, and have the books say the same."""
    if commission.status == CommissionStatus.REJECTED:
        return
    notes = Invoice.objects.filter(credited_invoice=commission.invoice_id, status__in=NUMBERED)
    credited = -(notes.aggregate(total=Sum("subtotal_excl_tax"))["total"] or ZERO)
    taken = taken_back(amount=commission.commission_amount, base=commission.base_amount, credited=credited)
    if taken != commission.reversed_amount:
        commission.reversed_amount = taken
        commission.save(update_fields=["reversed_amount"])
    _book(commission)
    if taken == commission.commission_amount > ZERO and commission.status != CommissionStatus.REVERSED:
        change_status(commission, CommissionStatus.REVERSED, by=None)


def _reject(
    commission: PartnerCommission, *, reason: str, expected_status: str | None = None, by: User | None
) -> StatusTransition:
    if not reason.strip():
        raise Refused(_("Say why it is rejected."), code="reason_required")
    locked = lock_commission(commission)
    step = change_status(locked, CommissionStatus.REJECTED, reason=reason.strip(), expected_status=expected_status, by=by)
    _book(step.record)  # type: ignore[arg-type]  # what was passed in
    return step


def _book(commission: PartnerCommission) -> None:
    """Book what the books lack of a commission, or have too much."""
    booked = JournalLine.objects.filter(
        entry__source_type=PartnerCommission.entity_type,
        entry__source_id=commission.pk,
        account__role=AccountRole.COMMISSION_COST,
    ).aggregate(total=Sum(F("debit") - F("credit")))["total"]
    amount = commission.payable_amount - (booked or ZERO)
    post_entry(
        business_entity=commission.business_entity,
        kind=EntryKind.COMMISSION,
        on=clock.today(),
        source=ref_to(commission),
        description=f"{commission.invoice} {commission.beneficiary}",
        postings=[(AccountRole.COMMISSION_COST, amount), (AccountRole.COMMISSION_PAYABLE, -amount)],
    )
