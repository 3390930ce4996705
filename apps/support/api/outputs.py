"""The shapes in which tickets are told: to those who answer, and to those who ask."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import User
from apps.core import clock
from apps.core.api.serializers import AmountOut
from apps.support.models import Ticket, TicketComment
from apps.workflow.queries import policy_book


class TicketCustomerOut(serializers.Serializer[Ticket]):
    id = serializers.UUIDField(source="customer_organization_id")
    name = serializers.CharField(source="customer_organization.name")


class TicketContactOut(serializers.Serializer[Ticket]):
    id = serializers.UUIDField(source="contact_id")
    name = serializers.CharField(source="contact.full_name")
    email = serializers.CharField(source="contact.email")
    phone = serializers.CharField(source="contact.phone")


class AssigneeOut(serializers.Serializer[User]):
    id = serializers.UUIDField()
    name = serializers.CharField(source="__str__")


class OwnTicketOut(serializers.Serializer[Ticket]):
    """What whoever asked may know of it."""

    id = serializers.UUIDField()
    ticket_number = serializers.CharField()
    ticket_type = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    order = serializers.CharField(source="order.order_number", default=None, allow_null=True)
    category = serializers.CharField()
    status = serializers.CharField()
    status_label = serializers.SerializerMethodField()
    subject = serializers.CharField()
    description = serializers.CharField()
    resolution = serializers.CharField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    satisfaction_rating = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_status_label(self, ticket: Ticket) -> str:
        policy = policy_book(Ticket.entity_type, ticket.workflow_name()).find(ticket.status, ticket.business_entity_id)
        return str(policy.customer_label if policy else ticket.get_status_display())


class TicketOut(serializers.Serializer[Ticket]):
    id = serializers.UUIDField()
    ticket_number = serializers.CharField()
    ticket_type = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    customer_organization = TicketCustomerOut(source="*")
    contact = TicketContactOut(source="*")
    order = serializers.CharField(source="order.order_number", default=None, allow_null=True)
    category = serializers.CharField()
    priority = serializers.CharField()
    status = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    resolution = serializers.CharField()
    source = serializers.CharField()
    assigned_department = serializers.CharField()
    assigned_to = AssigneeOut(allow_null=True)
    escalation = serializers.CharField()
    response_sla_hours = serializers.IntegerField(allow_null=True)
    resolution_sla_hours = serializers.IntegerField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    sla_deadline = serializers.DateTimeField(source="due_at", allow_null=True)
    is_overdue = serializers.SerializerMethodField()
    satisfaction_rating = serializers.IntegerField(allow_null=True)
    satisfaction_comment = serializers.CharField()
    sales_stage = serializers.CharField()
    opportunity_value = AmountOut(allow_null=True)
    lead_source = serializers.CharField()
    conversion_probability = serializers.IntegerField(allow_null=True)
    converted_order = serializers.CharField(source="converted_order.order_number", default=None, allow_null=True)
    merged_into = serializers.CharField(source="merged_into.ticket_number", default=None, allow_null=True)
    follow_up_of = serializers.CharField(source="follow_up_of.ticket_number", default=None, allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    def get_is_overdue(self, ticket: Ticket) -> bool:
        return ticket.is_flagged_overdue or (ticket.due_at is not None and ticket.due_at < clock.now())


class OwnCommentOut(serializers.Serializer[TicketComment]):
    id = serializers.UUIDField()
    comment_type = serializers.CharField()
    is_resolution = serializers.BooleanField()
    author = serializers.SerializerMethodField()
    content = serializers.CharField()
    written_at = serializers.DateTimeField()

    def get_author(self, comment: TicketComment) -> dict[str, Any]:
        """A customer by name; of one of us the first name, as in the mail that they got."""
        if comment.author_contact is not None:
            return {"kind": "customer", "name": comment.author_contact.full_name}
        return {"kind": "staff", "name": comment.author_user.get_short_name() if comment.author_user else ""}


class CommentOut(serializers.Serializer[TicketComment]):
    id = serializers.UUIDField()
    ticket_number = serializers.CharField(source="ticket.ticket_number")
    comment_type = serializers.CharField()
    is_resolution = serializers.BooleanField()
    is_visible_to_customer = serializers.BooleanField()
    author = serializers.SerializerMethodField()
    content = serializers.CharField()
    written_at = serializers.DateTimeField()
    delivery_status = serializers.CharField(source="message.delivery_status", default=None, allow_null=True)

    def get_author(self, comment: TicketComment) -> dict[str, Any]:
        if comment.author_contact is not None:
            return {"kind": "customer", "id": str(comment.author_contact_id), "name": comment.author_contact.full_name}
        if comment.author_user is not None:
            return {"kind": "staff", "id": str(comment.author_user_id), "name": str(comment.author_user)}
        return {"kind": "system", "id": None, "name": ""}


class ConvertedOut(serializers.Serializer[Any]):
    order_id = serializers.UUIDField(source="pk")
    order_number = serializers.CharField()
