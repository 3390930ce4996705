"""What can be done with many orders at once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.admin import BulkAct
from apps.core.errors import Text
from apps.orders.choices import ACTIVE_STATUSES, OrderStatus
from apps.orders.forms import BulkAssignForm, BulkResumeForm, HoldForm
from apps.orders.models import Order
from apps.orders.services import assign_order, order_hold_create, order_hold_resume, restore_owner


def not_assignable(order: Order) -> Text:
    return _("A finished order is no longer changed.") if order.is_final else ""


def not_holdable(order: Order) -> Text:
    if order.status == OrderStatus.ON_HOLD:
        return _("This order is on hold already.")
    return "" if order.status in ACTIVE_STATUSES[order.workflow] else _("Work on this order has ended.")


def not_resumable(order: Order) -> Text:
    return "" if order.status == OrderStatus.ON_HOLD else _("This order is not on hold.")


def owners(order: Order, answers: Mapping[str, Any]) -> dict[str, str | None] | None:
    """Whose an order was and whose it becomes; nothing where that is the same."""
    before, given = order.order_owner_id, answers.get("order_owner")
    if before == (given.pk if given else None):
        return None
    return {"before": str(before) if before else None, "given": str(given.pk) if given else None}


def give_back(*, order: Order, before: dict[str, str | None], by: User) -> Order:
    return restore_owner(order=order, owner_before=_key(before["before"]), owner_given=_key(before["given"]), by=by)


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


MOVERS = (Scope.SALES_ORDERS, Scope.OPERATIONS_PLANNING)

BULK_ACTS = (
    BulkAct(
        assign_order,
        _("Assign to an owner"),
        form=BulkAssignForm,
        name="assign",
        permission=MOVERS,
        refusal=not_assignable,
        before=owners,
        undo=give_back,
    ),
    BulkAct(
        assign_order,
        _("Take from its owner"),
        name="unassign",
        arguments={"order_owner": None},
        permission=MOVERS,
        refusal=not_assignable,
        before=owners,
        undo=give_back,
    ),
    BulkAct(order_hold_create, _("Put on hold"), form=HoldForm, name="hold", permission=MOVERS, refusal=not_holdable),
    BulkAct(order_hold_resume, _("Resume"), form=BulkResumeForm, name="resume", permission=MOVERS, refusal=not_resumable),
)
