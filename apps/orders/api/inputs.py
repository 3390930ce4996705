"""The shapes in which orders are asked for. What they say is judged by the services."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.choices import Language
from apps.core.api.serializers import (
    QuantityIn,
    StrictBoolean,
    StrictChoice,
    StrictDate,
    StrictEmail,
    StrictInteger,
    StrictSerializer,
    StrictText,
    StrictUUID,
    UnitPriceIn,
)
from apps.orders.choices import HoldReason, OrderStatus, OrderType, Priority
from apps.organizations.choices import Country

MOST_LINES = 1_000
MOST_ORDERS = 100
NOTES_LENGTH = 5_000
DETAILS_LENGTH = 2_000


@extend_schema_field({"type": ["string", "integer"], "examples": ["12A", 12]})
class HouseNumberIn(StrictText):
    """A house number with or without its addition, as text or as a whole number."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(str(data) if type(data) is int else data)


class AddressIn(StrictSerializer):
    street = StrictText(max_length=200)
    house_number = HouseNumberIn(max_length=40, required=False)
    addition = StrictText(max_length=40, required=False, allow_blank=True)
    postal_code = StrictText(max_length=10)
    city = StrictText(max_length=100)
    country = StrictChoice(choices=Country.choices, required=False)


class CustomerIn(StrictSerializer):
    """A customer that we know, by its key, or who it is."""

    default_error_messages = {
        "id_or_details": _("Give the key of a customer, or name and e-mail address; not both."),
    }

    id = StrictUUID(required=False)
    name = StrictText(max_length=200, required=False)
    email = StrictEmail(required=False)
    phone = StrictText(max_length=40, required=False, allow_blank=True)
    language = StrictChoice(choices=Language.choices, required=False)
    address = AddressIn(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known, described = "id" in attrs, {"name", "email"} <= attrs.keys()
        if known == described or (known and len(attrs) > 1):
            self.fail("id_or_details")
        return attrs


class LineIn(StrictSerializer):
    default_error_messages = {
        "nothing_named": _("Name an article or describe the line."),
        "price_missing": _("A line without an article needs a price."),
    }

    article = StrictText(max_length=50, required=False)
    description = StrictText(max_length=500, required=False)
    quantity = QuantityIn()
    unit_price = UnitPriceIn(required=False)

    def validate_quantity(self, quantity: Any) -> Any:
        if quantity <= 0:
            raise serializers.ValidationError(_("A quantity is more than zero."), code="min_value")
        return quantity

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not ("article" in attrs or "description" in attrs):
            self.fail("nothing_named")
        if not ("article" in attrs or "unit_price" in attrs):
            self.fail("price_missing")
        return attrs


class ChangedLineIn(LineIn):
    """A line of an order that is changed: `id` names the line that it replaces."""

    id = StrictUUID(required=False)


class OrderIn(StrictSerializer):
    business_entity = StrictText(max_length=20)
    order_type = StrictChoice(choices=OrderType.choices)
    customer = CustomerIn()
    installation_address = AddressIn(required=False, allow_null=True)
    line_items = LineIn(many=True, required=False, max_length=MOST_LINES)
    priority_level = StrictChoice(choices=Priority.choices, required=False)
    requested_date = StrictDate(required=False, allow_null=True)
    notes = StrictText(max_length=NOTES_LENGTH, multiline=True, required=False, allow_blank=True)


class OrderChangeIn(StrictSerializer):
    """What of an order may change; `line_items` are then all its lines."""

    version = StrictInteger(min_value=1)
    priority_level = StrictChoice(choices=Priority.choices, required=False)
    requested_date = StrictDate(required=False, allow_null=True)
    planned_completion_date = StrictDate(required=False, allow_null=True)
    installation_address = AddressIn(required=False)
    billing_address = AddressIn(required=False)
    line_items = ChangedLineIn(many=True, required=False, max_length=MOST_LINES)
    notes = StrictText(max_length=NOTES_LENGTH, multiline=True, required=False, allow_blank=True)
    internal_notes = StrictText(max_length=NOTES_LENGTH, multiline=True, required=False, allow_blank=True)


class HoldIn(StrictSerializer):
    hold_reason_category = StrictChoice(choices=HoldReason.choices)
    hold_reason_details = StrictText(max_length=DETAILS_LENGTH, multiline=True)
    estimated_resume_date = StrictDate(required=False, allow_null=True)
    notify_customer = StrictBoolean(required=False)
    notify_partner = StrictBoolean(required=False)


class BulkHoldIn(HoldIn):
    order_ids = serializers.ListField(child=StrictUUID(), min_length=1, max_length=MOST_ORDERS)


class ResumeIn(StrictSerializer):
    resolution_notes = StrictText(max_length=DETAILS_LENGTH, multiline=True)
    new_status = StrictChoice(choices=OrderStatus.choices, required=False, allow_null=True)
    new_planned_date = StrictDate(required=False, allow_null=True)


class HoldsSummaryIn(StrictSerializer):
    business_entity = StrictText(max_length=20, required=False)
