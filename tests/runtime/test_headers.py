"""The headers that stand on every answer, by whatever route, and the places with an exception."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.plugin import DjangoDbBlocker

from tests.factories.accounts import UserFactory
from tests.fixtures import a_database_of_its_own

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
BACK_OFFICE = STRICT | {
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "frame-src": "'self'",
}
DOCS = STRICT | {"style-src": "'self' 'unsafe-inline'"}
EXPECTED = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Letters are read in a sealed frame on a page of ours.
FRAMED = re.compile(r"/admin/(letters/.*|mailbox/x/html)")
# What stands in an address, by the name of its place; else a key that nobody has.
FILLED = {"int": "1", "slug": "x", "path": "x", "str": "x", "uuid": str(uuid.UUID(int=1))}


def routes() -> list[str]:
    return sorted(set(_routes(get_resolver().url_patterns, "/")))


def _routes(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for each in patterns:
        here = before + _filled(str(each.pattern))
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, here)
        else:
            yield here


def _filled(route: str) -> str:
    if route.startswith("^") or route.endswith("$"):  # a regular expression: the list of an app, or what is nowhere
        return "orders/" if "app_label" in route else "nowhere"
    return re.sub(r"<(?:(\w+):)?\w+>", lambda place: FILLED.get(place[1] or "str", "x"), route)


def policy(answer: object) -> dict[str, str]:
    pairs = (part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: sources(value) for name, value in pairs}


def sources(value: str) -> str:
    return " ".join(sorted(value.split(), reverse=True))


def expected_policy(path: str) -> dict[str, str]:
    wider = BACK_OFFICE if path.startswith("/admin/") else DOCS if path.startswith("/api/v1/docs") else STRICT
    return {name: sources(value) for name, value in wider.items()}


def allowed(path: str, name: str) -> set[str]:
    return {EXPECTED[name], *({"SAMEORIGIN"} if name == "X-Frame-Options" and FRAMED.fullmatch(path) else ())}


@dataclass(frozen=True)
class Answers:
    """What every route answers to one kind of visitor, asked once, to a GET and to a POST; and what the way out answers."""

    way_out: HttpResponse
    by_path: dict[str, tuple[HttpResponse, HttpResponse]]


@pytest.fixture(scope="module", params=["a stranger", "an administrator"])
def answers(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Answers]:
    with a_database_of_its_own(django_db_blocker):
        way_out = Client().post("/admin/logout/")  # first: so many calls as follow have one refused
        client = Client(raise_request_exception=False)
        if request.param == "an administrator":
            client.force_login(UserFactory(superuser=True), backend="apps.accounts.backends.LoginBackend")
        paths = ["/nothing/here", *routes()]
        asked = {path: client.get(path) for path in paths}  # before the POSTs, as one of them is the way out
        posted = {path: client.post(path, {}, content_type="application/json") for path in paths}
        yield Answers(way_out, {path: (asked[path], posted[path]) for path in paths})


def test_every_route_carries_them(answers: Answers) -> None:
    """GET and POST, found or refused: the same headers, and no route without."""
    wrong = []
    for path, both in answers.by_path.items():
        for answer in both:
            found = {name: answer.headers.get(name) for name in EXPECTED}
            missing = {name: value for name, value in found.items() if value not in allowed(path, name)}
            if missing or "no-store" not in answer.headers.get("Cache-Control", "") or "X-Request-ID" not in answer.headers:
                wrong.append((path, answer.request["REQUEST_METHOD"], missing, answer.headers.get("Cache-Control")))

    assert wrong == []


def test_every_route_has_its_policy_and_no_wider_one(answers: Answers) -> None:
    found = {path: policy(asked) for path, (asked, _posted) in answers.by_path.items()}

    assert {path: value for path, value in found.items() if value != expected_policy(path)} == {}


def test_there_are_routes_of_every_kind() -> None:
    """The net itself: were the routes read wrongly, the tests above would pass on nothing."""
    kinds = ("/admin/login/", "/admin/orders/order/", "/api/v1/orders", "/health/live", "/metrics", "/api/v1/docs")

    assert [kind for kind in kinds if kind not in routes()] == []
    assert len(routes()) > 200


def test_only_the_way_out_clears_what_the_browser_holds(answers: Answers) -> None:
    kept = [path for path, (asked, _posted) in answers.by_path.items() if "Clear-Site-Data" in asked.headers]

    assert kept == []
    assert answers.way_out.headers["Clear-Site-Data"] == '"cache", "storage"'
