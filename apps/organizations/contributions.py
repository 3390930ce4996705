"""What organizations add to the home page: number sequences that are nearly full, and what waits for a second person."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.contributions import Tile, Viewer, contributions
from apps.organizations.models import ApprovalRequest, NumberSequence
from apps.organizations.models.number_sequence import CRITICAL_FROM, WARNING_FROM
from apps.organizations.services import APPROVES
from apps.organizations.work import approvals_waiting


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.tiles += [nearly_full_tiles, approval_tiles]
    contributions.work.append(approvals_waiting)


def nearly_full_tiles(viewer: Viewer) -> list[Tile]:
    """How many series will soon need a sixth digit; nothing while all is well."""
    if not viewer.user.has_perm("organizations.view_numbersequence"):
        return []
    full = NumberSequence.objects.visible_to(viewer.user).filter(current_value__gte=WARNING_FROM)
    if viewer.business_entity is not None:
        full = full.filter(business_entity=viewer.business_entity)
    values = list(full.values_list("current_value", flat=True))
    if not values:
        return []
    return [
        Tile(
            title=_("Number sequences nearly full"),
            value=len(values),
            url=f"{reverse('admin:organizations_numbersequence_changelist')}?o=-5",
            tone="danger" if max(values) >= CRITICAL_FROM else "warning",
        )
    ]


def approval_tiles(viewer: Viewer) -> list[Tile]:
    """What others asked for and this person may approve; nothing while there is none."""
    if not viewer.user.has_scope(APPROVES):
        return []
    waiting = ApprovalRequest.objects.handled_by(viewer.user).waiting().exclude(requested_by=viewer.user)
    query = "?state__exact=waiting"
    if viewer.business_entity is not None:
        waiting = waiting.filter(business_entity=viewer.business_entity)
        query += f"&business_entity__id__exact={viewer.business_entity}"
    count = waiting.count()
    changelist = reverse("admin:organizations_approvalrequest_changelist")
    if not count:
        return []
    return [
        Tile(title=_("To approve"), value=count, url=f"{changelist}{query}", tone="warning", group=_("Work"), order=3),
    ]
