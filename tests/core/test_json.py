import time
from decimal import Decimal

import pytest

from apps.core.errors import Malformed
from apps.core.json import loads_strict
from tests.core.hostile import HostileBody, hostile_bodies


@pytest.mark.parametrize("body", hostile_bodies(), ids=str)
def test_hostile_text_is_refused_at_once_with_its_code(body: HostileBody) -> None:
    began = time.monotonic()

    with pytest.raises(Malformed) as refusal:
        loads_strict(body.raw)

    assert refusal.value.code == body.code
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b"null", None),
        (b"\xef\xbb\xbf{}", {}),
        (b'{"amount": 0.30000000000000004}', {"amount": Decimal("0.30000000000000004")}),
        (b'{"amount": 599.00}', {"amount": Decimal("599.00")}),
        (b'{"amount": -0}', {"amount": 0}),
        (b'{"number": 999999999999999999}', {"number": 999999999999999999}),
        ('{"naam": "O\'Brien, 李 🚗 van \\u2019t Hoff"}'.encode(), {"naam": "O'Brien, 李 🚗 van ’t Hoff"}),
        (b'{"text": "\\ud83d\\ude97"}', {"text": "🚗"}),
        (b'{"note": "first\\nsecond\\tthird\\r\\n"}', {"note": "first\nsecond\tthird\r\n"}),
        (b'{"brackets": "[[[[{{{{\\"]]"}', {"brackets": '[[[[{{{{"]]'}),
        (b"[" * 32 + b"]" * 32, eval("[" * 32 + "]" * 32)),
        (b"[" + b"1," * 999 + b"1]", [1] * 1000),
        (b'"' + b"x" * 10_000 + b'"', "x" * 10_000),
    ],
)
def test_what_is_well_written_is_read_exactly(raw: bytes, value: object) -> None:
    read = loads_strict(raw)

    assert read == value
    assert repr(read) == repr(value)


def test_a_refusal_says_where_the_text_stood() -> None:
    with pytest.raises(Malformed) as refusal:
        loads_strict(b'{"lines": [{"a/b": "x"}, {"a/b": "\\u0000"}]}')

    assert [(field.pointer, field.code) for field in refusal.value.fields] == [("/lines/1/a~1b", "nul_character")]


def test_the_size_is_the_callers_to_choose() -> None:
    assert loads_strict(b'"12345678"', max_bytes=10) == "12345678"

    with pytest.raises(Malformed) as refusal:
        loads_strict(b'"123456789"', max_bytes=10)

    assert refusal.value.code == "body_too_large"
    assert refusal.value.extra == {"max_bytes": 10}
