"""Reads a partner's message in the partner's own words.

A mapping is data that staff edit: our field → a JMESPath expression into the message, or a rule with a default and a table
of values. JMESPath selects and never runs code. An empty mapping means that the partner sends our own shape. What a message
holds and no rule looks at is listed, so that nothing a partner says gets lost unseen.
"""

import json
from collections.abc import Iterator
from collections.abc import Mapping as Rules
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Self

import jmespath
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from jmespath.exceptions import ArityError, JMESPathError, JMESPathTypeError, ParseError, UnknownFunctionError

from apps.core.errors import FieldError, Malformed, Refused, Text

TARGETS = (
    "partner_customer_id",
    "partner_dealer_id",
    "partner_po_number",
    "partner_invoice_id",
    "partner_lead_id",
    "external_order_reference",
    "customer.name",
    "customer.email",
    "customer.phone",
    "customer.address.street",
    "customer.address.house_number",
    "customer.address.addition",
    "customer.address.postal_code",
    "customer.address.city",
    "customer.address.country",
    "line_items",
    "installation_preferences.preferred_date",
    "installation_preferences.time_preference",
    "installation_preferences.access_notes",
    "installation_preferences.notes",
    "total_amount",
)
REQUIRED = ("customer.name", "customer.email", "customer.address.postal_code")
# What only we decide; a message that brings it means something else by it than we do.
OURS = ("id", "status", "business_entity", "created_at", "number")
MOST_UNMAPPED = 200

Path = tuple[str, ...]


class MappingError(Exception):
    """A mapping that cannot be used, found while it is being saved."""

    def __init__(self, code: str, detail: Text) -> None:
        self.code, self.detail = code, detail
        super().__init__(code, detail)

    def __str__(self) -> str:
        return str(self.detail)


@dataclass(frozen=True)
class Mapped:
    """A message in our own shape, still to be judged, and the paths in it that no rule looked at."""

    canonical: dict[str, Any]
    unmapped: list[str]


@dataclass(frozen=True)
class Rule:
    """Where one of our fields comes from."""

    target: str
    expression: Any = None
    default: Any = None
    values: Rules[str, Any] | None = None

    @classmethod
    def read(cls, target: str, given: Any) -> Self:
        given = {"path": given} if isinstance(given, str) else given
        expression = compiled(given["path"]) if given.get("path") else None
        return cls(target, expression, given.get("default"), given.get("values"))

    def value_in(self, payload: dict[str, Any]) -> Any:
        found = self._search(payload)
        if found is None or found == "":
            return self.default
        if self.values is None:
            return found
        if str(found) in self.values:
            return self.values[str(found)]
        if self.default is None:
            raise self._problem(Refused, "unknown_value", _("This value has no meaning agreed with you."))
        return self.default

    def _search(self, payload: dict[str, Any]) -> Any:
        if self.expression is None:
            return None
        try:
            return self.expression.search(payload)
        except JMESPathError:
            raise self._problem(Malformed, "mapping_failed", _("The message does not hold what is expected here.")) from None

    def _problem(self, family: type[Malformed | Refused], code: str, detail: Text) -> Malformed | Refused:
        pointer = "/" + self.target.replace(".", "/")
        return family(detail, code=code, fields=[FieldError(pointer=pointer, code=code, detail=detail)])


@dataclass(frozen=True)
class Mapping:
    """All rules of one integration, compiled."""

    rules: tuple[Rule, ...]

    @classmethod
    def compile(cls, given: Rules[str, Any]) -> "Mapping":
        """Read a mapping as staff wrote it.

        Raises:
            MappingError: an expression that does not compile, a field that is not ours, or a required one without a rule.
        """
        return _compile_all(json.dumps(given, sort_keys=True))

    @property
    def is_canonical(self) -> bool:
        """Whether the partner sends our own shape."""
        return not self.rules

    def apply(self, payload: dict[str, Any], *, partner_order_id: str, id_expression: str) -> Mapped:
        """Put a message into our own shape. Null and empty values of a dialect count as absent.

        Raises:
            Malformed, Refused: a rule cannot be applied to this message.
        """
        if self.is_canonical:
            return Mapped(payload, [])
        canonical: dict[str, Any] = {"partner_order_id": partner_order_id}
        for rule in self.rules:
            value = _tidy(rule.value_in(payload))
            if value is not None:
                _put(canonical, rule.target.split("."), value)
        seen = self._looked_at | set(looked_at(compiled(id_expression)))
        return Mapped(canonical, _unseen(payload, seen))

    @cached_property
    def _looked_at(self) -> set[Path]:
        return {path for rule in self.rules if rule.expression for path in looked_at(rule.expression)}


@lru_cache(maxsize=256)
def _compile_all(given: str) -> Mapping:
    rules: dict[str, Any] = json.loads(given)
    for target in rules:
        if target not in TARGETS:
            raise MappingError("unknown_target", _("“%(target)s” is not a field of an order.") % {"target": target})
    for target in REQUIRED:
        if rules and target not in rules:
            raise MappingError("target_missing", _("“%(target)s” needs a rule.") % {"target": target})
    return Mapping(tuple(Rule.read(target, rule) for target, rule in rules.items()))


@lru_cache(maxsize=1024)
def compiled(expression: str) -> Any:
    """A compiled JMESPath expression whose functions exist.

    Raises:
        MappingError: it does not compile.
    """
    try:
        parsed = jmespath.compile(expression)
        parsed.search({})  # functions and their numbers of arguments are looked at no sooner than this
    except JMESPathTypeError:
        return parsed  # an empty message has none of the types that its functions want
    except (UnknownFunctionError, ArityError) as error:
        raise MappingError("expression_invalid", f"{expression}: {error}") from error
    except ParseError as error:
        detail = _("“%(expression)s” cannot be read at character %(position)s.")
        position = (error.lex_position or 0) + 1
        raise MappingError("expression_invalid", detail % {"expression": expression, "position": position}) from error
    except JMESPathError as error:
        raise MappingError("expression_invalid", f"{expression}: {error}") from error
    return parsed


def validate_expression(expression: str) -> None:
    """Refuse an expression that does not compile."""
    try:
        compiled(expression)
    except MappingError as error:
        raise ValidationError(str(error), code=error.code) from error


@dataclass(frozen=True)
class Dialect:
    """The words in which a message is read: where the partner's number of the order stands, and what the rest means."""

    mapping: Mapping
    id_expression: str

    def partner_order_id(self, payload: Any) -> str:
        """See `read_partner_order_id`."""
        return read_partner_order_id(payload, self.id_expression)

    def translate(self, payload: dict[str, Any]) -> Mapped:
        """See `Mapping.apply`."""
        number = self.partner_order_id(payload)
        return self.mapping.apply(payload, partner_order_id=number, id_expression=self.id_expression)

    def or_canonical(self, payload: Any) -> "Dialect":
        """Our own shape for a message that names its order in our words and not in the partner's, such as a first try."""
        if found_in(payload, self.id_expression) is None and found_in(payload, CANONICAL.id_expression) is not None:
            return CANONICAL
        return self


CANONICAL = Dialect(mapping=Mapping(()), id_expression="partner_order_id")


def found_in(payload: Any, expression: str) -> Any:
    """What an expression selects; None where it cannot be used on this message."""
    try:
        return compiled(expression).search(payload)
    except JMESPathError:
        return None


def read_partner_order_id(payload: Any, expression: str) -> str:
    """The partner's own number of the order, before anything else of the message is looked at.

    Raises:
        Malformed: the message is no object, or holds no such number.
    """
    if not isinstance(payload, dict):
        raise Malformed(_("An object is expected."), code="not_an_object")
    found = found_in(payload, expression)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)  # many systems number their orders
    if isinstance(found, str) and 1 <= len(found) <= 100 and found.strip() == found and found.isprintable():
        return found
    detail = _("The number of the order: 1 to 100 printable characters, no spaces around them.")
    code = "required" if found is None or found == "" else "invalid"
    raise Malformed(fields=[FieldError(pointer=_pointer_of(expression), code=code, detail=detail)])


def refuse_ours(payload: dict[str, Any]) -> None:
    """Refuse a message that says what only we decide.

    Raises:
        Malformed: it has a member that is ours.
    """
    detail = _("This is decided by us and cannot be sent.")
    fields = [FieldError(pointer=f"/{name}", code="unknown_field", detail=detail) for name in OURS if name in payload]
    if fields:
        raise Malformed(fields=fields)


def differences(first: Any, later: Any) -> list[dict[str, Any]]:
    """What a later message says otherwise than the first, by JSON pointer."""
    before, after = dict(_leaves_by_pointer(first)), dict(_leaves_by_pointer(later))
    pointers = [pointer for pointer in before if pointer not in after or after[pointer] != before[pointer]]
    pointers += [pointer for pointer in after if pointer not in before]
    return [{"pointer": pointer, "first": before.get(pointer), "now": after.get(pointer)} for pointer in pointers]


def _leaves_by_pointer(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    members = _members(value)
    if not members:
        yield pointer, value
    for name, member in members:
        yield from _leaves_by_pointer(member, f"{pointer}/{name}")


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return [(str(index), item) for index, item in enumerate(value)] if isinstance(value, list) else []


def _pointer_of(expression: str) -> str:
    return "/" + expression.replace(".", "/") if expression.replace(".", "").replace("_", "").isalnum() else ""


def _put(into: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        into = into.setdefault(step, {})
    into[steps[-1]] = value


def _tidy(value: Any) -> Any:
    """Without what is null or empty; a number that a JMESPath function made of a text is a decimal again."""
    if isinstance(value, dict):
        members = {name: _tidy(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None
    if isinstance(value, list):
        return [item for item in map(_tidy, value) if item is not None]
    if isinstance(value, float):
        return Decimal(repr(value))
    return None if value == "" else value


# Which parts of a message an expression looks at. Lists are passed through: a rule for one item is a rule for all.


@lru_cache(maxsize=1024)
def looked_at(expression: Any) -> list[Path]:
    """The paths that a compiled expression selects from the message's top."""
    tracer = _Tracer()
    tracer.use(expression.parsed, ())
    return tracer.used


class _Tracer:
    """Walks an expression's tree, keeping where in the message each part of it stands; None is nowhere in it."""

    THROUGH = {"subexpression", "index_expression", "pipe", "projection", "flatten"}
    HERE = {"current", "identity", "index", "slice"}

    def __init__(self) -> None:
        self.used: list[Path] = []

    def use(self, node: dict[str, Any], at: Path | None) -> None:
        end = self._walk(node, at)
        if end is not None:
            self.used.append(end)

    def _walk(self, node: dict[str, Any], at: Path | None) -> Path | None:
        kind, children = node["type"], node.get("children", [])
        if kind == "field":
            return None if at is None else (*at, node["value"])
        if kind in self.HERE:
            return at
        if kind in self.THROUGH:
            for child in children:
                at = self._walk(child, at)
            return at
        if kind == "filter_projection":
            base, each, condition = children
            found = self._walk(base, at)
            self.use(condition, found)
            return self._walk(each, found)
        if kind == "value_projection":
            self.use(children[0], at)  # every member, whatever its name
            return None
        for child in children:  # functions, lists and objects made of parts, comparisons, either-or
            self.use(child, at)
        return None


def _unseen(payload: dict[str, Any], seen: set[Path]) -> list[str]:
    unseen = dict.fromkeys(path for path in _paths(payload, ()) if not any(path[: len(one)] == one for one in seen))
    return [".".join(path) for path in unseen][:MOST_UNMAPPED]


def _paths(value: Any, at: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _paths(member, (*at, name))
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, at)
    elif value is not None and value != "":
        yield at
