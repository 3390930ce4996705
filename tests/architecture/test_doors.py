"""Every route and every page of the admin says in its own code who may come in; one that is new and silent fails here."""

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite, ModelAdmin

from apps.core.admin import BaseAdmin, RowsInline, WholeGroupPage
from apps.core.api.views import ApiView
from apps.core.scope import is_scoped
from tests.architecture.doors import Door, doors

# What is not ours, so that its code cannot say it. The admin site's own pages ask for a login and list only models' pages.
OF_OTHERS = {
    "": "a redirect to the back office",
    "i18n/setlang/": "everybody: keeps a language in the caller's own session",
}
OF_THE_SITE = {
    "admin/": "staff; the home page's tiles are each within its reader's scope",
    "admin/login/": "everybody: the way in",
    "admin/logout/": "everybody: the way out",
    "admin/password_change/": "staff, for themselves",
    "admin/password_change/done/": "staff",
    "admin/autocomplete/": "staff who may open the list that it searches, within that list",
    "admin/jsi18n/": "everybody: words of the admin",
    "admin/r/<path:content_type_id>/<path:object_id>/": "staff; no model of ours has an address elsewhere",
    "admin/search/": "staff; each kind is searched within its reader's scope",
    "admin/^(?P<app_label>": "staff; the names of models whose pages they may open",
    "admin/(?P<url>.*)$": "staff: nothing is there",
}
DOORS = doors()
PAGES = sorted(admin.site._registry.items(), key=lambda page: page[0]._meta.label)


def is_declared(door: Door) -> bool:
    if door.api_view is not None:
        return declares_a_right(door.api_view)
    if isinstance(door.admin, ModelAdmin):
        return True  # see the pages below
    if isinstance(door.admin, AdminSite) and not door.open_to:
        return any(door.route == known or (known.endswith(">") and door.route.startswith(known)) for known in OF_THE_SITE)
    return bool(door.open_to) or door.route in OF_OTHERS


def declares_a_right(view: type) -> bool:
    """Its `scope` or `public` is set by the class itself, or by a base of its own module."""
    if not issubclass(view, ApiView):
        return False
    own = [base for base in view.__mro__ if base.__module__ == view.__module__]
    return any(name in vars(base) for base in own for name in ("scope", "public"))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.route)
def test_every_route_says_whom_it_is_for(door: Door) -> None:
    assert is_declared(door), f"{door.route} says nowhere who may come in"


@pytest.mark.parametrize(("model", "page"), PAGES, ids=[model._meta.label for model, _page in PAGES])
def test_every_page_says_whose_rows_it_shows(model: type, page: ModelAdmin) -> None:
    assert isinstance(page, BaseAdmin)
    assert [is_scoped(model), isinstance(page, WholeGroupPage), bool(page.shared_because)].count(True) >= 1
    assert not (page.shared_because and (is_scoped(model) or isinstance(page, WholeGroupPage))), "one of them is not true"


@pytest.mark.parametrize(("model", "page"), PAGES, ids=[model._meta.label for model, _page in PAGES])
def test_rows_on_another_records_page_are_parts_of_it(model: type, page: ModelAdmin) -> None:
    """A key that may be empty would let rows stand there that are nobody's part."""
    for inline in page.inlines:
        parts = [field for field in inline.model._meta.fields if field.related_model is model]
        assert issubclass(inline, RowsInline) or not any(field.null for field in parts)


def test_there_are_doors_of_every_kind() -> None:
    """The net itself: were the routes read wrongly, the tests above would pass on nothing."""
    kinds = {"api": 0, "page": 0, "site": 0, "own": 0}
    for door in DOORS:
        kinds["api"] += door.api_view is not None
        kinds["page"] += isinstance(door.admin, ModelAdmin)
        kinds["site"] += isinstance(door.admin, AdminSite)
        kinds["own"] += bool(door.open_to)

    assert min(kinds.values()) > 5


class Silent(ApiView):
    pass


class Spoken(ApiView):
    scope = "sales.orders"


class Heir(Spoken):
    pass


def test_a_view_that_says_nothing_is_caught() -> None:
    assert [declares_a_right(view) for view in (Silent, Spoken, Heir)] == [False, True, True]
