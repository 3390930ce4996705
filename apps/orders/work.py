"""Orders that ask for somebody: over their deadline or nearly, and holds that last longer than was expected."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.chips import admin_url
from apps.core.contributions import Viewer, WorkItem
from apps.core.prepared import any_of
from apps.orders.models import Order, OrderHold
from apps.orders.queries import orders_of
from apps.workflow.models import EntityCurrentStatus, PolicyBook
from apps.workflow.queries import policy_book

SOON = timedelta(hours=24)
SHOWN = (
    *("order_number", "workflow", "status", "business_entity", "total_incl_vat", "order_owner"),
    "customer_organization__name",
)


def orders_out_of_time(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Orders over the deadline of their status, those of the viewer apart, and those that will be within a day."""
    if not viewer.user.has_perm("orders.view_order"):
        return []
    now = clock.now()
    standing = _of_entity(EntityCurrentStatus.objects.visible_to(viewer.user).filter(entity_type=Order.entity_type), viewer)
    late = standing.filter(is_overdue=True).order_by("status_since")
    found = [
        *late.filter(assigned_user=viewer.user)[:limit],
        *late[:limit],
        *standing.filter(is_overdue=False, sla_deadline__lt=now + SOON).order_by("sla_deadline")[:limit],
    ]
    orders = _orders([row.entity_id for row in found], viewer)
    rows = {row.entity_id: row for row in found if row.entity_id in orders}
    books = {workflow: policy_book(Order.entity_type, workflow) for workflow in {order.workflow for order in orders.values()}}
    return [_late_item(orders[key], row, books[orders[key].workflow], viewer, now) for key, row in rows.items()]


def holds_due(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Holds that were expected to be over."""
    if not viewer.user.has_perm("orders.view_orderhold"):
        return []
    holds = OrderHold.objects.visible_to(viewer.user).late(on=clock.today())
    if viewer.business_entity is not None:
        holds = holds.filter(order__business_entity=viewer.business_entity)
    found = list(holds.order_by("estimated_resume_date")[:limit])
    orders = _orders([hold.order_id for hold in found], viewer)
    return [_hold_item(orders[hold.order_id], hold, viewer) for hold in found if hold.order_id in orders]


def _of_entity(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows if viewer.business_entity is None else rows.filter(business_entity=viewer.business_entity)


def _orders(keys: Iterable[UUID], viewer: Viewer) -> dict[UUID, Order]:
    """The orders behind these keys that are real and not removed."""
    wanted = set(keys)
    orders = orders_of(viewer.user).filter(is_test=False).select_related("customer_organization").only(*SHOWN)
    return {order.pk: order for order in orders.filter(pk__in=any_of(list(wanted)))} if wanted else {}


def _late_item(order: Order, row: EntityCurrentStatus, book: PolicyBook, viewer: Viewer, now: datetime) -> WorkItem:
    policy = book.find(order.status, order.business_entity_id)
    status = policy.label if policy else order.get_status_display()
    is_late = row.is_overdue or (row.sla_deadline is not None and row.sla_deadline < now)
    words = _("Stands too long in “%(status)s”.") if is_late else _("Has to leave “%(status)s” soon.")
    return WorkItem(
        key=f"order_late:{order.pk}",
        kind="order_late" if is_late else "order_soon_late",
        title=_title(order),
        reason=words % {"status": status},
        url=admin_url(order),
        severity="danger" if is_late else "warning",
        due_at=row.sla_deadline or row.status_since,
        money_at_risk=order.total_incl_vat,
        business_entity=order.business_entity_id,
        is_mine=order.order_owner_id == viewer.user.pk,
    )


def _hold_item(order: Order, hold: OrderHold, viewer: Viewer) -> WorkItem:
    expected = hold.estimated_resume_date or clock.local_day(hold.held_at)
    return WorkItem(
        key=f"hold_due:{hold.pk}",
        kind="hold_due",
        title=_title(order),
        reason=_("On hold (%(reason)s), and should have gone on by now.") % {"reason": hold.get_hold_reason_category_display()},
        url=admin_url(order),
        severity="warning",
        due_at=datetime.combine(expected, time(9), tzinfo=clock.AMSTERDAM),
        money_at_risk=order.total_incl_vat,
        business_entity=order.business_entity_id,
        is_mine=order.order_owner_id == viewer.user.pk,
    )


def _title(order: Order) -> str:
    return f"{order.order_number} · {order.customer_organization.name}"
