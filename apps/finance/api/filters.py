from django_filters import rest_framework as filters

from apps.core.api.filters import AnyOf, DayFilter, StrictFilterSet
from apps.finance.choices import CommissionStatus, InvoiceStatus, InvoiceType, PaymentMethod
from apps.finance.models import Invoice, PartnerCommission, Payment


class InvoiceFilters(StrictFilterSet):
    status = AnyOf(choices=InvoiceStatus.choices)
    invoice_type = AnyOf(choices=InvoiceType.choices)
    business_entity = filters.CharFilter("business_entity__entity_code", max_length=20)
    order = filters.CharFilter("order__order_number", max_length=30)
    invoice_number = filters.CharFilter(max_length=30)
    invoiced_from = DayFilter("invoice_date", "gte")
    invoiced_to = DayFilter("invoice_date", "lte")
    due_before = DayFilter("due_date", "lt")

    class Meta:
        model = Invoice
        fields: list[str] = []


class PaymentFilters(StrictFilterSet):
    business_entity = filters.CharFilter("business_entity__entity_code", max_length=20)
    payment_method = AnyOf(choices=PaymentMethod.choices)
    external_reference = filters.CharFilter(max_length=140)
    received_from = DayFilter("payment_date", "gte")
    received_to = DayFilter("payment_date", "lte")

    class Meta:
        model = Payment
        fields: list[str] = []


class CommissionFilters(StrictFilterSet):
    status = AnyOf(choices=CommissionStatus.choices)
    business_entity = filters.CharFilter("business_entity__entity_code", max_length=20)
    beneficiary = filters.CharFilter("beneficiary__slug", max_length=50)
    order = filters.CharFilter("order__order_number", max_length=30)
    calculated_from = DayFilter("calculated_on", "gte")
    calculated_to = DayFilter("calculated_on", "lte")

    class Meta:
        model = PartnerCommission
        fields: list[str] = []
