"""What a partner earned, with all that it needs to do the sum again."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.core.api.filters import AnyOf, DayFilter, StrictFilterSet
from apps.core.api.serializers import AmountOut
from apps.core.api.views import ListView
from apps.finance.choices import CommissionStatus
from apps.finance.models import PartnerCommission
from apps.finance.queries import commissions_at_partner
from apps.finance.services import earning_of, explain
from apps.partners.api.views import PartnerView


class PartnerCommissionFilters(StrictFilterSet):
    status = AnyOf(choices=CommissionStatus.choices)
    calculated_from = DayFilter("calculated_on", "gte")
    calculated_to = DayFilter("calculated_on", "lte")

    class Meta:
        model = PartnerCommission
        fields: list[str] = []


class PartnerCommissionOut(serializers.Serializer[PartnerCommission]):
    """One commission of the partner's own. What others in the channel earn by the same order is not told."""

    id = serializers.UUIDField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order_number = serializers.CharField(source="order.order_number")
    partner_reference = serializers.CharField(source="order.partner_reference", help_text="What the partner calls the order.")
    invoice_number = serializers.CharField(source="invoice.invoice_number")
    commission_level = serializers.IntegerField(help_text="1 brought the order, 2 stands above it in the channel.")
    status = serializers.ChoiceField(choices=CommissionStatus.choices)
    is_due = serializers.BooleanField(help_text="Approved, and the customer has paid the invoice.")
    calculated_on = serializers.DateField()
    calculation_method = serializers.CharField()
    commission_rate = AmountOut(allow_null=True, help_text="In percent.")
    fixed_amount = AmountOut(allow_null=True)
    tiers = serializers.JSONField()
    orders_in_month = serializers.IntegerField(allow_null=True)
    max_per_order = AmountOut(allow_null=True)
    base_amount = AmountOut(help_text="What was invoiced, excl. VAT.")
    granted_before = AmountOut(help_text="What earlier invoices of the order gave.")
    limit = serializers.SerializerMethodField(
        help_text="What other levels left of the invoice, where that was less than what was agreed; else null."
    )
    commission_amount = AmountOut()
    reversed_amount = AmountOut(help_text="What credit notes took back, in proportion.")
    paid_amount = AmountOut()
    payment_date = serializers.DateField(allow_null=True)
    formula = serializers.SerializerMethodField(help_text="How it was worked out, in words.")

    def get_limit(self, commission: PartnerCommission) -> str | None:
        left: Decimal = commission.base_amount - commission.given_to_others
        return str(left) if left < earning_of(commission).wanted else None

    def get_formula(self, commission: PartnerCommission) -> str:
        return explain(commission)


class PartnerCommissionsView(PartnerView, ListView):
    """What the partner earned, the newest first."""

    scope = Scope.API_ACCESS
    serializer_class = PartnerCommissionOut
    filterset_class = PartnerCommissionFilters
    queryset = PartnerCommission.objects.none()

    def get_queryset(self) -> Any:
        return commissions_at_partner(self.integration.partner_organization)

    @extend_schema(
        description=(
            "The partner's own commissions, each with all that its amount was worked out from: base_amount times "
            "commission_rate in percent (or fixed_amount less granted_before), rounded half up to cents, at most max_per_order "
            "less granted_before and at most limit."
        )
    )
    def get(self, request: Request, partner_id: str) -> Response:
        return self.list(request)
