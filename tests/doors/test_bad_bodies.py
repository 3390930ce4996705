"""Whatever stands in a body, whole or in part: no failure of ours, a refusal that says where, and nothing written by it."""

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from apps.audit.models import AuditLog
from apps.core.api.parsers import UploadParser
from tests.architecture.doors import doors
from tests.core.hostile import hostile_bodies
from tests.doors.bodies import ABSENT, WRITES, Body, addresses, bad_values_of, changed, described_bodies, places
from tests.doors.world import PARTNER, SUPERUSER, World, kept_connection, undone

JSON = "application/json"
BY_PARTNERS = "/api/v1/partners/"
OF_THE_DATABASE = {"value_out_of_range", "conflict", "unavailable", "internal_error"}
SAID_BY_ALL = {"type", "title", "status", "code", "detail", "request_id"}
VALUES_OF_A_PLACE = 4

BODIES = described_bodies(SchemaGenerator().get_schema(request=None, public=True))
EACH = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)


def _route(path: str) -> str:
    """A path without the names of its places, as the URLconf or as the description writes it."""
    return "/".join("{}" if part[:1] in ("<", "{") else part for part in path.split("/"))


TAKING: dict[tuple[str, str], Any] = {
    (_route(f"/{door.route}"), method): door.api_view
    for door in doors()
    for method in WRITES
    if door.route.startswith("api/")  # what a provider calls takes the provider's own form
    and hasattr(door.api_view, method)
    and UploadParser not in door.api_view.parser_classes  # a form with a file is no JSON
}


class Door:
    """One operation, open to a caller who may use it; each call is undone, and what is wrong with an answer is noted."""

    def __init__(self, world: World, body: Body) -> None:
        caller = PARTNER if body.path.startswith(BY_PARTNERS) else SUPERUSER
        self.client = Client(raise_request_exception=False, headers=world.callers[caller])
        self.method = body.method.upper()
        self.address = ""
        self.good = body.example(world.known)
        # A refused login is counted, which is written down.
        self.leaves_traces = not TAKING[_route(body.path), body.method].transactional
        self.wrong: list[str] = []

    def open(self, ways: list[str]) -> "Door":
        """Stand at the first address where the good body is welcome."""
        answers = {}
        for self.address in ways:
            answer = self.send("", json.dumps(self.good).encode())
            if answer.status_code < 400:
                return self
            answers[self.address] = answer.content
        raise AssertionError(f"the example of the body is welcome nowhere: {answers}")

    def send(self, name: str, raw: bytes, *, content_type: str = JSON, place: str | None = None, **environ: Any) -> Any:
        before = AuditLog.objects.count()
        with undone(), kept_connection():
            answer = self.client.generic(self.method, self.address, raw, content_type=content_type, **environ)
            self.wrong += [f"{name}: {fault}" for fault in faults(answer, place)]
            if answer.status_code >= 400 and AuditLog.objects.count() != before and not self.leaves_traces:
                self.wrong.append(f"{name}: {answer.status_code}, and yet something was written")
        return answer


def faults(answer: Any, place: str | None) -> list[str]:
    """What is wrong with a refusal; nothing is, with an answer that is none."""
    if answer.status_code < 400:
        return []
    found = [] if answer.status_code < 500 else [f"a failure of ours: {answer.exc_info}"]
    if answer.headers["Content-Type"] != "application/problem+json":
        return [*found, f"{answer.status_code} is no problem document"]
    problem = answer.json()
    errors = problem.get("errors", [])
    if problem["status"] != answer.status_code or not set(problem) >= SAID_BY_ALL or problem["code"] in OF_THE_DATABASE:
        found.append(f"not as the house says it: {problem}")
    if any(set(error) != {"pointer", "code", "detail"} or not error["detail"] for error in errors):
        found.append(f"a field is not told as the house does: {errors}")
    if place is not None and answer.status_code == 400 and not any(_is_about(error["pointer"], place) for error in errors):
        found.append(f"does not say that {place} is at fault: {problem}")
    return found


def _is_about(pointer: str, place: str) -> bool:
    """Whether an error's pointer is a place, or lies within it, or around it."""
    return pointer != "" and (f"{pointer}/".startswith(f"{place}/") or f"{place}/".startswith(f"{pointer}/"))


@pytest.fixture
def door(world: World) -> Callable[[Body], Door]:
    return lambda body: Door(world, body).open(list(addresses(body.path, world.known)))


def test_every_door_that_takes_a_body_is_described() -> None:
    """So that what follows goes over it."""
    assert {(_route(body.path), body.method) for body in BODIES} == set(TAKING)


@EACH
def test_a_body_that_is_no_json_is_refused_as_what_it_is(door, body: Body) -> None:
    at = door(body)

    for hostile in hostile_bodies():
        if hostile.raw:  # nothing at all is a body without members
            answer = at.send(hostile.name, hostile.raw)
            said = (answer.status_code, answer.json().get("code"))
            at.wrong += [] if said == (hostile.status, hostile.code) else [f"{hostile.name}: {said}"]

    assert at.wrong == []


@EACH
def test_a_body_of_another_kind_is_refused_as_what_it_is(door, body: Body) -> None:
    at = door(body)
    good = json.dumps(at.good).encode()
    refused = {
        **({"nothing": at.send("nothing", b"")} if body.is_needed else {}),
        **{f"the value {raw!r}": at.send(str(raw), raw) for raw in (b"null", b"true", b"0", b'"x"', b"[]", b"[{}]")},
        "a truncated body": at.send("truncated", good[:-1]),
        "less than it says": at.send("less", good, **{"wsgi.input": io.BytesIO(good[:-1])}),
        "more than it says": at.send("more", good, CONTENT_LENGTH=str(len(good) - 1)),
        "gzip": at.send("gzip", gzip.compress(good), HTTP_CONTENT_ENCODING="gzip"),
        "chunks": at.send("chunks", good, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"),
        **{kind: at.send(kind, good, content_type=kind) for kind in OTHER_KINDS},
    }

    assert at.wrong == []
    assert {name: answer.status_code for name, answer in refused.items() if answer.status_code not in (400, 411, 415)} == {}
    assert {refused[kind].status_code for kind in OTHER_KINDS} == {415}
    assert refused["chunks"].status_code == 411
    assert at.send("a mark of order", b"\xef\xbb\xbf" + good).status_code < 400


OTHER_KINDS = [
    "", "text/plain", "text/html", "application/xml", "application/octet-stream", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=utf-16", "application/json; charset=bogus",
    "application/json; charset=", "application/vnd.api+json", "json", "*/*", "application/json, text/plain",
]  # fmt: skip


@EACH
def test_a_wrong_value_at_any_place_is_refused_by_its_place(door, body: Body) -> None:
    at = door(body)

    for number, place in enumerate(places(at.good)):
        for bad in bad_values_of(number, VALUES_OF_A_PLACE):
            wrong = changed(at.good, place, bad.value)
            at.send(f"{bad.name} at {place}", json.dumps(wrong).encode(), place=place)
        at.send(f"nothing at {place}", json.dumps(changed(at.good, place, ABSENT)).encode(), place=place)
    unknown = at.send("an unknown member", json.dumps(at.good | {"__class__": 1}).encode(), place="/__class__")

    assert at.wrong == []
    assert unknown.status_code == 400
