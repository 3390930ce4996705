from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest

from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class Everything(Event):
    name: ClassVar[str] = "tests.everything"
    key: UUID
    amount: Decimal
    day: date
    moment: datetime
    text: str
    count: int
    sure: bool
    parent: UUID | None
    note: str = "added later"


EVERYTHING = Everything(
    key=UUID(int=1),
    amount=Decimal("10.50"),
    day=date(2026, 3, 29),
    moment=datetime(2026, 3, 29, 1, 0, 0, 123456, tzinfo=UTC),
    text="é",
    count=3,
    sure=True,
    parent=None,
)


def test_an_event_is_read_as_it_was_written():
    assert Everything.from_payload(EVERYTHING.to_payload()) == EVERYTHING


def test_an_event_of_before_a_field_was_added_takes_its_default():
    payload = EVERYTHING.to_payload()
    del payload["note"]

    assert Everything.from_payload(payload) == EVERYTHING


def test_a_field_that_is_gone_is_passed_over():
    assert Everything.from_payload({**EVERYTHING.to_payload(), "gone": 1}) == EVERYTHING


@pytest.mark.parametrize("value", [1.5, ["a"], {"a": 1}, object()])
def test_only_plain_values_are_carried(value: Any):
    @dataclass(frozen=True, kw_only=True)
    class Odd(Event):
        name: ClassVar[str] = "tests.odd"
        value: Any

    with pytest.raises(TypeError, match="an event carries plain values"):
        Odd(value=value).to_payload()
