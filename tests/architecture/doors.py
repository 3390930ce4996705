"""Every door of the house: the routes of the URLconf, and whose each is."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView


@dataclass(frozen=True)
class Door:
    """One route: its address as a pattern, the names of what stands in it, and what answers."""

    route: str
    names: tuple[str, ...]
    view: Any

    @property
    def api_view(self) -> type[APIView] | None:
        found = getattr(self.view, "cls", None)
        return found if isinstance(found, type) and issubclass(found, APIView) else None

    @property
    def admin(self) -> ModelAdmin | AdminSite | None:
        """Whose method answers: a model's pages, or the site itself."""
        view = self.view
        while view is not None:
            owner = getattr(view, "model_admin", None) or getattr(view, "admin_site", None) or getattr(view, "__self__", None)
            if isinstance(owner, ModelAdmin | AdminSite):
                return owner
            view = view.func if isinstance(view, partial) else getattr(view, "__wrapped__", None)
        return None

    @property
    def open_to(self) -> str:
        return str(getattr(self.view, "open_to", ""))


def doors() -> list[Door]:
    return list(_doors(get_resolver().url_patterns, "", ()))


def _doors(patterns: list[URLPattern | URLResolver], before: str, names: tuple[str, ...]) -> Iterator[Door]:
    for each in patterns:
        route = before + str(each.pattern)
        named = (*names, *_names(each))
        if isinstance(each, URLResolver):
            yield from _doors(each.url_patterns, route, named)
        else:
            yield Door(route=route, names=named, view=each.callback)


def _names(each: URLPattern | URLResolver) -> tuple[str, ...]:
    return tuple(getattr(each.pattern, "converters", None) or each.pattern.regex.groupindex)
