"""Holds: work on an order is suspended, for a reason and for as long as it takes, and taken up again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, DomainError, FieldError, NotFound, Refused
from apps.events.services import publish
from apps.orders.choices import ESCALATES_AFTER, FOLLOW_UP_AFTER, EscalationLevel, HoldReason, OrderStatus
from apps.orders.events import HoldEnded, OrderHeld, OrderResumed
from apps.orders.models import Order, OrderHold
from apps.orders.services.editing import lock_order
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status


@dataclass(frozen=True, kw_only=True)
class HoldRequest:
    """Why an order is to be held, until when as far as we know, and who is to hear of it."""

    hold_reason_category: str
    hold_reason_details: str
    estimated_resume_date: date | None = None
    notify_customer: bool = True
    notify_partner: bool = True


@dataclass(frozen=True, kw_only=True)
class BulkHoldResult:
    """What became of one order of many: its hold, or why there is none."""

    order_id: UUID
    hold: OrderHold | None = None
    error: DomainError | None = None


@transaction.atomic
def order_hold_create(
    *,
    order: Order,
    hold_reason_category: str,
    hold_reason_details: str,
    estimated_resume_date: date | None = None,
    notify_customer: bool = True,
    notify_partner: bool = True,
    by: User | None,
) -> OrderHold:
    """Suspend work on an order; the customer and the partner hear of it unless they are not to.

    Raises:
        Refused: reason_required; hold_refused, with each field at fault; and with Conflict and Forbidden whatever `change_status` refuses.
    """
    request = HoldRequest(
        hold_reason_category=hold_reason_category,
        hold_reason_details=hold_reason_details,
        estimated_resume_date=estimated_resume_date,
        notify_customer=notify_customer,
        notify_partner=notify_partner,
    )
    hold, _transition = place_hold(order, request, expected_status=None, by=by)
    return hold


def place_hold(
    order: Order,
    request: HoldRequest,
    *,
    context: Mapping[str, Any] = MappingProxyType({}),
    expected_status: str | None,
    by: User | None,
) -> tuple[OrderHold, StatusTransition]:
    """The hold and the step it took; see `order_hold_create`. The caller opens the transaction."""
    _refuse_unreasonable(request)
    transition = change_status(
        order,
        OrderStatus.ON_HOLD,
        reason=request.hold_reason_details,
        context={
            **context,
            "hold_reason_category": request.hold_reason_category,
            "estimated_resume_date": request.estimated_resume_date,
        },
        expected_status=expected_status,
        by=by,
    )
    today = clock.local_day(transition.occurred_at)
    escalates = today + ESCALATES_AFTER[request.hold_reason_category]
    hold = OrderHold.objects.create(
        order=transition.record,
        hold_reason_category=request.hold_reason_category,
        hold_reason_details=request.hold_reason_details,
        previous_status=transition.record.held_from,
        held_at=transition.occurred_at,
        created_by=by,
        estimated_resume_date=request.estimated_resume_date,
        escalation_date=min(escalates, request.estimated_resume_date or escalates),
        automatic_followup_date=today + FOLLOW_UP_AFTER,
    )
    publish(OrderHeld(hold_id=hold.pk, notify_customer=request.notify_customer, notify_partner=request.notify_partner))
    return hold, transition


@transaction.atomic
def order_hold_resume(
    *,
    order: Order,
    resolution_notes: str,
    new_status: str | None = None,
    new_planned_date: date | None = None,
    by: User | None,
) -> Order:
    """Take work up again where it was held, or at a status that follows from there; who heard of the hold hears of it.

    Raises:
        Conflict: not_on_hold; and with Forbidden and Refused whatever `change_status` refuses.
    """
    transition = end_hold(order, new_status, notes=resolution_notes, planned_date=new_planned_date, expected_status=None, by=by)
    return transition.record


def end_hold(
    order: Order,
    to_status: str | None,
    *,
    notes: str,
    planned_date: date | None = None,
    context: Mapping[str, Any] = MappingProxyType({}),
    expected_status: str | None,
    by: User | None,
) -> StatusTransition:
    """The step that ends the active hold, to where the order was held unless another status is given.

    The caller opens the transaction.
    """
    locked = lock_order(order)
    if locked.status != OrderStatus.ON_HOLD:
        raise Conflict(_("This order is not on hold."), code="not_on_hold", current=locked.status)
    planned = planned_date or locked.planned_start_date
    transition = change_status(
        locked,
        to_status or locked.held_from,
        reason=notes,
        context={**context, **({"planned_start_date": planned} if planned else {})},
        expected_status=expected_status,
        by=by,
    )
    _keep_planned_date(transition.record, planned_date)
    _resolve(transition, notes, by)
    return transition


def _resolve(transition: StatusTransition, notes: str, by: User | None) -> None:
    """Close the hold that the step ended, and tell of it where work goes on."""
    hold = OrderHold.objects.active().filter(order=transition.entity_id).select_for_update(of=("self",)).first()
    if hold is None:
        return  # held past our act, by a step alone
    hold.is_active = False
    hold.resolved_at = transition.occurred_at
    hold.resolved_by = by
    hold.resolution_notes = notes
    hold.save(update_fields=["is_active", "resolved_at", "resolved_by", "resolution_notes"])
    if hold.escalation_level != EscalationLevel.NONE:
        publish(HoldEnded(hold_id=hold.pk))
    if transition.to_status != OrderStatus.CANCELLED:
        publish(OrderResumed(hold_id=hold.pk))


def bulk_hold(*, order_ids: Sequence[UUID], by: User, **request: Any) -> list[BulkHoldResult]:
    """Hold many orders for one reason; each stands for itself, so one that cannot be held stops no other.

    The rest of the arguments are those of `order_hold_create`.
    """
    in_hand = Order.objects.handled_by(by).in_bulk(order_ids)
    # Rows are locked in ascending order of key, so that two such calls do not wait for each other in a circle.
    results = {key: _hold_one(key, in_hand.get(key), request, by) for key in sorted(set(order_ids))}
    return [results[key] for key in dict.fromkeys(order_ids)]


@transaction.atomic
def mark_notified(*, hold: OrderHold, customer: bool = False, partner: bool = False) -> OrderHold:
    """Note who has been written to about a hold; nobody is ever unwritten to."""
    locked = OrderHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    locked.customer_notified |= customer
    locked.partner_notified |= partner
    locked.save(update_fields=["customer_notified", "partner_notified"])
    return locked


def _hold_one(key: UUID, order: Order | None, request: dict[str, Any], by: User) -> BulkHoldResult:
    if order is None:
        return BulkHoldResult(order_id=key, error=NotFound())
    try:
        return BulkHoldResult(order_id=key, hold=order_hold_create(order=order, **request, by=by))
    except DomainError as error:
        return BulkHoldResult(order_id=key, error=error)


def _keep_planned_date(order: Order, planned_date: date | None) -> None:
    """A day given with the resumption holds, wherever the order goes on."""
    if planned_date is not None and order.planned_start_date != planned_date:
        order.planned_start_date = planned_date
        order.save(update_fields=["planned_start_date"])


def _refuse_unreasonable(request: HoldRequest) -> None:
    if not request.hold_reason_details.strip():
        unsaid = FieldError(pointer="/hold_reason_details", code="required", detail=_("Say why."))
        raise Refused(_("A reason is needed."), code="reason_required", fields=[unsaid])
    wrong = []
    if request.hold_reason_category not in HoldReason.values:
        wrong.append(FieldError(pointer="/hold_reason_category", code="unknown_reason", detail=_("There is no such reason.")))
    if request.estimated_resume_date is not None and request.estimated_resume_date < clock.today():
        wrong.append(FieldError(pointer="/estimated_resume_date", code="in_the_past", detail=_("This day has passed already.")))
    if wrong:
        raise Refused(_("The order cannot be held like this."), code="hold_refused", fields=wrong)
