"""Columns with bounds. PostgreSQL's numeric takes NaN, and NaN sorts above every number: an upper bound refuses it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from jsonschema import Draft202012Validator


class BoundedDecimalField(models.DecimalField):
    """A decimal between two bounds that the database itself checks."""

    digits: int
    places: int
    lower: Decimal
    upper: Decimal

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", self.digits)
        kwargs.setdefault("decimal_places", self.places)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    @property
    def validators(self) -> list[Any]:  # type: ignore[override]
        return [*super().validators, MinValueValidator(self.lower), MaxValueValidator(self.upper)]

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN {self.lower} AND {self.upper}"


class AmountField(BoundedDecimalField):
    """An amount in EUR, two decimals, of either sign: numeric(12,2)."""

    digits, places = 12, 2
    lower, upper = Decimal("-9999999999.99"), Decimal("9999999999.99")


class UnitPriceField(BoundedDecimalField):
    """A price per unit in EUR excl. VAT, four decimals: numeric(12,4)."""

    digits, places = 12, 4
    lower, upper = Decimal("-99999999.9999"), Decimal("99999999.9999")


class QuantityField(BoundedDecimalField):
    """A quantity, three decimals: numeric(10,3)."""

    digits, places = 10, 3
    lower, upper = Decimal("-9999999.999"), Decimal("9999999.999")


class VatRateField(BoundedDecimalField):
    """A VAT rate as a fraction: 0.2100 is 21%."""

    digits, places = 5, 4
    lower, upper = Decimal(0), Decimal(1)


class PercentageField(BoundedDecimalField):
    """A percentage from 0 to 100, two decimals."""

    digits, places = 5, 2
    lower, upper = Decimal(0), Decimal(100)


class WebAddressField(models.URLField):
    """The address of a page; in a form, what is typed without a scheme is https."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})


class SchemaJSONField(models.JSONField):
    """JSON of a known shape, validated by a JSON schema. The schema is code, so changing it is no migration."""

    default_error_messages = {"schema": _("At %(place)s: %(problem)s")}
    empty_values = ()  # an empty list is no empty object: everything is held against the schema

    def __init__(self, *args: Any, schema: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.schema = schema if schema is not None else {}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """A field that was cleared in a form goes back to its default."""
        return super().clean(self.get_default() if value is None and not self.null else value, model_instance)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse what the schema refuses, with every place that is wrong."""
        super().validate(value, model_instance)
        problems = sorted(Draft202012Validator(self.schema).iter_errors(value), key=lambda error: error.json_path)
        if problems:
            raise ValidationError(
                [
                    ValidationError(
                        self.error_messages["schema"],
                        code="schema",
                        params={"place": problem.json_path, "problem": problem.message},
                    )
                    for problem in problems
                ]
            )
