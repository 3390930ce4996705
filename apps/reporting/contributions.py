"""What the home page adds of its own: figures of apps that stand too low to have any."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.contributions import Tile, Viewer, contributions
from apps.gateway.models import RawInbound


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.tiles.append(refused_today)


def refused_today(viewer: Viewer) -> list[Tile]:
    """Messages of partners that were refused today; they belong to no business entity, so only in the whole picture."""
    if viewer.business_entity is not None or not viewer.user.has_perm("gateway.view_rawinbound"):
        return []
    midnight, _next = clock.day_bounds(clock.today())
    refused = RawInbound.objects.filter(received_at__gte=midnight).count()
    query = urlencode({"received_at__gte": midnight.isoformat()})
    return [
        Tile(
            title=_("Messages of partners refused today"),
            value=refused,
            url=f"{reverse('admin:gateway_rawinbound_changelist')}?{query}",
            tone="warning" if refused else "success",
            group=_("What failed"),
            order=230,
        )
    ]
