"""The one entrance for JSON from outside.

The standard parser lets the last of two equal keys win, makes floats of amounts, recurses as deep as it is told and passes
on characters that the database refuses later. All of that is stopped here, before anyone works with the value.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from apps.core.errors import FieldError, Malformed, Text
from apps.core.text import escape_pointer, refuse_unwritable

MAX_BYTES = 262_144
MAX_DEPTH = 32
MAX_KEYS = 500
MAX_ITEMS = 1_000
MAX_TEXT = 10_000
MAX_INTEGER_DIGITS = 18  # what a bigint holds for certain
MAX_NUMBER_LENGTH = 40

_BOM = b"\xef\xbb\xbf"
# The closing quote is optional and nothing is given back: an unclosed text of quotes would otherwise cost n² steps.
_TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


class AsGiven(DjangoJSONEncoder):
    """Writes back what `loads_strict` read: a number stays a number. For keeping what is not ours to judge; not for money."""

    def default(self, value: Any) -> Any:
        return float(value) if isinstance(value, Decimal) else super().default(value)


def loads_strict(raw: bytes, *, max_bytes: int = MAX_BYTES, max_text: int = MAX_TEXT) -> Any:
    """The value of a JSON text; whole numbers as int, others as Decimal.

    Raises:
        Malformed: too large or deep, not UTF-8, not JSON, doubled keys, exponents, numbers or texts beyond any use of ours,
            or characters that cannot be stored. The code names which; the pointer, where it is known, says where.
    """
    if len(raw) > max_bytes:
        raise Malformed(_("The body is too large."), code="body_too_large", max_bytes=max_bytes)
    raw = raw.removeprefix(_BOM)
    _refuse_depth(raw)
    try:
        value = _decoder.decode(raw.decode())
    except UnicodeDecodeError:
        raise Malformed(_("The text is not UTF-8."), code="invalid_encoding") from None
    except json.JSONDecodeError as error:
        raise Malformed(
            _("The text is not JSON (line %(line)s, column %(column)s).") % {"line": error.lineno, "column": error.colno},
            code="invalid_json",
        ) from None
    _inspect(value, pointer="", max_text=max_text)
    return value


def _refuse_depth(raw: bytes) -> None:
    """Counted on the bytes, since the parser itself would run out of stack."""
    depth = 0
    for token in _TEXT_OR_BRACKET.finditer(raw):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed(_("The value is nested too deeply."), code="too_deep", max_depth=MAX_DEPTH)
        elif token[0] in (b"]", b"}"):
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed(_("A member occurs twice in one object."), code="duplicate_key")
    return members


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > MAX_INTEGER_DIGITS:
        raise Malformed(_("A number is too large."), code="huge_number")
    return int(digits)


def _fraction(number: str) -> Decimal:
    if "e" in number.lower():
        raise Malformed(_("Numbers are written without an exponent."), code="exponent_not_allowed")
    if len(number) > MAX_NUMBER_LENGTH:
        raise Malformed(_("A number is too long."), code="huge_number")
    return Decimal(number)


def _constant(name: str) -> NoReturn:
    raise Malformed(_("%(name)s is not a number.") % {"name": name}, code="not_a_number")


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_whole, parse_float=_fraction, parse_constant=_constant)


def _inspect(value: Any, *, pointer: str, max_text: int) -> None:
    match value:
        case str():
            _inspect_text(value, pointer, max_text)
        case dict():
            _inspect_object(value, pointer, max_text)
        case list():
            _inspect_list(value, pointer, max_text)


def _inspect_text(text: str, pointer: str, max_text: int) -> None:
    if len(text) > max_text:
        _refuse(pointer, "text_too_long", _("The text is too long."))
    refuse_unwritable(text, pointer=pointer)


def _inspect_object(members: dict[str, Any], pointer: str, max_text: int) -> None:
    if len(members) > MAX_KEYS:
        _refuse(pointer, "too_many_keys", _("The object has too many members."))
    for name, member in members.items():
        refuse_unwritable(name, pointer=pointer)  # the name itself could not be shown
        _inspect(member, pointer=f"{pointer}/{escape_pointer(name)}", max_text=max_text)


def _inspect_list(items: list[Any], pointer: str, max_text: int) -> None:
    if len(items) > MAX_ITEMS:
        _refuse(pointer, "too_many_items", _("The list is too long."))
    for index, item in enumerate(items):
        _inspect(item, pointer=f"{pointer}/{index}", max_text=max_text)


def _refuse(pointer: str, code: str, detail: Text) -> NoReturn:
    raise Malformed(detail, code=code, fields=[FieldError(pointer=pointer, code=code, detail=detail)])
