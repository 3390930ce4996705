from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.communication import services
from apps.communication.api.serializers import NotificationIn, NotificationOut
from apps.communication.models import CommunicationMessage
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView
from apps.core.errors import Conflict, NotFound
from apps.core.records import RecordRef, visible_record
from apps.organizations.models import Contact


class SendNotificationView(ApiView):
    """Word a message from a template and have it sent. 202: it is on its way, or, about a test, kept inside."""

    scope = (Scope.SUPPORT_COMMUNICATION, Scope.SALES_ORDERS)

    @extend_schema(request=NotificationIn, responses={202: NotificationOut})
    def post(self, request: Request) -> Response:
        data = validated(NotificationIn, request)
        contact = _contact(data["recipient_contact_id"], request.user)
        message = services.send_notification(
            template_code=data["template_id"],
            recipient_contact=contact,
            channel=data["channel"],
            variables=data["variables"],
            about=_about(data.get("about"), request.user),
            dedupe_key=data["dedupe_key"],
            by=request.user,
        )
        _refuse_another(message, contact=contact, template_code=data["template_id"])
        return Response(NotificationOut(message).data, status=status.HTTP_202_ACCEPTED)


def _contact(key: UUID, user: Any) -> Contact:
    found = Contact.objects.handled_by(user).select_related("organization__business_entity").filter(pk=key).first()
    if found is None:
        raise NotFound(_("There is no such contact."), code="contact_not_found")
    return found


def _refuse_another(message: CommunicationMessage, *, contact: Contact, template_code: str) -> None:
    """A key that was used before gives its message back, and nobody a message that is not the one they asked for."""
    same = message.recipient_contact_id == contact.pk and message.template and message.template.template_code == template_code
    if not same:
        raise Conflict(_("This key belongs to another message."), code="dedupe_key_mismatch")


def _about(data: dict[str, Any] | None, user: Any) -> RecordRef | None:
    if not data:
        return None
    ref = RecordRef(**data)
    visible_record(ref, user)
    return ref
