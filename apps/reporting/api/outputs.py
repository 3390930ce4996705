from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import AmountOut

Out = serializers.Serializer[Any]


@extend_schema_field({"oneOf": [{"type": "string", "format": "decimal"}, {"type": "integer"}]})
class ValueField(serializers.Field[int | Decimal, Any, int | str, Any]):
    """A number of things is an integer, anything measured a decimal as a string."""

    def to_representation(self, value: int | Decimal) -> int | str:
        return value if isinstance(value, int) else f"{value:f}"


@extend_schema_field({"type": "string", "format": "decimal"})
class MeasuredOut(serializers.Field[Decimal, Any, str, Any]):
    """A share, a duration or a difference, with the decimals that it was worked out in."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class UrlField(serializers.CharField):
    """A page of the back office, as a full address."""

    def to_representation(self, value: str) -> str:
        return str(self.context["request"].build_absolute_uri(value))


# `from` is no name that a class can have.
PeriodOut = type("PeriodOut", (Out,), {"from": serializers.DateField(source="first"), "to": serializers.DateField(source="last")})


class FigureOut(Out):
    """A figure, with the period before it and the same days of last year; how things stand now has neither."""

    name = serializers.CharField(source="figure.name")
    label = serializers.CharField(source="figure.label")
    group = serializers.CharField(source="figure.group")
    unit = serializers.CharField(source="figure.unit")
    meaning = serializers.CharField(source="figure.meaning")
    good = serializers.CharField(source="figure.good")
    is_now = serializers.BooleanField(source="figure.is_now")
    value = ValueField(allow_null=True)
    previous = ValueField(allow_null=True)
    last_year = ValueField(allow_null=True)
    change = MeasuredOut(allow_null=True)
    url = UrlField()


class OrdersInStatusOut(Out):
    workflow = serializers.CharField()
    status = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    total_excl_vat = AmountOut(source="amount")
    url = UrlField()


class EntityOut(Out):
    business_entity = serializers.CharField(source="entity.entity_code")
    name = serializers.CharField(source="entity.entity_name")
    revenue = AmountOut()
    costs = AmountOut()
    profit = AmountOut()
    previous_revenue = AmountOut()
    change = MeasuredOut(allow_null=True)


class PartnerOut(Out):
    partner = serializers.CharField(source="partner.slug")
    name = serializers.CharField(source="partner.name")
    orders = serializers.IntegerField()
    total_excl_vat = AmountOut(source="value")
    average_order_value = AmountOut(source="average", allow_null=True)
    previous_orders = serializers.IntegerField()
    change = MeasuredOut(allow_null=True)
    last_order_at = serializers.DateTimeField(allow_null=True)
    url = UrlField()


class HoldCategoryOut(Out):
    category = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    average_days = MeasuredOut(allow_null=True)


class WeekOut(Out):
    week = serializers.DateField()
    created = serializers.IntegerField()
    resolved = serializers.IntegerField()


class HoldsOut(Out):
    categories = HoldCategoryOut(many=True)
    resuming_within_7_days = serializers.IntegerField()
    weeks = WeekOut(many=True)


class ClockOut(Out):
    status = serializers.CharField()
    label = serializers.CharField()
    steps = serializers.IntegerField()
    in_time = MeasuredOut(allow_null=True)
    average_hours = MeasuredOut(allow_null=True)


class LateOut(Out):
    entity_type = serializers.CharField()
    breached = serializers.IntegerField()
    escalated = serializers.IntegerField()


class SlaOut(Out):
    statuses = ClockOut(many=True)
    overdue = LateOut(many=True)


class StageOut(Out):
    stage = serializers.CharField()
    orders = serializers.IntegerField()
    share_of_stage_before = MeasuredOut(source="share", allow_null=True)


class MetricsOut(Out):
    calculated_at = serializers.DateTimeField()
    business_entity = serializers.CharField(allow_null=True)
    period = PeriodOut()
    previous_period = PeriodOut()
    figures = FigureOut(many=True)
    orders_per_status = OrdersInStatusOut(many=True, required=False)
    revenue_per_entity = EntityOut(many=True, required=False)
    holds = HoldsOut(required=False)
    sla = SlaOut(required=False)
    conversion = StageOut(many=True, required=False)
    partners = PartnerOut(many=True, required=False)


class AlertOut(FigureOut):
    severity = serializers.CharField()


class AlertsOut(Out):
    calculated_at = serializers.DateTimeField()
    business_entity = serializers.CharField(allow_null=True)
    alerts = AlertOut(many=True)


class ReportCustomerOut(Out):
    id = serializers.UUIDField(source="customer_organization_id")
    name = serializers.CharField(source="customer_organization.name")
    email = serializers.CharField(source="primary_contact.email")


class ReportOrderOut(Out):
    id = serializers.UUIDField()
    order_number = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order_type = serializers.CharField()
    workflow = serializers.CharField()
    status = serializers.CharField()
    customer = ReportCustomerOut(source="*")
    partner = serializers.CharField(source="partner_organization.name", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    completed_on = serializers.DateField(source="actual_completion_date", allow_null=True)
    total_excl_vat = AmountOut()
    total_vat = AmountOut()
    total_incl_vat = AmountOut()
    billing_status = serializers.CharField()
    financial_status = serializers.CharField()


class OrderTotalsOut(Out):
    orders = serializers.IntegerField()
    total_excl_vat = AmountOut()
    total_vat = AmountOut()
    total_incl_vat = AmountOut()


class OrdersReportOut(Out):
    period = PeriodOut()
    totals = OrderTotalsOut()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ReportOrderOut(many=True)


class LineOut(Out):
    business_entity = serializers.CharField(source="entity.entity_code")
    item = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    base = AmountOut(allow_null=True)
    amount = AmountOut()
    previous = AmountOut(allow_null=True)


class FinancialReportOut(Out):
    """`profit` per ledger account, `outstanding` per number of days late, `commissions` per status, `partners` per partner,
    `vat` per category and rate.
    """

    calculated_at = serializers.DateTimeField()
    business_entity = serializers.CharField(allow_null=True)
    period = PeriodOut()
    previous_period = PeriodOut()
    profit = LineOut(many=True)
    outstanding = LineOut(many=True)
    commissions = LineOut(many=True)
    partners = LineOut(many=True)
    vat = LineOut(many=True)
