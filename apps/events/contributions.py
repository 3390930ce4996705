"""What the home page shows of the outbox and the clock."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.contributions import Tile, Viewer
from apps.core.scope import sees_the_whole_group
from apps.events import queries
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery, SendingHold


def parked_deliveries(viewer: Viewer) -> list[Tile]:
    """Deliveries that wait for a person, for those who may look at them."""
    if not (sees_the_whole_group(viewer.user) and viewer.user.has_perm("events.view_eventdelivery")):
        return []
    count = EventDelivery.objects.filter(state=DeliveryState.PARKED).count()
    url = f"{reverse('admin:events_eventdelivery_changelist')}?state__exact={DeliveryState.PARKED}"
    tone = "danger" if count else "success"
    return [Tile(title=_("Events that failed"), value=count, url=url, tone=tone, group=_("What failed"))]


def jobs_in_trouble(viewer: Viewer) -> list[Tile]:
    """Jobs that are late, failed, or off though the business cannot do without; shown only when there are any."""
    if not (sees_the_whole_group(viewer.user) and viewer.user.has_perm("django_celery_beat.view_periodictask")):
        return []
    count = sum(standing.needs_a_person for standing in queries.standings())
    if not count:
        return []
    url = reverse("admin:django_celery_beat_periodictask_changelist")
    return [Tile(title=_("Jobs in trouble"), value=count, url=url, tone="danger", group=_("What failed"))]


def held_sending(viewer: Viewer) -> list[Tile]:
    """That nothing leaves the building, for everybody who might wonder; only some may open it."""
    held = SendingHold.objects.filter(released_at=None).first()
    if held is None:
        return []
    may_open = sees_the_whole_group(viewer.user) and viewer.user.has_perm("events.view_sendinghold")
    url = reverse("admin:events_sendinghold_change", args=[held.pk]) if may_open else reverse("admin:index")
    return [
        Tile(title=_("Nothing is sent since the restore"), value="!", url=url, tone="danger", group=_("What failed"), order=0)
    ]
