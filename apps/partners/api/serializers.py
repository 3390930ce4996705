from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core import clock
from apps.core.api.serializers import (
    AmountIn,
    QuantityIn,
    StrictChoice,
    StrictDate,
    StrictEmail,
    StrictMoment,
    StrictSerializer,
    StrictText,
    UnitPriceIn,
)
from apps.core.money import ZERO
from apps.organizations.choices import Country
from apps.partners.choices import ReportOutcome
from apps.partners.models import PartnerOrderReference, PartnerStatusReport
from apps.partners.models.reference import ID_LENGTH, NOTES_LENGTH, STATUS_LENGTH
from apps.partners.queries import Told

MOST_LINES = 1_000
RECEIVED = "received"
ESTIMATED_PROCESSING = "24-48 hours"
CLOCKS_DIFFER = timedelta(minutes=5)
REPORTED_WITHIN = timedelta(days=366)


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
        return RECEIVED

    def get_estimated_processing(self, reference: PartnerOrderReference) -> str:
        return str(reference.integration.partner_specific_config.get("estimated_processing", ESTIMATED_PROCESSING))


class ToldOut(serializers.Serializer[Told]):
    """One status that the order had, in the partner's words."""

    status = serializers.CharField()
    at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)
    sequence = serializers.IntegerField(help_text="The number that the message about it carries.")


class PartnerOrderViewOut(serializers.ModelSerializer[PartnerOrderReference]):
    """A partner's own view of its order. `status`, `status_since` and `timeline` are in its words."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.order_number")
    is_test = serializers.BooleanField(source="order.is_test")
    status = serializers.SerializerMethodField()
    status_since = serializers.SerializerMethodField()
    scheduled_date = serializers.DateField(source="order.planned_start_date", allow_null=True)
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = PartnerOrderReference
        fields = [
            "order_id", "order_number", "partner_order_id", "partner_customer_id", "partner_dealer_id", "partner_invoice_id",
            "partner_po_number", "partner_lead_id", "external_order_reference", "is_test", "status", "status_since",
            "scheduled_date", "external_status", "external_status_at", "timeline",
        ]  # fmt: skip

    @property
    def _told(self) -> list[Told]:
        told: list[Told] = self.context["told"]
        return told

    def get_status(self, reference: PartnerOrderReference) -> str:
        return self._told[-1].status if self._told else RECEIVED

    @extend_schema_field(serializers.DateTimeField())
    def get_status_since(self, reference: PartnerOrderReference) -> str | None:
        since = self._told[-1].at if self._told else reference.created_at
        return serializers.DateTimeField().to_representation(since)

    @extend_schema_field(ToldOut(many=True))
    def get_timeline(self, reference: PartnerOrderReference) -> Any:
        return ToldOut(self._told, many=True).data


class ReportedMoment(StrictMoment):
    """When something happened at the partner: with its offset, not in the future, no more than a year ago."""

    default_error_messages = {
        "in_the_future": _("This moment has not come yet."),
        "too_long_ago": _("This moment is more than a year ago."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment, now = super().to_internal_value(value), clock.now()
        if moment > now + CLOCKS_DIFFER:
            self.fail("in_the_future")
        if moment < now - REPORTED_WITHIN:
            self.fail("too_long_ago")
        return moment


class PartnerStatusIn(StrictSerializer):
    """A status that the partner reports of its order, in its own words."""

    partner_order_id = StrictText(max_length=ID_LENGTH)
    status = StrictText(max_length=STATUS_LENGTH)
    timestamp = ReportedMoment()
    notes = OptionalText(max_length=NOTES_LENGTH, multiline=True)


class PartnerStatusOut(serializers.ModelSerializer[PartnerStatusReport]):
    """What came of a status that a partner reported."""

    partner_order_id = serializers.CharField(source="reference.partner_order_id")
    order_number = serializers.CharField(source="reference.order.order_number")
    timestamp = serializers.DateTimeField(source="reported_at")
    result = serializers.ChoiceField(source="outcome", choices=ReportOutcome.choices)
    code = serializers.CharField(
        source="outcome_code",
        allow_blank=True,
        help_text=(
            "Why it was recorded and no more: older_than_known, status_not_mapped, already_there, arrow_not_listed, or the "
            "code with which the step was refused. Empty when the order moved."
        ),
    )

    class Meta:
        model = PartnerStatusReport
        fields = ["partner_order_id", "order_number", "status", "timestamp", "result", "code"]
