"""A hold that is asked for by whoever may not place one."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.errors import Conflict, Forbidden
from apps.core.records import ref_to
from apps.orders.choices import ACTIVE_STATUSES
from apps.orders.models import Order
from apps.orders.services.editing import lock_order
from apps.workflow.choices import Level, TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.queries import supervisor
from apps.workflow.services import create_task


@transaction.atomic
def request_hold(*, order: Order, hold_reason_details: str, by: User) -> InternalTask:
    """Ask whoever has the order, else a team leader, to put it on hold; one such task an order.

    Raises:
        Forbidden: permission_denied.
        Conflict: not_holdable, hold_requested.
    """
    if not by.has_scope(Scope.TECHNICAL_INSTALLATIONS):
        raise Forbidden
    locked = lock_order(order)
    if locked.status not in ACTIVE_STATUSES[locked.workflow]:
        raise Conflict(_("This order cannot be put on hold now."), code="not_holdable")
    key = f"hold-request:{locked.pk}"
    if InternalTask.objects.unfinished().filter(dedupe_key=key).exists():
        raise Conflict(_("Somebody has asked for this already."), code="hold_requested")
    owner = locked.order_owner if locked.order_owner and locked.order_owner.is_active else None
    return create_task(
        title=_("Put on hold? %(order)s") % {"order": locked},
        description=hold_reason_details,
        task_type=TaskType.APPROVAL_REQUEST,
        priority=TaskPriority.HIGH,
        about=ref_to(locked),
        business_entity=locked.business_entity,
        assigned_to=owner or supervisor(Level.TEAM_LEADER, locked.business_entity_id),
        created_by=by,
        dedupe_key=key,
    )
