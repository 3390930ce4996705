"""What the home page adds of its own: figures, which are totals, and those of apps that stand too low to have any."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.contributions import Tile, Viewer, contributions
from apps.gateway.models import RawInbound
from apps.orders.choices import FINAL_STATUSES, STATUSES, OrderStatus, OrderWorkflow
from apps.orders.models import Order
from apps.reporting.figures import FIGURES, Period, Scope
from apps.reporting.figures.reading import THE_PRESENT, Ask, read
from apps.workflow.queries import policy_book

ORDERS_NOW = Ask("orders", THE_PRESENT, THE_PRESENT)


def tile_asks() -> list[Ask]:
    """What the tiles ask of the totals."""
    today = clock.today()
    return [ORDERS_NOW, *FIGURES["sla_overdue"].asks(Period.day(today), today)]


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.tiles += [orders_per_status, over_their_deadline, refused_today]


def orders_per_status(viewer: Viewer) -> list[Tile]:
    """How many orders stand in each status that is not the end; test orders are not counted."""
    if not viewer.user.has_perm("orders.view_order"):
        return []
    counted: dict[str, int] = {}
    for part in read([ORDERS_NOW], Scope.of(viewer.user, viewer.business_entity).entities)[ORDERS_NOW]:
        counted[part.key] = counted.get(part.key, 0) + part.count
    return [tile for place, workflow in enumerate(OrderWorkflow) for tile in _tiles_of(workflow, counted, viewer, place)]


def _tiles_of(workflow: OrderWorkflow, counted: Mapping[str, int], viewer: Viewer, place: int) -> list[Tile]:
    book = policy_book(Order.entity_type, workflow)
    entity = f"&business_entity__id__exact={viewer.business_entity}" if viewer.business_entity else ""
    changelist = reverse("admin:orders_order_changelist")
    tiles = []
    for step, status in enumerate(STATUSES[workflow]):
        number = counted.get(f"{workflow}/{status}", 0)
        if status in FINAL_STATUSES or not number:
            continue
        policy = book.find(status, viewer.business_entity)
        tiles.append(
            Tile(
                title=policy.label if policy else status.label,
                value=number,
                url=f"{changelist}?status__exact={status}&workflow__exact={workflow}&is_test__exact=0{entity}",
                tone="warning" if status == OrderStatus.ON_HOLD else "info",
                group=_("Orders: %(workflow)s") % {"workflow": workflow.label.lower()},
                order=10 + 30 * place + step,
            )
        )
    return tiles


def over_their_deadline(viewer: Viewer) -> list[Tile]:
    """How much is over its deadline now."""
    figure = FIGURES["sla_overdue"]
    if not figure.is_for(viewer.user):
        return []
    scope, today = Scope.of(viewer.user, viewer.business_entity), Period.day(clock.today())
    late = figure.value(scope, today) or 0
    return [
        Tile(
            title=_("Over their deadline"),
            value=int(late),
            url=figure.rows_url(scope, today),
            tone="danger" if late else "success",
            group=_("Work"),
            order=2,
        )
    ]


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
