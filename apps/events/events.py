"""The base of everything that apps say to one another."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_type_hints
from uuid import UUID

from apps.core.errors import Text
from apps.core.records import RecordRef

JsonValue = str | int | bool | None

_READ: dict[type, Callable[[Any], Any]] = {
    UUID: UUID,
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: a name in the past tense and plain values (ids, text, numbers, moments), no records.

    A field added later needs a default, so that events written before it can still be read.

    Attributes:
        label: what staff call it.
    """

    name: ClassVar[str]
    label: ClassVar[Text] = ""

    def subject(self) -> RecordRef | None:
        """The record that it happened to, where that has a page."""
        return None

    def to_payload(self) -> dict[str, JsonValue]:
        return {field.name: _written(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, JsonValue]) -> Self:
        """The event as it was said; fields that it no longer has are passed over."""
        kinds = get_type_hints(cls)
        known = [field.name for field in fields(cls) if field.name in payload]
        return cls(**{name: _read(kinds[name], payload[name]) for name in known})


def event_class(name: str) -> type[Event] | None:
    """None for events that the code knows no more."""
    return next((each for each in Event.__subclasses__() if each.name == name), None)


def event_in_words(name: str) -> Text:
    """What staff call the events of this name; the name itself where nobody said so."""
    known = event_class(name)
    return (known and known.label) or name


def _written(value: Any) -> JsonValue:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"an event carries plain values, not {type(value).__name__}")


def _read(kind: Any, value: JsonValue) -> Any:
    if value is None:
        return None
    plain = next((option for option in get_args(kind) if option is not NoneType), kind)  # UUID | None -> UUID
    return _READ[plain](value) if plain in _READ else value
