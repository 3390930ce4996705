"""Bodies made from the API's own description: one that is right for each door, and that one with anything wrong in it.

A new door that takes JSON is covered as soon as it is described; nobody has to list it here.
"""

import json
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from apps.core import clock

# Every value at every place, now and then: BAD_VALUES=all pytest tests/doors
ALL = os.environ.get("BAD_VALUES") == "all"
WRITES = ("post", "put", "patch", "delete")
ABSENT = object()
TEXT = "Laadpaal"
BY_FORMAT = {"uuid": "0199e0a4-0000-7000-8000-000000000000", "email": "sanne@example.nl"}

# What a door cannot be told together, or not without knowing what is there: members of its body by pointer.
SAYS: dict[tuple[str, str], dict[str, Any]] = {
    ("/api/v1/orders", "post"): {"/customer/id": ABSENT},
    ("/api/v1/partners/{partner_id}/orders", "post"): {"/partner_order_id": "ZON-HOSTILE", "/total_amount": ABSENT},
    ("/api/v1/orders/{identifier}", "patch"): {"/line_items/0/id": ABSENT},
    ("/api/v1/tickets", "post"): {"/customer/id": ABSENT, "/contact": ABSENT, "/order": ABSENT, "/ticket_type": "sales"},
    ("/api/v1/tickets/{ticket_id}/status", "post"): {"/status": "open"},
}


@dataclass(frozen=True)
class BadValue:
    """Something that may stand at any place of a body, and that the strict parser lets in."""

    name: str
    value: Any


def bad_values() -> list[BadValue]:
    rows = json.loads(Path(__file__).with_name("bad_values.json").read_text())
    return [BadValue(row["name"], _value_of(row)) for row in rows]


def bad_values_of(number: int, count: int) -> list[BadValue]:
    """What the place of this number is tried with: so many values, and in turn all of them."""
    values = bad_values()
    return values if ALL else [values[(number * count + each) % len(values)] for each in range(count)]


def _value_of(row: Mapping[str, Any]) -> Any:
    text, times = row.get("repeat", ("", 0))
    return text * times if times else row["value"]


@dataclass(frozen=True)
class Body:
    """The JSON body of one operation, as described."""

    path: str
    method: str
    schema: Mapping[str, Any]
    components: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_needed(self) -> bool:
        """Whether some member must be there; a body without members is what a door may get without one."""
        return bool(self._resolved(self.schema).get("required"))

    def example(self, known: Mapping[str, list[Any]]) -> dict[str, Any]:
        """A body with every member that is described, and what is there in it where the names say so."""
        body = self._example(self.schema, "", "", known)
        for pointer, value in SAYS.get((self.path, self.method), {}).items():
            body = changed(body, pointer, value)
        return body

    def _example(self, schema: Mapping[str, Any], name: str, within: str, known: Mapping[str, list[Any]]) -> Any:
        schema = self._resolved(schema)
        kinds = schema.get("type", [])
        if "properties" in schema:
            return {each: self._example(inner, each, name, known) for each, inner in schema["properties"].items()}
        if kinds == "array" and name not in known:
            return [self._example(schema["items"], name, within, known)]
        there = known.get(f"{within}.{name}") or known.get(name)
        value = there[0] if there else _scalar(schema)
        return [value] if kinds == "array" else value

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while not {"type", "enum"} & set(schema):
            if "$ref" in schema:
                schema = self.components[schema["$ref"].rpartition("/")[2]]
            else:
                schema = (schema.get("allOf") or schema["oneOf"])[0]
        return schema


def _scalar(schema: Mapping[str, Any]) -> Any:
    kinds = schema.get("type", ["string"])
    if "enum" in schema:
        return schema["enum"][0]
    if "object" in kinds:
        return {"naam": TEXT}
    if "boolean" in kinds:
        return False
    if "integer" in kinds and "string" not in kinds:
        return schema.get("minimum", 1)
    by_format = BY_FORMAT | {"date": clock.today().isoformat(), "date-time": clock.now().isoformat()}
    return by_format.get(schema.get("format", ""), "1" if "number" in kinds else TEXT[: schema.get("maxLength")])


# Doors whose body says nothing, so that the description leaves it out.
EMPTY = [
    ("/api/v1/invoices/{invoice_id}/approve", "post"),
    ("/api/v1/notifications/read-all", "post"),
    ("/api/v1/notifications/{notification_id}/read", "post"),
]


def described_bodies(description: Mapping[str, Any]) -> list[Body]:
    components = description["components"]["schemas"]
    empty = [Body(path, method, {"type": "object", "properties": {}}, {}) for path, method in EMPTY]
    return empty + [
        Body(path, method, operation["requestBody"]["content"]["application/json"]["schema"], components)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


def addresses(path: str, known: Mapping[str, list[Any]]) -> Iterator[str]:
    """A described path with what is there at its places, in every way."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for values in product(*(known[name] for name in names)):
        yield path.format(**dict(zip(names, values, strict=True)))


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """The place of every member and of every item in a body."""
    if pointer:
        yield pointer
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from places(inner, f"{pointer}/{name}")


def changed(body: Any, pointer: str, value: Any) -> Any:
    """The body with another value at a place; ABSENT takes it out."""
    copy = place = deepcopy(body)
    *steps, last = pointer.strip("/").split("/")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key = int(last) if isinstance(place, list) else last
    if value is ABSENT:
        del place[key]
    else:
        place[key] = value
    return copy
