"""The shapes in which invoices and payments are told."""

from rest_framework import serializers

from apps.core.api.serializers import AmountOut
from apps.finance import services
from apps.finance.models import Invoice, InvoiceLine, InvoiceTax, PartnerCommission, Payment, PaymentAllocation


class InvoiceLineOut(serializers.Serializer[InvoiceLine]):
    id = serializers.UUIDField()
    line_item_id = serializers.UUIDField()
    description = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit_price = AmountOut()
    vat_category = serializers.CharField()
    vat_rate = AmountOut()
    vat_reason = serializers.CharField()
    total_excl_tax = AmountOut(source="total")


class TaxOut(serializers.Serializer[InvoiceTax]):
    vat_category = serializers.CharField()
    vat_rate = AmountOut()
    taxable = AmountOut()
    amount = AmountOut()


class PayerOut(serializers.Serializer[Invoice]):
    id = serializers.UUIDField(source="billing_organization.pk")
    name = serializers.CharField(source="billing_organization.name")


class InvoiceOut(serializers.Serializer[Invoice]):
    id = serializers.UUIDField()
    invoice_number = serializers.CharField(allow_null=True)
    invoice_type = serializers.CharField()
    status = serializers.CharField()
    version = serializers.IntegerField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.order_number")
    credited_invoice_id = serializers.UUIDField(allow_null=True)
    billing_organization = PayerOut(source="*")
    billing_contact = serializers.CharField(source="billing_contact.full_name")
    invoice_date = serializers.DateField(allow_null=True)
    delivery_date = serializers.DateField()
    due_date = serializers.DateField(allow_null=True)
    payment_term_days = serializers.IntegerField()
    payment_reference = serializers.CharField()
    customer_reference = serializers.CharField()
    lines = InvoiceLineOut(many=True)
    taxes = TaxOut(many=True)
    subtotal_excl_tax = AmountOut()
    total_tax = AmountOut()
    total_amount = AmountOut()
    paid_amount = AmountOut()
    credited_amount = AmountOut()
    written_off_amount = AmountOut()
    balance = AmountOut()
    currency = serializers.CharField(default="EUR", read_only=True)
    created_at = serializers.DateTimeField()


class InvoicesOut(serializers.Serializer[dict[str, list[Invoice]]]):
    invoices = InvoiceOut(many=True)


class AllocationOut(serializers.Serializer[PaymentAllocation]):
    id = serializers.UUIDField()
    invoice_id = serializers.UUIDField()
    invoice_number = serializers.CharField(source="invoice.invoice_number")
    amount = AmountOut()
    is_active = serializers.BooleanField()


class PaymentOut(serializers.Serializer[Payment]):
    id = serializers.UUIDField()
    payment_number = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    amount = AmountOut()
    payment_date = serializers.DateField()
    payment_method = serializers.CharField()
    external_reference = serializers.CharField()
    refunded = AmountOut()
    on_account = AmountOut()
    allocations = AllocationOut(many=True)
    created_at = serializers.DateTimeField()


class CommissionOut(serializers.Serializer[PartnerCommission]):
    """With all that the amount was worked out from; `formula` says it in words."""

    id = serializers.UUIDField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.order_number")
    invoice_id = serializers.UUIDField()
    invoice_number = serializers.CharField(source="invoice.invoice_number")
    beneficiary_id = serializers.UUIDField()
    beneficiary = serializers.CharField(source="beneficiary.name")
    commission_level = serializers.IntegerField()
    parent_commission_id = serializers.UUIDField(allow_null=True)
    agreed_with = serializers.CharField(source="agreed_with.name")
    status = serializers.CharField()
    is_due = serializers.BooleanField()
    calculated_on = serializers.DateField()
    calculation_method = serializers.CharField()
    commission_rate = AmountOut(allow_null=True)
    fixed_amount = AmountOut(allow_null=True)
    tiers = serializers.JSONField()
    orders_in_month = serializers.IntegerField(allow_null=True)
    max_per_order = AmountOut(allow_null=True)
    base_amount = AmountOut()
    granted_before = AmountOut()
    given_to_others = AmountOut()
    commission_amount = AmountOut()
    reversed_amount = AmountOut()
    paid_amount = AmountOut()
    payment_date = serializers.DateField(allow_null=True)
    formula = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_formula(self, commission: PartnerCommission) -> str:
        return services.explain(commission)
