"""What can be done with orders. Their status is moved by `apps.workflow.services`, and by the acts among these."""

from apps.orders.services.acts import register_acts
from apps.orders.services.assigning import assign_order, restore_owner
from apps.orders.services.billing import set_money_statuses
from apps.orders.services.copying import duplicate_order
from apps.orders.services.editing import remove_order, restore_order, update_order
from apps.orders.services.hold_requests import request_hold
from apps.orders.services.hold_timers import close_hold_task, see_to_hold, watch_holds
from apps.orders.services.holds import BulkHoldResult, bulk_hold, mark_notified, order_hold_create, order_hold_resume
from apps.orders.services.lines import LineData
from apps.orders.services.notes import add_note
from apps.orders.services.placing import OrderData, create_order, workflow_for

__all__ = [
    "BulkHoldResult",
    "LineData",
    "OrderData",
    "add_note",
    "assign_order",
    "bulk_hold",
    "close_hold_task",
    "create_order",
    "duplicate_order",
    "mark_notified",
    "order_hold_create",
    "order_hold_resume",
    "register_acts",
    "remove_order",
    "request_hold",
    "restore_order",
    "restore_owner",
    "see_to_hold",
    "set_money_statuses",
    "update_order",
    "watch_holds",
    "workflow_for",
]
