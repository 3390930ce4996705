"""The home page: what is there, what is late and what failed, each figure a link to the rows it counts."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.contributions import Tile, Viewer, contributions
from apps.organizations.models import BusinessEntity


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the tiles of every app to the admin's first page; called by unfold."""
    entities = list(BusinessEntity.objects.visible_to(request.user).filter(is_active=True))
    chosen = next((entity for entity in entities if entity.entity_code == request.GET.get("entity")), None)
    viewer = Viewer(user=request.user, business_entity=chosen.pk if chosen else None)
    tiles = [tile for provider in contributions.tiles for tile in provider(viewer)]
    return {**context, "title": _("Home"), "entities": entities, "chosen": chosen, "groups": grouped(tiles)}


def grouped(tiles: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """Tiles by group, in their order; a group stands where its first tile stands."""
    ranked = sorted(tiles, key=lambda tile: (tile.order, str(tile.title)))
    places: dict[str, int] = {}
    for tile in ranked:
        places.setdefault(str(tile.group), len(places))
    ranked.sort(key=lambda tile: places[str(tile.group)])
    return [(title, list(found)) for title, found in groupby(ranked, key=lambda tile: str(tile.group))]
