"""The shapes in which invoices and payments are asked for."""

from apps.core.api.serializers import (
    AmountIn,
    QuantityIn,
    StrictBoolean,
    StrictChoice,
    StrictDate,
    StrictSerializer,
    StrictText,
    StrictUUID,
)
from apps.finance.choices import PaymentMethod

MOST_LINES = 1_000


class WantedIn(StrictSerializer):
    line_item_id = StrictUUID()
    quantity = QuantityIn(required=False)


class GenerateIn(StrictSerializer):
    """Without a list of lines, all that is open."""

    order_id = StrictUUID()
    line_items_to_invoice = WantedIn(many=True, required=False, min_length=1, max_length=MOST_LINES)
    customer_reference = StrictText(max_length=100, required=False, allow_blank=True)
    draft = StrictBoolean(required=False)


class CreditLineIn(StrictSerializer):
    invoice_line_id = StrictUUID()
    quantity = QuantityIn(required=False)


class CreditIn(StrictSerializer):
    """Without a list of lines, all that is left."""

    reason = StrictText(max_length=500)
    lines = CreditLineIn(many=True, required=False, min_length=1, max_length=MOST_LINES)


class SendIn(StrictSerializer):
    """Without a contact, to the invoice's own."""

    contact_id = StrictUUID(required=False)


class EmptyIn(StrictSerializer):
    """Nothing needs to be said."""


class PaymentIn(StrictSerializer):
    business_entity = StrictText(max_length=20)
    amount = AmountIn()
    payment_date = StrictDate()
    payment_method = StrictChoice(choices=PaymentMethod.choices)
    invoice_id = StrictUUID(required=False)
    external_reference = StrictText(max_length=140, required=False, allow_blank=True)
