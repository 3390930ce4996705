"""Fields that take what was asked for and nothing that could be made into it."""

import threading
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

from apps.core.api.problems import malformed_of
from apps.core.api.values import is_within_reach, parse_day, parse_decimal, parse_moment
from apps.core.errors import DomainError, Malformed
from apps.core.text import refuse_unwritable

NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY
LONGEST_UUID = 36


class StrictSerializer(serializers.Serializer[Any]):
    """The base of every `In`: a member it does not name is refused."""

    default_error_messages = {"unknown_field": _("This field is not known.")}

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            errors = {name: [self._unknown()] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from None  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def _unknown(self) -> Any:
        try:
            self.fail("unknown_field")
        except serializers.ValidationError as error:
            return error.detail[0]  # type: ignore[index]


S = TypeVar("S", bound=serializers.BaseSerializer[Any])


def validated(serializer_class: type[S], request: Request, **options: Any) -> dict[str, Any]:
    """The body of a request in the shape of `serializer_class`.

    Raises:
        Malformed: it has another shape; every field at fault is named with its pointer.
    """
    return shaped(serializer_class, request.data, **options)


def shaped(serializer_class: type[S], data: Any, **options: Any) -> dict[str, Any]:
    """Like `validated`, for a value that came another way, such as a mapped payload."""
    if not isinstance(data, Mapping):
        raise Malformed(_("The body is not a JSON object."), code="not_an_object")
    try:
        return dict(_serializer(serializer_class, **options).run_validation(data))
    except serializers.ValidationError as error:
        raise malformed_of(error.detail) from None


class _Kept(threading.local):
    def __init__(self) -> None:
        self.serializers: dict[Any, Any] = {}


_kept = _Kept()


def _serializer(serializer_class: type[S], **options: Any) -> S:
    """One per thread for all its calls: its fields are many to make, and judging a value leaves nothing behind in it."""
    key = (serializer_class, *sorted(options.items()))
    if key not in _kept.serializers:
        _kept.serializers[key] = serializer_class(**options)
    serializer: S = _kept.serializers[key]
    return serializer


def has_line_end(text: str) -> bool:
    """Whether a text is more than one line, also when nothing follows the first."""
    return text.splitlines(keepends=True) != text.splitlines()


class StrictText(serializers.CharField):
    """Text, and only text. `multiline` allows line ends and tabs. Where it may be empty, null is the same as empty."""

    def __init__(self, *, max_length: int, multiline: bool = False, **options: Any) -> None:
        self.multiline = multiline
        if options.get("allow_blank"):
            options.setdefault("allow_null", True)
        super().__init__(max_length=max_length, **options)

    default_error_messages = {"line_end": _("This must be one line.")}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        return "" if text is None and self.allow_blank else text

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            refuse_unwritable(data)
        except DomainError as error:
            raise serializers.ValidationError(str(error), code=error.code) from None
        if not self.multiline and has_line_end(data):
            self.fail("line_end")
        return str(super().to_internal_value(data))


class StrictEmail(serializers.EmailField):
    """An e-mail address of a domain, at most 254 characters."""

    default_error_messages = {"address_literal": _("Enter an address at a domain.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 254)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or has_line_end(data):
            self.fail("invalid")
        text = str(super().to_internal_value(data))
        if text.endswith("]"):  # a@[127.0.0.1]
            self.fail("address_literal")
        return text


class StrictInteger(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBoolean(serializers.BooleanField):
    """`true` or `false`; not 1, not "yes"."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=type(data).__name__)
        return data


class StrictUUID(serializers.UUIDField):
    """A UUID in its usual 36 characters."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or len(data) != LONGEST_UUID or not data.isascii():
            self.fail("invalid", value=str(data)[:LONGEST_UUID])
        return UUID(str(super().to_internal_value(data)))


class StrictChoice(serializers.ChoiceField):
    """One of the choices, as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:50])
        if data not in self.choices:
            self.fail("invalid_choice", input=data[:50])
        return data


class StrictDate(serializers.DateField):
    """A day as YYYY-MM-DD, from 2000 to five years ahead."""

    default_error_messages = {
        "invalid": _("Write a day as YYYY-MM-DD."),
        "out_of_range": _("The day must lie between 2000-01-01 and five years from today."),
    }

    def to_internal_value(self, value: Any) -> date:
        day = parse_day(value) if isinstance(value, str) else None
        if day is None:
            self.fail("invalid")
        if not is_within_reach(day):
            self.fail("out_of_range")
        return day


class StrictMoment(serializers.DateTimeField):
    """A moment as YYYY-MM-DDThh:mm:ss with its offset, from 2000 to five years ahead."""

    default_error_messages = {
        "invalid": _("Write a moment as YYYY-MM-DDThh:mm:ss+hh:mm."),
        "offset_required": _("The moment needs an offset, such as +01:00 or Z."),
        "out_of_range": _("The day must lie between 2000-01-01 and five years from today."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None:
            self.fail("invalid")
        if moment.tzinfo is None:
            self.fail("offset_required")
        if not is_within_reach(moment.date()):
            self.fail("out_of_range")
        return moment


class DecimalIn(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as a JSON number or a string of ASCII digits, without exponent, never rounded. In answers a string."""

    whole_digits: ClassVar[int]
    places: ClassVar[int]

    default_error_messages = {
        "invalid": _("Write a number of at most {whole_digits} digits, without exponent or separators."),
        "too_many_decimals": _("At most {places} decimals."),
        "min_value": _("This must be at least {min_value}."),
        "max_value": _("This must be at most {max_value}."),
    }

    def __init__(self, *, min_value: Decimal | None = None, max_value: Decimal | None = None, **options: Any) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        if type(data) not in (str, int, Decimal):
            self._refuse("invalid")
        value = parse_decimal(str(data), whole_digits=self.whole_digits, places=self.places)
        if value is None:
            longer = parse_decimal(str(data), whole_digits=self.whole_digits, places=40)
            self._refuse("invalid" if longer is None else "too_many_decimals")
        if self.min_value is not None and value < self.min_value:
            self._refuse("min_value")
        if self.max_value is not None and value > self.max_value:
            self._refuse("max_value")
        return value

    def _refuse(self, code: str) -> NoReturn:
        self.fail(
            code,
            whole_digits=self.whole_digits,
            places=self.places,
            min_value=self.min_value,
            max_value=self.max_value,
        )

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.{self.places}f}"


def _decimal_schema(example: str) -> Any:
    return extend_schema_field({"type": ["string", "number"], "examples": [example]})


@_decimal_schema("599.00")
class AmountIn(DecimalIn):
    """An amount in EUR, two decimals."""

    whole_digits, places = 9, 2


@_decimal_schema("599.0000")
class UnitPriceIn(DecimalIn):
    """A price per unit in EUR excl. VAT, four decimals."""

    whole_digits, places = 8, 4


@_decimal_schema("1.000")
class QuantityIn(DecimalIn):
    """A quantity, three decimals."""

    whole_digits, places = 7, 3


@extend_schema_field({"type": "string", "examples": ["599.00"]})
class AmountOut(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as text, with at least two decimals."""

    def to_representation(self, value: Decimal) -> str:
        plain = value.normalize()
        decimals = -int(plain.as_tuple().exponent)
        return f"{plain:.{max(2, decimals)}f}"


class ProblemOut(serializers.Serializer[Any]):
    """The shape of every refusal; for the API's description."""

    class FieldProblemOut(serializers.Serializer[Any]):
        pointer = serializers.CharField(help_text="RFC 6901")
        code = serializers.CharField()
        detail = serializers.CharField()

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldProblemOut(many=True, required=False)
