"""The shapes in which tickets are asked for. What they say is judged by the services."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.core.api.serializers import (
    AmountIn,
    StrictChoice,
    StrictDate,
    StrictEmail,
    StrictInteger,
    StrictSerializer,
    StrictText,
    StrictUUID,
)
from apps.orders.choices import OrderType
from apps.support.choices import (
    AssignedDepartment,
    CommentType,
    SalesStage,
    TicketCategory,
    TicketPriority,
    TicketStatus,
    TicketType,
)

SUBJECT_LENGTH, TEXT_LENGTH, REASON_LENGTH = 200, 10_000, 2_000
ORDER_LENGTH = 36  # a number, or a key


class AskerIn(StrictSerializer):
    """A customer that we know, by its key, or who it is."""

    default_error_messages = {
        "id_or_details": _("Give the key of a customer, or name and e-mail address; not both."),
    }

    id = StrictUUID(required=False)
    name = StrictText(max_length=200, required=False)
    email = StrictEmail(required=False)
    phone = StrictText(max_length=40, required=False, allow_blank=True)
    language = StrictChoice(choices=Language.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known, described = "id" in attrs, {"name", "email"} <= attrs.keys()
        if known == described or (known and len(attrs) > 1):
            self.fail("id_or_details")
        return attrs


class TicketIn(StrictSerializer):
    """A question. Who asks is `contact`, `customer`, or else whoever ordered `order`."""

    business_entity = StrictText(max_length=20)
    ticket_type = StrictChoice(choices=TicketType.choices, required=False)
    subject = StrictText(max_length=SUBJECT_LENGTH)
    description = StrictText(max_length=TEXT_LENGTH, multiline=True)
    category = StrictChoice(choices=TicketCategory.choices, required=False)
    priority = StrictChoice(choices=TicketPriority.choices, required=False)
    contact = StrictUUID(required=False)
    customer = AskerIn(required=False)
    order = StrictText(max_length=ORDER_LENGTH, required=False, allow_null=True)
    assigned_to = StrictUUID(required=False, allow_null=True)
    assigned_department = StrictChoice(choices=AssignedDepartment.choices, required=False)
    sales_stage = StrictChoice(choices=SalesStage.choices, required=False)
    opportunity_value = AmountIn(required=False, allow_null=True)
    lead_source = StrictText(max_length=100, required=False, allow_blank=True)
    conversion_probability = StrictInteger(min_value=0, max_value=100, required=False, allow_null=True)


class OwnTicketIn(StrictSerializer):
    """A question of a customer or partner about their own affairs."""

    business_entity = StrictText(max_length=20, required=False)
    ticket_type = StrictChoice(choices=TicketType.choices, required=False)
    subject = StrictText(max_length=SUBJECT_LENGTH)
    description = StrictText(max_length=TEXT_LENGTH, multiline=True)
    category = StrictChoice(choices=TicketCategory.choices, required=False)
    order = StrictText(max_length=ORDER_LENGTH, required=False, allow_null=True)


class TicketChangeIn(StrictSerializer):
    version = StrictInteger(min_value=1)
    subject = StrictText(max_length=SUBJECT_LENGTH, required=False)
    category = StrictChoice(choices=TicketCategory.choices, required=False)
    priority = StrictChoice(choices=TicketPriority.choices, required=False)
    order = StrictText(max_length=ORDER_LENGTH, required=False, allow_null=True)
    assigned_to = StrictUUID(required=False, allow_null=True)
    assigned_department = StrictChoice(choices=AssignedDepartment.choices, required=False)
    sales_stage = StrictChoice(choices=SalesStage.choices, required=False)
    opportunity_value = AmountIn(required=False, allow_null=True)
    lead_source = StrictText(max_length=100, required=False, allow_blank=True)
    conversion_probability = StrictInteger(min_value=0, max_value=100, required=False, allow_null=True)


class CommentIn(StrictSerializer):
    comment_type = StrictChoice(choices=[each for each in CommentType.choices if each[0] != CommentType.SYSTEM], required=False)
    content = StrictText(max_length=TEXT_LENGTH, multiline=True)
    version = StrictInteger(min_value=1, required=False)


class AssignIn(StrictSerializer):
    assigned_to = StrictUUID(allow_null=True)
    assigned_department = StrictChoice(choices=AssignedDepartment.choices, required=False)
    version = StrictInteger(min_value=1, required=False)


class TicketStatusIn(StrictSerializer):
    status = StrictChoice(choices=TicketStatus.choices)
    reason = StrictText(max_length=REASON_LENGTH, multiline=True, required=False, allow_blank=True)
    resolution = StrictText(max_length=TEXT_LENGTH, multiline=True, required=False, allow_blank=True)
    version = StrictInteger(min_value=1, required=False)


class MergeIn(StrictSerializer):
    into = StrictText(max_length=ORDER_LENGTH)
    version = StrictInteger(min_value=1, required=False)


class ConvertIn(StrictSerializer):
    order_type = StrictChoice(choices=OrderType.choices, required=False)
    requested_date = StrictDate(required=False)
    version = StrictInteger(min_value=1, required=False)
