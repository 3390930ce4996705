"""The home page: what to do next, then what is there, what is late and what failed, each figure a link to the rows it counts."""

import re
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.services import put_off
from apps.core.contributions import Tile, Viewer, contributions
from apps.core.once import one_page
from apps.core.prepared import prepared_reads
from apps.reporting.contributions import tile_asks
from apps.reporting.figures import Scope
from apps.reporting.figures.scopes import entities_of
from apps.reporting.graphs import SPANS, graphs, span_of
from apps.reporting.work import my_work, tomorrow_morning

WORK_KEY = re.compile(r"[a-z_]{1,40}:[0-9A-Za-z-]{1,64}")


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the work and the tiles of every app to the admin's first page; called by unfold."""
    is_hidden = "hidden" in request.GET
    span = span_of(request.GET.get("period", ""))
    with one_page(), prepared_reads():
        entities = sorted((each for each in entities_of(request.user) if each.is_active), key=attrgetter("entity_name"))
        chosen = next((entity for entity in entities if entity.entity_code == request.GET.get("entity")), None)
        viewer = Viewer(user=request.user, business_entity=chosen.pk if chosen else None)
        rows, hidden = my_work(viewer, {entity.pk: entity for entity in entities}, is_hidden=is_hidden)
        shown = graphs(Scope.of(request.user, chosen), span, also=tile_asks())
        tiles = [tile for provider in contributions.tiles for tile in provider(viewer)]
    return {
        **context,
        "title": _("Home"),
        "entities": entities,
        "chosen": chosen,
        "work": rows,
        "hidden": hidden,
        "is_hidden": is_hidden,
        "put_off_now": _key(request.GET.get("put_off", "")),
        "here": _without(request.GET, "put_off"),
        "spans": [(each, f"?{_with(request.GET, period=each.value)}", each == span) for each in SPANS],
        "period_query": f"period={span.value}" if "period" in request.GET else "",
        "graphs": shown,
        "groups": grouped(tiles),
    }


@require_POST
def put_work_off(request: HttpRequest) -> HttpResponse:
    """Out of sight until tomorrow morning; the page then offers to take it back."""
    key = _needed_key(request)
    put_off.put_off(key=key, until=tomorrow_morning(), by=request.user)
    return _home(request, put_off=key)


@require_POST
def bring_work_back(request: HttpRequest) -> HttpResponse:
    put_off.bring_back(key=_needed_key(request), by=request.user)
    return _home(request)


def _key(given: str) -> str:
    return given if WORK_KEY.fullmatch(given) else ""


def _needed_key(request: HttpRequest) -> str:
    key = _key(request.POST.get("key", ""))
    if not key:
        raise BadRequest
    return key


def _home(request: HttpRequest, **more: str) -> HttpResponseRedirect:
    """Back to the page as it was filtered."""
    query = QueryDict(request.POST.get("here", "")[:500], mutable=True)
    query.update(more)
    return HttpResponseRedirect(f"{reverse('admin:index')}?{query.urlencode()}")


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    return rest.urlencode()


def _with(query: QueryDict, **changed: str) -> str:
    """The address's query with something changed, and without what was only said once."""
    rest = query.copy()
    rest.pop("put_off", None)
    for name, value in changed.items():
        rest[name] = value
    return rest.urlencode()


def grouped(tiles: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """Tiles by group, in their order; a group stands where its first tile stands."""
    ranked = sorted(tiles, key=lambda tile: (tile.order, str(tile.title)))
    places: dict[str, int] = {}
    for tile in ranked:
        places.setdefault(str(tile.group), len(places))
    ranked.sort(key=lambda tile: places[str(tile.group)])
    return [(title, list(found)) for title, found in groupby(ranked, key=lambda tile: str(tile.group))]
