from django.utils.translation import gettext_lazy as _

from apps.events.services import subscribe
from apps.orders.models import Order
from apps.partners import services
from apps.workflow.events import StatusChanged


@subscribe(StatusChanged, does=_("Tell the partner of a status"))
def partner_status_sync(event: StatusChanged) -> None:
    """The partner whose order it is hears of its new status."""
    if event.entity_type == Order.entity_type:
        services.queue_statuses(order_id=event.entity_id)
