"""Whatever stands in an address, before the question mark or behind it: an answer or a refusal that says why, never a failure."""

from collections.abc import Iterator
from itertools import count, product
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import models
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.access import crawl
from tests.architecture.doors import Door, doors
from tests.doors.bodies import ALL, addresses
from tests.doors.test_bad_bodies import BY_PARTNERS, faults
from tests.doors.world import PARTNER, SUPERUSER, World, kept_connection, undone

WORDS = [
    "", "x", "0", "-1", "2147483648", "99999999999999999999", "1e400", "NaN", "-Infinity", "null", "true", "[]", "{}", ",", ",,x,",
    "%00", "%ff", "%ed%a0%80", "%0d%0aX:y", "%1b", "%25", "%5f5F", "..%2f..%2f", "%27%20OR%201=1--", "%28%29%2a%3a%7c%26%21%5c",
    quote("\u202eabc"), quote("\u0661\u0662"), quote("\U0001f697" * 50), "x" * 900, "x" * 10_000, "a+b+c+d+e+f+g+h+i+j+k+l+m",
    "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "2026-W01-1", "9999-12-31T23:59:59-14:00",
    "00000000-0000-0000-0000-000000000000", "%7B12345678-1234-5678-1234-567812345678%7D", "1.-2.3", "-0", "__all__", "__class__",
    "cD0x", "eyJhIjoxfQ==",
]  # fmt: skip
# Of no parameter in particular.
ODD = [
    "=",
    "&&&",
    "%3D",
    "a=1&a=2&a=3",
    "&".join(f"p{each}=1" for each in range(59)),
    "x" * 3_900,
    "[]=1&[a]=2",
    "%00=1",
    "%ff=1",
]
# What an admin page reads of itself, and what only somebody who types it sends.
OF_PAGES = [
    "p", "o", "e", "q", "all", "after", "view", "id", "id__in", "id__isnull", "pk__lt", "password__startswith", "nothing__here", "_popup",
    "_to_field", "_changelist_filters", "_facets", "s", "extended", "term", "app_label", "model_name", "field_name", "next",
]  # fmt: skip
# A day where a moment belongs is taken for its midnight, with a warning that is no failure.
pytestmark = pytest.mark.filterwarnings("ignore:DateTimeField:RuntimeWarning")
CLEAR = {200, 302, 400, 403, 404, 405, 414, 431}
OF_THE_GUARD = {"nul_character", "invalid_encoding", "control_character", "parameter_too_long", "search_too_long", "uri_too_long"}

DESCRIPTION = SchemaGenerator().get_schema(request=None, public=True)
ASKED = sorted((path, operations["get"]) for path, operations in DESCRIPTION["paths"].items() if "get" in operations)
DOORS = doors()
PAGES = sorted(admin.site._registry.items(), key=lambda page: page[0]._meta.label)
WORDS_OF_A_PARAMETER = 6


def in_turn(names: list[str], each: int, *, start: int = 0) -> Iterator[tuple[str, str]]:
    """So many words for every name, and in turn all of them."""
    if ALL:
        yield from product(names, WORDS)
        return
    places = count(start * 7)
    for name, _nth in product(names, range(each)):
        yield name, WORDS[next(places) % len(WORDS)]


def asked(client: Client, address: str) -> Any:
    path, _mark, query = address.partition("?")
    with undone(), kept_connection():
        return client.get(path, QUERY_STRING=query)


# The API


@pytest.mark.parametrize(("path", "operation"), ASKED, ids=[path for path, _operation in ASKED])
def test_a_bad_query_of_the_api_is_refused_by_its_parameter(world: World, path: str, operation: Any) -> None:
    client = Client(raise_request_exception=False, headers=world.callers[PARTNER if path.startswith(BY_PARTNERS) else SUPERUSER])
    address = next(way for way in addresses(path, world.known) if asked(client, way).status_code == 200)
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    wrong = {}
    for name, word in in_turn([*names, "x", "page", "ordering", "format"], WORDS_OF_A_PARAMETER):
        answer = asked(client, f"{address}?{name}={word}")
        by_guard = answer.status_code >= 400 and answer.json().get("code") in OF_THE_GUARD
        wrong[f"{name}={word}"] = faults(answer, None if by_guard else f"/{name}")
        if name not in names and answer.status_code < 400:
            wrong[f"{name}={word}"] = ["a parameter that is none is passed over"]
    for query in ODD:
        wrong[query] = faults(asked(client, f"{address}?{query}"), None)

    assert {query: found for query, found in wrong.items() if found} == {}


@pytest.mark.parametrize("path", [path for path, _operation in ASKED if "{" in path])
def test_a_bad_name_of_a_record_of_the_api_is_not_there(world: World, path: str) -> None:
    client = Client(raise_request_exception=False, headers=world.callers[SUPERUSER])
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    wrong = {}
    for name, word in product(names, WORDS):
        address = next(addresses(path, world.known | {name: [word or "%20"]}))
        answer = asked(client, address)
        wrong[address] = faults(answer, None) if answer.status_code >= 400 else ["it is there"]

    assert {address: found for address, found in wrong.items() if found} == {}


# The back office


@pytest.fixture(scope="module")
def boss(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)
    return client


def unclear(client: Client, queries: list[str]) -> dict[str, Any]:
    """Of so many addresses those that are not answered clearly."""
    found = {}
    for address in queries:
        answer = asked(client, address)
        if answer.status_code not in CLEAR:
            found[address] = answer.status_code, getattr(answer, "exc_info", None)
    return found


@pytest.mark.parametrize(("model", "page"), PAGES, ids=[model._meta.label for model, _page in PAGES])
def test_a_bad_query_of_a_list_is_answered(boss: Client, model: type[models.Model], page: ModelAdmin) -> None:
    """Of each of its own filters, of what every list reads, and of what none does."""
    address = crawl.list_of(model)
    shown = asked(boss, address)
    specs = shown.context_data["cl"].filter_specs if shown.status_code == 200 else []
    filters = [name for spec in specs for name in spec.expected_parameters()]
    start = PAGES.index((model, page))
    queries = [f"{name}={word}" for name, word in [*in_turn(filters, 1, start=start), *in_turn(OF_PAGES, 1, start=start)]]

    assert unclear(boss, [f"{address}?{query}" for query in [*queries, ODD[start % len(ODD)]]]) == {}


@pytest.mark.parametrize(("model", "page"), PAGES, ids=[model._meta.label for model, _page in PAGES])
def test_bad_names_and_queries_of_its_other_pages_are_answered(boss: Client, model: type[models.Model], page: ModelAdmin) -> None:
    start = PAGES.index((model, page))
    record = model._default_manager.order_by().first()
    ways = []
    for number, door in enumerate(door for door in DOORS if door.admin is page and f"/{door.route}" != crawl.list_of(model)):
        query = "&".join(f"{name}={word}" for name, word in in_turn(OF_PAGES, 1, start=start + number) if len(word) < 100)
        ways += [f"{way}?{query}" for way in _ways(door, [WORDS[(start * 5 + number) % len(WORDS)] or "%20"])]
        if record is not None and door.route.endswith(("/change/", "/history/")):
            ways += [f"{way}?{query}" for way in _ways(door, [record.pk])]

    assert unclear(boss, ways) == {}


def test_bad_names_and_queries_of_all_other_pages_are_answered(boss: Client) -> None:
    """The search, the palette, look-ups, letters, files, the pages of one's own security."""
    others = [
        door for door in DOORS if door.api_view is None and not isinstance(door.admin, ModelAdmin) and "logout" not in door.route
    ]
    ways = []
    for number, door in enumerate(others):
        named = [OF_PAGES[(number * 3 + each) % len(OF_PAGES)] for each in range(4)]
        asked_with = in_turn(OF_PAGES if ALL else ["q", "s", *named], 1, start=number)
        ways += [f"{way}?{name}={word}" for name, word in asked_with for way in _ways(door, [word or "%20"])]

    assert unclear(boss, ways) == {}


def test_a_bad_query_of_a_look_up_is_answered(boss: Client) -> None:
    ways = crawl.autocompletes()
    terms = [f"{way}&{name}={word}" for way, (name, word) in zip(ways, in_turn(["term", "page", "x"], len(ways)), strict=False)]

    assert len(ways) > 10
    assert unclear(boss, terms) == {}


def _ways(door: Door, values: list[Any]) -> list[str]:
    return crawl.filled(door, dict.fromkeys(door.names, values))
