"""The shapes in which orders are told."""

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import AmountOut
from apps.core.contributions import FEEDS, FieldStep, TimelineEntry
from apps.orders.models import LineItem, Order, OrderHold
from apps.orders.queries import HoldsSummary, ReasonCount, Week
from apps.orders.services import BulkHoldResult
from apps.organizations.models import Address


class CustomerOut(serializers.Serializer[Order]):
    id = serializers.UUIDField(source="customer_organization.pk")
    name = serializers.CharField(source="customer_organization.name")
    contact_name = serializers.CharField(source="primary_contact.full_name")
    email = serializers.CharField(source="primary_contact.email")
    phone = serializers.CharField(source="primary_contact.phone")


class AddressOut(serializers.Serializer[Address]):
    street = serializers.CharField()
    house_number = serializers.SerializerMethodField()
    addition = serializers.CharField(source="house_number_addition")
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()

    def get_house_number(self, address: Address) -> str:
        return "" if address.house_number is None else str(address.house_number)


class LineItemOut(serializers.Serializer[LineItem]):
    id = serializers.UUIDField()
    article = serializers.CharField(source="article.article_number", default=None, allow_null=True)
    description = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit_price = AmountOut(source="unit_price_customer")
    vat_rate = AmountOut(source="tax_rate")
    total_excl_vat = AmountOut(source="total")


class OrderOut(serializers.Serializer[Order]):
    id = serializers.UUIDField()
    order_number = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order_type = serializers.CharField()
    workflow = serializers.CharField()
    status = serializers.CharField()
    status_since = serializers.DateTimeField(allow_null=True)
    sla_deadline = serializers.DateTimeField(allow_null=True)
    is_overdue = serializers.BooleanField()
    version = serializers.IntegerField()
    customer = CustomerOut(source="*")
    installation_address = AddressOut(allow_null=True)
    line_items = LineItemOut(many=True)
    total_excl_vat = AmountOut()
    total_vat = AmountOut()
    total_incl_vat = AmountOut()
    cancellation_code = serializers.CharField()
    cancellation_reason = serializers.CharField()
    billing_status = serializers.CharField()
    financial_status = serializers.CharField()
    created_at = serializers.DateTimeField()


class HoldOut(serializers.Serializer[OrderHold]):
    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    hold_reason_category = serializers.CharField()
    hold_reason_details = serializers.CharField()
    previous_status = serializers.CharField()
    held_at = serializers.DateTimeField()
    created_by = serializers.CharField(allow_null=True)
    estimated_resume_date = serializers.DateField(allow_null=True)
    escalation_level = serializers.CharField()
    escalation_date = serializers.DateField()
    automatic_followup_date = serializers.DateField()
    customer_notified = serializers.BooleanField()
    partner_notified = serializers.BooleanField()
    is_active = serializers.BooleanField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    resolution_notes = serializers.CharField()


class BulkHoldResultOut(serializers.Serializer[BulkHoldResult]):
    """What became of one order: its hold, or the code and words of its refusal."""

    order_id = serializers.UUIDField()
    held = serializers.SerializerMethodField()
    hold_id = serializers.UUIDField(source="hold.pk", default=None, allow_null=True)
    code = serializers.CharField(source="error.code", default=None, allow_null=True)
    detail = serializers.CharField(source="error.detail", default=None, allow_null=True)

    def get_held(self, result: BulkHoldResult) -> bool:
        return result.hold is not None


class BulkHoldOut(serializers.Serializer[Any]):
    held = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkHoldResultOut(many=True)


class HoldReasonOut(serializers.Serializer[ReasonCount]):
    category = serializers.CharField()
    count = serializers.IntegerField()
    average_days = serializers.FloatField()


class ResumeDueOut(serializers.Serializer[OrderHold]):
    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.order_number")
    hold_reason_category = serializers.CharField()
    estimated_resume_date = serializers.DateField()


class HoldWeekOut(serializers.Serializer[Week]):
    """A week by its Monday: how many holds began and ended in it."""

    monday = serializers.DateField()
    created = serializers.IntegerField()
    resolved = serializers.IntegerField()


class HoldsSummaryOut(serializers.Serializer[HoldsSummary]):
    """How holds stand: those that are active, why, which should end within a week, and eight weeks of them."""

    total = serializers.IntegerField()
    overdue = serializers.IntegerField(source="late")
    average_days = serializers.FloatField()
    categories = HoldReasonOut(many=True)
    resumes_due = ResumeDueOut(many=True, source="resuming")
    weeks = HoldWeekOut(many=True)


class FieldStepOut(serializers.Serializer[FieldStep]):
    field = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class TimelineEntryOut(serializers.Serializer[TimelineEntry]):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    by = serializers.CharField()
    tone = serializers.CharField()
    feeds = serializers.ListField(child=serializers.ChoiceField(choices=FEEDS))
    changes = FieldStepOut(many=True)
