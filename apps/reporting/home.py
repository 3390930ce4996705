"""The home page: what is there, what is late and what failed, each figure a link to the rows it counts."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.contributions import Tile, contributions


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the tiles of every app to the admin's first page; called by unfold."""
    tiles = [tile for provider in contributions.tiles for tile in provider(request)]
    return {**context, "title": _("Home"), "groups": grouped(tiles)}


def grouped(tiles: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """Tiles by group; a group stands where its first tile asks to stand."""
    ranked = sorted(tiles, key=lambda tile: (tile.order, str(tile.title)))
    positions = {str(tile.group): index for index, tile in reversed(list(enumerate(ranked)))}
    ranked.sort(key=lambda tile: positions[str(tile.group)])
    return [(title, list(found)) for title, found in groupby(ranked, key=lambda tile: str(tile.group))]
