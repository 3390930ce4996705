"""What a partner may send that is wrong, and what it gets for it. One row a case; `test_bad_input` goes over them.

A body is our own shape (`fixtures/payloads/canonical.json`) with one thing wrong, or raw bytes.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.partners.conftest import sample

GOOD = sample("canonical.json")
HERE = "\u2063here\u2063"
ABSENT = object()


@dataclass(frozen=True)
class Case:
    """One wrong message. `errors` are the (pointer, code) pairs of the problem document; None: not looked at."""

    name: str
    body: bytes
    status: int
    code: str
    errors: list[tuple[str, str]] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def changed(pointer: str, value: Any) -> bytes:
    """The good message with another value at a place; ABSENT takes it out."""
    message: Any = deepcopy(GOOD)
    place = message
    *steps, last = pointer.strip("/").split("/")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ABSENT:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return json.dumps(message).encode()


def written(pointer: str, text: str) -> bytes:
    """The good message with a JSON text of our own at a place, which a serializer would not write."""
    return changed(pointer, HERE).replace(json.dumps(HERE).encode(), text.encode())


def nested(depth: int) -> bytes:
    return b'{"partner_order_id": "ZON-1", "x": ' + b"[" * depth + b"]" * depth + b"}"


def line(**members: Any) -> list[dict[str, Any]]:
    return [{"description": "Laadpaal", "quantity": 1} | members]


SYNTAX = [
    Case("an opened brace", b"{", 400, "invalid_json"),
    Case("nothing", b"", 400, "malformed", [("/partner_order_id", "required")]),
    Case("null", b"null", 400, "not_an_object"),
    Case("a list", b"[]", 400, "not_an_object"),
    Case("a text", b'"x"', 400, "not_an_object"),
    Case("a number", b"1", 400, "not_an_object"),
    Case("an empty object", b"{}", 400, "malformed", [("/partner_order_id", "required")]),
    Case("a doubled member", b'{"partner_order_id": "A", "partner_order_id": "B"}', 400, "duplicate_key"),
    Case("a doubled member within", written("/customer", '{"name": "A", "name": "B"}'), 400, "duplicate_key"),
    Case("NaN", written("/total_amount", "NaN"), 400, "not_a_number"),
    Case("Infinity", written("/total_amount", "Infinity"), 400, "not_a_number"),
    Case("-Infinity", written("/total_amount", "-Infinity"), 400, "not_a_number"),
    Case("an exponent beyond any number", written("/total_amount", "1e400"), 400, "exponent_not_allowed"),
    Case("an exponent", written("/total_amount", "1E2"), 400, "exponent_not_allowed"),
    Case("an integer of 5,000 digits", written("/total_amount", "9" * 5000), 400, "huge_number"),
    Case("a fraction of 5,000 digits", written("/total_amount", "0." + "9" * 5000), 400, "huge_number"),
    Case("NUL in a text", written("/customer/name", r'"a\u0000b"'), 400, "nul_character", [("/customer/name", "nul_character")]),
    Case("NUL in a name", b'{"partner_order_id": "A", "a\\u0000": 1}', 400, "nul_character"),
    Case("a control character", written("/customer/name", r'"a\u0007b"'), 400, "control_character"),
    Case("half a character", written("/customer/name", r'"\ud800"'), 400, "lone_surrogate"),
    Case("a noncharacter", written("/customer/name", r'"\uffff"'), 400, "noncharacter"),
    Case("nested 40 deep", nested(40), 400, "too_deep"),
    Case("nested 900 deep", nested(900), 400, "too_deep"),
    Case("nested 5,000 deep", nested(5_000), 400, "too_deep"),
    Case("nested 100,000 deep", nested(100_000), 400, "too_deep"),
    Case("no UTF-8", b'{"partner_order_id": "\xff"}', 400, "invalid_encoding"),
    Case("UTF-16", '{"partner_order_id": "A"}'.encode("utf-16"), 400, "invalid_encoding"),
    Case("another charset", json.dumps(GOOD).encode(), 415, "unsupported_media_type", headers={"content_type": "application/json; charset=utf-7"}),
    Case("a charset that is none", json.dumps(GOOD).encode(), 415, "unsupported_media_type", headers={"content_type": "application/json; charset=bogus"}),
    Case("another content type", json.dumps(GOOD).encode(), 415, "unsupported_media_type", headers={"content_type": "text/plain"}),
    Case("a form", b"partner_order_id=A", 415, "unsupported_media_type", headers={"content_type": "application/x-www-form-urlencoded"}),
    Case("half a megabyte", changed("/installation_preferences/notes", "x" * 500_000), 413, "body_too_large"),
    Case("a text of 10,001 characters", changed("/installation_preferences/notes", "x" * 10_001), 400, "text_too_long"),
    Case("501 members", json.dumps(GOOD | {f"m{n}": 1 for n in range(501)}).encode(), 400, "too_many_keys"),
]  # fmt: skip

UNKNOWN = [
    Case(f"the member {name}", changed(f"/{name}", "x"), 400, "malformed", [(f"/{name}", "unknown_field")])
    for name in ("id", "status", "business_entity", "created_at", "number", "is_staff", "is_test", "order_number", "__class__")
] + [
    Case("an unknown member of the customer", changed("/customer/vip", True), 400, "malformed", [("/customer/vip", "unknown_field")]),
    Case("an unknown member of the address", changed("/customer/address/lat", 1), 400, "malformed", [("/customer/address/lat", "unknown_field")]),
    Case("an unknown member of a line", changed("/line_items/0/discount", 1), 400, "malformed", [("/line_items/0/discount", "unknown_field")]),
]  # fmt: skip

NUMBERS = [
    Case("no number", changed("/partner_order_id", ABSENT), 400, "malformed", [("/partner_order_id", "required")]),
    Case("an empty number", changed("/partner_order_id", ""), 400, "malformed", [("/partner_order_id", "required")]),
    Case("a number of blanks", changed("/partner_order_id", "  "), 400, "malformed", [("/partner_order_id", "invalid")]),
    Case("a number of 101 characters", changed("/partner_order_id", "x" * 101), 400, "malformed", [("/partner_order_id", "invalid")]),
    Case("a number with a line end", changed("/partner_order_id", "a\nb"), 400, "malformed", [("/partner_order_id", "invalid")]),
    Case("a list as number", changed("/partner_order_id", ["A"]), 400, "malformed", [("/partner_order_id", "invalid")]),
    Case("true as number", changed("/partner_order_id", True), 400, "malformed", [("/partner_order_id", "invalid")]),
]  # fmt: skip

# On `total_amount` and on `unit_price`: what is no amount, and what it is refused with.
NO_AMOUNT: list[tuple[str, str, str]] = [
    ("NaN as text", '"NaN"', "invalid"),
    ("sNaN as text", '"sNaN"', "invalid"),
    ("Infinity as text", '"Infinity"', "invalid"),
    ("an exponent as text", '"1E+9"', "invalid"),
    ("an underscore", '"1_000"', "invalid"),
    ("blanks around it", '" 1.00 "', "invalid"),
    ("a thousands separator", '"1.000,00"', "invalid"),
    ("a comma", '"1,00"', "invalid"),
    ("Arabic digits", '"\u0661\u0662"', "invalid"),
    ("fullwidth digits", '"\uff11\uff12"', "invalid"),
    ("a plus", '"+1.00"', "invalid"),
    ("a leading zero", '"01.00"', "invalid"),
    ("no digit before the point", '".50"', "invalid"),
    ("no digit after the point", '"1."', "invalid"),
    ("a line end", '"1.00\\n"', "invalid"),
    ("hexadecimal", '"0x10"', "invalid"),
    ("a currency", '"EUR 1.00"', "invalid"),
    ("an empty text", '""', "invalid"),
    ("true", "true", "invalid"),
    ("a list", "[1]", "invalid"),
    ("an object", "{}", "invalid"),
    ("ten digits", "9999999999", "invalid"),
    ("below zero", '"-1.00"', "min_value"),
    ("a binary fraction", "0.30000000000000004", "too_many_decimals"),
]
MONEY = [
    Case(f"{pointer}: {name}", written(pointer, text), 400, "malformed", [(pointer, code)])
    for pointer in ("/total_amount", "/line_items/0/unit_price")
    for name, text, code in NO_AMOUNT
] + [
    Case("an amount of three decimals", written("/total_amount", "1.005"), 400, "malformed", [("/total_amount", "too_many_decimals")]),
    Case("a price of five decimals", written("/line_items/0/unit_price", '"1.00005"'), 400, "malformed", [("/line_items/0/unit_price", "too_many_decimals")]),
    Case("null as amount", changed("/total_amount", None), 400, "malformed", [("/total_amount", "null")]),
    Case("a total that is not the sum", changed("/total_amount", "998.99"), 422, "total_mismatch"),
]  # fmt: skip

LINES = [
    Case("no lines in a list", changed("/line_items", []), 400, "malformed", [("/line_items", "min_length")]),
    Case("1,001 lines", changed("/line_items", line() * 1_001), 400, "too_many_items"),
    Case("lines as an object", changed("/line_items", {}), 400, "malformed", [("/line_items", "not_a_list")]),
    Case("a line that is a text", changed("/line_items", ["x"]), 400, "malformed", [("/line_items/0", "invalid")]),
    Case("a line of nothing", changed("/line_items", [{"quantity": 1}]), 400, "malformed", [("/line_items/0", "nothing_named")]),
    Case("a quantity of zero", changed("/line_items", line(quantity=0)), 400, "malformed", [("/line_items/0/quantity", "min_value")]),
    Case("a quantity below zero", changed("/line_items", line(quantity="-1")), 400, "malformed", [("/line_items/0/quantity", "min_value")]),
    Case("a quantity of a billion", changed("/line_items", line(quantity=10**9)), 400, "malformed", [("/line_items/0/quantity", "invalid")]),
    Case("a quantity of four decimals", changed("/line_items", line(quantity="1.0001")), 400, "malformed", [("/line_items/0/quantity", "too_many_decimals")]),
    Case("a number as description", changed("/line_items", line(description=5)), 400, "malformed", [("/line_items/0/description", "invalid")]),
    Case("an article of 101 characters", changed("/line_items", line(partner_sku="x" * 101)), 400, "malformed", [("/line_items/0/partner_sku", "max_length")]),
]  # fmt: skip

CUSTOMER = [
    Case("no customer", changed("/customer", ABSENT), 400, "malformed", [("/customer", "required")]),
    Case("a customer that is a list", changed("/customer", []), 400, "malformed", [("/customer", "invalid")]),
    Case("a customer that is a key", changed("/customer", 10**17), 400, "malformed", [("/customer", "invalid")]),
    Case("no name", changed("/customer/name", ABSENT), 400, "malformed", [("/customer/name", "required")]),
    Case("a name of blanks", changed("/customer/name", "   "), 400, "malformed", [("/customer/name", "blank")]),
    Case("a number as name", changed("/customer/name", 1), 400, "malformed", [("/customer/name", "invalid")]),
    Case("a name of 201 characters", changed("/customer/name", "x" * 201), 400, "malformed", [("/customer/name", "max_length")]),
    Case("a name of two lines", changed("/customer/name", "Sanne\nBcc: x@example.com"), 400, "malformed", [("/customer/name", "line_end")]),
    Case("no e-mail address", changed("/customer/email", ABSENT), 400, "malformed", [("/customer/email", "required")]),
    Case("no address at all", changed("/customer/email", "sanne"), 400, "malformed", [("/customer/email", "invalid")]),
    Case("an e-mail address with nothing after its line end", changed("/customer/email", "a@example.nl\n"), 400, "malformed", [("/customer/email", "invalid")]),
    Case("an e-mail address with a line end", changed("/customer/email", "a@example.nl\nBcc: x@example.com"), 400, "malformed", [("/customer/email", "invalid")]),
    Case("a local part of 300 characters", changed("/customer/email", "a" * 300 + "@example.nl"), 400, "malformed", None),
    Case("an address literal", changed("/customer/email", "a@[127.0.0.1]"), 400, "malformed", None),
    Case("a phone number of letters", changed("/customer/phone", "bel me"), 400, "malformed", None),
    Case("a phone number of twenty digits", changed("/customer/phone", "0" * 20), 400, "malformed", None),
    Case("no address", changed("/customer/address", ABSENT), 400, "malformed", [("/customer/address", "required")]),
    Case("no postcode", changed("/customer/address/postal_code", ABSENT), 400, "malformed", [("/customer/address/postal_code", "required")]),
    Case("an address as text", changed("/customer/address", "Dorpsstraat 5"), 400, "malformed", [("/customer/address", "invalid")]),
    Case("a list as house number", changed("/customer/address/house_number", [5]), 400, "malformed", [("/customer/address/house_number", "invalid")]),
    Case("an unknown country", changed("/customer/address/country", "FR"), 400, "malformed", [("/customer/address/country", "invalid_choice")]),
]  # fmt: skip

POSTCODES = [
    Case(f"the postcode {postcode!r}", changed("/customer/address/postal_code", postcode), 400, "malformed", None)
    for postcode in ("0123 AB", "1234 SS", "1234 SA", "1234 SD", "1234", "AB 1234", "1234 A1", "\u0661\u0662\u0663\u0664 AB", "12345AB")
] + [
    Case("a postcode with nothing after its line end", changed("/customer/address/postal_code", "1234 AB\n"), 400, "malformed", [("/customer/address/postal_code", "line_end")]),
    Case("a postcode with a line end", changed("/customer/address/postal_code", "1234 AB\nx"), 400, "malformed", [("/customer/address/postal_code", "line_end")]),
]  # fmt: skip

DAYS = [
    Case(f"the day {day!r}", changed("/installation_preferences/preferred_date", day), 400, "malformed", [("/installation_preferences/preferred_date", code)])
    for day, code in (
        ("20260101", "invalid"), ("2026-W01-1", "invalid"), ("\u0662\u0660\u0662\u0666-01-01", "invalid"), ("9999-12-31", "out_of_range"),
        ("1999-12-31", "out_of_range"), ("0001-01-01", "out_of_range"), ("2026-02-30", "invalid"), ("2026-1-1", "invalid"),
        ("2026-01-01T00:00:00", "invalid"), ("", "invalid"), (20260101, "invalid"), (None, "null"),
    )
] + [
    Case("a part of the day that is none", changed("/installation_preferences/time_preference", "night"), 400, "malformed", [("/installation_preferences/time_preference", "invalid_choice")]),
]  # fmt: skip

KEYS = [
    Case("an idempotency key of seven", json.dumps(GOOD).encode(), 400, "invalid_idempotency_key", None, {"Idempotency-Key": "1234567"}),
    Case("an idempotency key of 256", json.dumps(GOOD).encode(), 400, "invalid_idempotency_key", None, {"Idempotency-Key": "x" * 256}),
    Case("an idempotency key with a blank", json.dumps(GOOD).encode(), 400, "invalid_idempotency_key", None, {"Idempotency-Key": "order 12345"}),
    Case("an idempotency key with an accent", json.dumps(GOOD).encode(), 400, "invalid_idempotency_key", None, {"Idempotency-Key": "bestelling-é"}),
]  # fmt: skip

CASES = [*SYNTAX, *UNKNOWN, *NUMBERS, *MONEY, *LINES, *CUSTOMER, *POSTCODES, *DAYS, *KEYS]
