from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.serializers import (
    AmountIn,
    QuantityIn,
    StrictChoice,
    StrictDate,
    StrictEmail,
    StrictSerializer,
    StrictText,
    UnitPriceIn,
)
from apps.core.money import ZERO
from apps.organizations.choices import Country
from apps.partners.models import PartnerOrderReference
from apps.partners.models.reference import ID_LENGTH

MOST_LINES = 1_000
ESTIMATED_PROCESSING = "24-48 hours"
NOTES_LENGTH = 2_000


class OptionalText(StrictText):
    """Text that may be left out; empty is the same as left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_blank=True, **options)


class OptionalId(OptionalText):
    """A name of the partner's own, where it has one."""

    def __init__(self) -> None:
        super().__init__(max_length=ID_LENGTH)


@extend_schema_field({"type": ["string", "integer"], "examples": ["12A", 12]})
class HouseNumberIn(OptionalText):
    """A house number with or without its addition, as text or as a whole number."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(str(data) if type(data) is int else data)


@extend_schema_serializer(component_name="PartnerAddress")
class AddressIn(StrictSerializer):
    street = StrictText(max_length=200)
    house_number = HouseNumberIn(max_length=40)
    addition = OptionalText(max_length=40)
    postal_code = StrictText(max_length=10)
    city = StrictText(max_length=100)
    country = StrictChoice(choices=Country.choices, required=False)


@extend_schema_serializer(component_name="PartnerCustomer")
class CustomerIn(StrictSerializer):
    name = StrictText(max_length=200)
    email = StrictEmail()
    phone = OptionalText(max_length=40)
    address = AddressIn()


@extend_schema_serializer(component_name="PartnerLine")
class LineIn(StrictSerializer):
    default_error_messages = {"nothing_named": _("Name an article or describe the line.")}

    partner_sku = OptionalText(max_length=100)
    description = OptionalText(max_length=500)
    quantity = QuantityIn(required=False)
    unit_price = UnitPriceIn(min_value=ZERO, required=False)
    partner_item_id = OptionalId()

    def validate_quantity(self, quantity: Any) -> Any:
        if quantity <= 0:
            raise serializers.ValidationError(_("A quantity is more than zero."), code="min_value")
        return quantity

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("partner_sku") or attrs.get("description")):
            self.fail("nothing_named")
        return attrs


class PreferencesIn(StrictSerializer):
    preferred_date = StrictDate(required=False)
    time_preference = StrictChoice(choices=["morning", "afternoon"], required=False)
    access_notes = OptionalText(max_length=NOTES_LENGTH, multiline=True)
    notes = OptionalText(max_length=NOTES_LENGTH, multiline=True)


class PartnerOrderIn(StrictSerializer):
    """The canonical shape of a partner's order: what a mapping makes, or what the partner sends itself."""

    partner_order_id = StrictText(max_length=ID_LENGTH)
    partner_customer_id = OptionalId()
    partner_dealer_id = OptionalId()
    partner_invoice_id = OptionalId()
    partner_po_number = OptionalId()
    partner_lead_id = OptionalId()
    external_order_reference = OptionalId()
    customer = CustomerIn()
    line_items = LineIn(many=True, required=False, min_length=1, max_length=MOST_LINES)
    installation_preferences = PreferencesIn(required=False)
    total_amount = AmountIn(min_value=ZERO, required=False)


class PartnerOrderOut(serializers.ModelSerializer[PartnerOrderReference]):
    """What a partner gets for its order, the first time and every time after."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.order_number")
    status = serializers.SerializerMethodField()
    estimated_processing = serializers.SerializerMethodField()

    class Meta:
        model = PartnerOrderReference
        fields = ["order_id", "order_number", "partner_order_id", "status", "estimated_processing"]

    def get_status(self, reference: PartnerOrderReference) -> str:
        return "received"

    def get_estimated_processing(self, reference: PartnerOrderReference) -> str:
        return str(reference.integration.partner_specific_config.get("estimated_processing", ESTIMATED_PROCESSING))
