"""The buttons that move an order: one for each step that its status and its workflow know, with what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.admin import ActionButton
from apps.core.errors import Text
from apps.orders.choices import ACTIVE_STATUSES, PATHS, OrderStatus
from apps.orders.forms import CancelForm, HoldForm, HoldRequestForm, NoteForm, ReasonForm, ResumeForm, ScheduleForm
from apps.orders.models import Order
from apps.orders.services import request_hold
from apps.workflow.models import StatusTransition
from apps.workflow.services import TransitionOption, allowed_transitions, change_entity_status

HOLDERS = (Scope.SALES_ORDERS, Scope.OPERATIONS_PLANNING)
APPROVALS = (OrderStatus.CUSTOMER_APPROVED, OrderStatus.PARTNER_APPROVED, OrderStatus.BOTH_APPROVED)
ENDINGS = (OrderStatus.CANCELLED, OrderStatus.REJECTED)


@dataclass(frozen=True)
class StepButton(ActionButton):
    """A step of an order: whether somebody may take it is the step's own rule, told as a reason."""

    def is_permitted(self, user: Any, model: Any) -> bool:
        return True


def take_step(
    *, order: Order, to_status: str, expected_status: str, by: User, reason: str = "", **context: Any
) -> StatusTransition:
    """Move an order, by the same door as everybody else."""
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in context.items()}
    return change_entity_status(
        entity_type=Order.entity_type,
        entity_id=order.pk,
        to_status=to_status,
        transition_reason=reason,
        business_context={name: value for name, value in said.items() if value is not None},
        expected_status=expected_status,
        by=by,
    )


def step_buttons(order: Order, by: User) -> list[StepButton]:
    """The steps that the order's page offers, the usual way on first, cancelling last."""
    ranked = sorted(allowed_transitions(order, by), key=lambda option: _rank(order, option))
    return [_button(order, option, variant=_variant(order, option, place)) for place, option in enumerate(ranked)]


def _rank(order: Order, option: TransitionOption) -> tuple[bool, int]:
    """Onward before back, the nearest first; hold and the endings behind."""
    path: Sequence[str] = PATHS[order.workflow]
    if option.to_status not in path:
        return True, (OrderStatus.ON_HOLD, *ENDINGS[::-1]).index(option.to_status)
    distance = path.index(option.to_status) - path.index(order.stage)
    return False, distance if distance >= 0 else len(path) - distance


def _variant(order: Order, option: TransitionOption, place: int) -> str:
    if option.to_status in ENDINGS:
        return "danger"
    return "primary" if place == 0 and option.allowed else "default"


def _button(order: Order, option: TransitionOption, *, variant: str) -> StepButton:
    return StepButton(
        take_step,
        _label(order, option),
        form=_form(order, option),
        confirm=_("This cannot be undone.") if option.to_status == OrderStatus.COMPLETED else "",
        # The status it was read in is part of the address: a page that is out of date offers nothing.
        name=f"{order.stage}-{order.status}-{option.to_status}" if order.held_from else f"{order.status}-{option.to_status}",
        subject="order",
        arguments={"to_status": option.to_status, "expected_status": order.status},
        refusals=tuple(reason.message for reason in option.reasons),
        done=_("The order is now: %(status)s.") % {"status": option.label},
        variant=variant,
        icon=_icon(order, option),
    )


def _label(order: Order, option: TransitionOption) -> Text:
    if option.to_status == OrderStatus.ON_HOLD:
        return _("Put on hold")
    if option.to_status == OrderStatus.CANCELLED:
        return _("Cancel the order")
    if option.to_status == order.held_from:
        return _("Resume: %(status)s") % {"status": option.label}
    return option.label


def _icon(order: Order, option: TransitionOption) -> str:
    if option.to_status == OrderStatus.ON_HOLD:
        return "pause"
    if option.to_status in ENDINGS:
        return "cancel"
    if option.to_status == order.held_from:
        return "play_arrow"
    path: Sequence[str] = PATHS[order.workflow]
    return "arrow_forward" if path.index(option.to_status) > path.index(order.stage) else "undo"


def _form(order: Order, option: TransitionOption) -> type[forms.Form] | None:
    if option.to_status in FORMS:
        return FORMS[option.to_status]
    if order.status == OrderStatus.ON_HOLD:
        return ResumeForm
    if "planned_start_date" in option.form_fields:
        return ScheduleForm
    if option.to_status in APPROVALS:
        return NoteForm
    return ReasonForm if option.needs_reason else None


FORMS: dict[str, type[forms.Form]] = {
    OrderStatus.ON_HOLD: HoldForm,
    OrderStatus.CANCELLED: CancelForm,
    OrderStatus.REJECTED: ReasonForm,
}

REQUEST_HOLD = ActionButton(
    request_hold,
    _("Ask for a hold"),
    form=HoldRequestForm,
    permission=Scope.TECHNICAL_INSTALLATIONS,
    offered=lambda order: order.status in ACTIVE_STATUSES[order.workflow],
    done=_("Asked: whoever has the order decides."),
    icon="pause",
)


def request_buttons(by: User) -> list[ActionButton]:
    """What may be asked for by whoever may not do it."""
    return [] if by.has_scope(*HOLDERS) else [REQUEST_HOLD]
