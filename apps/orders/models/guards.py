"""What must be true of an order before it may move, and who may move it.

Guards and permissions ask about `order.stage`, the status that counts: on hold, that is the one it was held in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.orders.choices import BillingResponsibility, OrderStatus
from apps.workflow.guards import Guard, guard, scope_permission

Permission = Callable[[Any, Any], bool]

MANAGER_GROUPS = ("ADMIN", "MANAGER")


@dataclass(frozen=True)
class ManagerPermission:
    """Managers and administrators only."""

    def __call__(self, order: Any, user: User) -> bool:
        # All of them, which a page that asks many arrows has read beforehand.
        return user.is_superuser or any(group.name in MANAGER_GROUPS for group in user.groups.all())

    def __str__(self) -> str:
        return "MANAGER"


@dataclass(frozen=True, kw_only=True)
class StagePermission:
    """Who may take an arrow depends on where the order is."""

    otherwise: Permission
    at: Mapping[str, Permission] = field(hash=False)

    def __call__(self, order: Any, user: User) -> bool:
        return self.at.get(order.stage, self.otherwise)(order, user)

    def __str__(self) -> str:
        exceptions = (f"{permission} ({status})" for status, permission in self.at.items())
        return "; ".join([str(self.otherwise), *exceptions])


@dataclass(frozen=True, kw_only=True)
class ResumePermission:
    """Whoever may hold an order may also take it back to where it was held; going on from there is that arrow's right."""

    target: OrderStatus
    onward: Permission

    def __call__(self, order: Any, user: User) -> bool:
        return (may_hold if order.held_from == self.target else self.onward)(order, user)

    def __str__(self) -> str:
        return f"{self.onward}; {may_hold} (back)"


may_sell = scope_permission(Scope.SALES_ORDERS, Scope.SALES_QUOTES)
may_take_orders = scope_permission(Scope.SALES_ORDERS)
may_plan = scope_permission(Scope.OPERATIONS_PLANNING)
may_install = scope_permission(Scope.TECHNICAL_INSTALLATIONS, Scope.OPERATIONS_PLANNING)
may_ship = scope_permission(Scope.OPERATIONS_INVENTORY, Scope.OPERATIONS_PLANNING, Scope.SALES_ORDERS)
may_hold = scope_permission(Scope.SALES_ORDERS, Scope.OPERATIONS_PLANNING)
may_manage = ManagerPermission()
may_approve = StagePermission(otherwise=may_take_orders, at={OrderStatus.PENDING_APPROVAL: may_manage})
may_complete = StagePermission(otherwise=may_plan, at={OrderStatus.DELIVERED: may_ship})
# Once work has begun, or goods are being picked, stopping costs money.
may_cancel = StagePermission(
    otherwise=may_take_orders,
    at={
        OrderStatus.IN_PROGRESS: may_manage,
        OrderStatus.IN_PRODUCTION: may_manage,
        OrderStatus.READY_FOR_DELIVERY: may_manage,
        OrderStatus.DELIVERED: may_manage,
    },
)


@guard("installation_address_missing", _("An installation address is needed."))
def has_installation_address(order: Any) -> bool:
    return order.installation_address_id is not None


@guard("line_items_missing", _("At least one line is needed."))
def has_line_items(order: Any) -> bool:
    return bool(order.line_items.exists())


@guard("partner_missing", _("There is no partner who could approve."))
def has_partner(order: Any) -> bool:
    return order.partner_organization_id is not None


@guard("partner_approval_missing", _("The partner pays a part of this order and has to approve it too."))
def is_approved_by_all_who_pay(order: Any) -> bool:
    """Straight from quote sent the customer's word alone is enough, where no partner pays."""
    if order.stage != OrderStatus.QUOTE_SENT or order.partner_organization_id is None:
        return True
    return all(line.billing_responsibility == BillingResponsibility.CUSTOMER for line in order.line_items.all())


@guard("approval_threshold_exceeded", _("The amount is above the limit: a manager has to approve it."))
def is_within_approval_threshold(order: Any) -> bool:
    """Straight from new; what waited for approval has been looked at."""
    limit = order.business_entity.order_approval_threshold
    return order.stage != OrderStatus.NEW or limit is None or order.total_excl_vat <= limit


def goes_on_from(*stages: OrderStatus) -> Guard:
    """A structural guard: the order was held in one of these statuses."""
    return Guard(
        "not_reachable_from_hold",
        _("From where the order was held no step leads there."),
        lambda order: order.held_from in stages,
        structural=True,
    )


def unless_returning(target: OrderStatus, guard: Guard) -> Guard:
    """The same guard, which an order that merely returns to where it was held does not meet again."""
    return Guard(guard.code, guard.message, lambda order: order.held_from == target or guard(order))
