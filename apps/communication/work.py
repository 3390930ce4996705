"""Messages that wait for somebody: what could not be delivered to a customer or partner."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.communication.models import CommunicationMessage
from apps.core.chips import admin_url
from apps.core.contributions import Viewer, WorkItem


def messages_not_delivered(viewer: Viewer, limit: int) -> list[WorkItem]:
    """Messages that were given up, the oldest first."""
    if not viewer.user.has_perm("communication.view_communicationmessage"):
        return []
    # What was sent anew, or another way, is looked after.
    rows = CommunicationMessage.objects.handled_by(viewer.user).failed().filter(resends=None)
    if viewer.business_entity is not None:
        rows = rows.filter(thread__business_entity=viewer.business_entity)
    found = rows.select_related("thread").defer("html").order_by("created_at")[:limit]
    may_send = viewer.user.has_scope("support.communication")
    return [_item(message, may_send=may_send) for message in found]


def _item(message: CommunicationMessage, *, may_send: bool) -> WorkItem:
    again = reverse("admin:communication_communicationmessage_button", args=[message.pk, "resend-message"])
    return WorkItem(
        key=f"message:{message.pk}",
        kind="message",
        title=f"{message.recipient} · {message.summary}",
        reason=_("Was not delivered: %(error)s") % {"error": message.last_error or message.get_delivery_status_display()},
        url=admin_url(message),
        severity="warning",
        due_at=message.created_at,
        business_entity=message.thread.business_entity_id,
        action_label=_("Send again") if may_send else "",
        action_url=again if may_send else "",
    )
