"""What others asked for and waits for a second person."""

from django.utils.translation import gettext as _

from apps.core.chips import admin_url
from apps.core.contributions import Viewer, WorkItem
from apps.organizations.models import ApprovalRequest
from apps.organizations.services import APPROVES


def approvals_waiting(viewer: Viewer, limit: int) -> list[WorkItem]:
    """What this person may approve, the longest waiting first."""
    if not viewer.user.has_scope(APPROVES):
        return []
    waiting = ApprovalRequest.objects.handled_by(viewer.user).waiting().exclude(requested_by=viewer.user)
    if viewer.business_entity is not None:
        waiting = waiting.filter(business_entity=viewer.business_entity)
    return [_item(request) for request in waiting.select_related("requested_by").order_by("requested_at")[:limit]]


def _item(request: ApprovalRequest) -> WorkItem:
    return WorkItem(
        key=f"approval:{request.pk}",
        kind="approval",
        title=request.label,
        reason=_("%(person)s asks you to approve: %(what)s.")
        % {"person": request.requested_by, "what": request.get_kind_display().lower()},
        url=admin_url(request),
        severity="warning",
        due_at=request.requested_at,
        money_at_risk=request.amount,
        business_entity=request.business_entity_id,
        is_mine=True,
    )
