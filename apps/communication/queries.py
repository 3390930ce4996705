"""Which words and which mailbox a message gets, and what has been said about a record."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from apps.communication.choices import TEXT_CHANNELS, ChannelType, Purpose
from apps.communication.models import (
    CommunicationChannel,
    CommunicationMessage,
    CommunicationTemplate,
    ContactPreference,
    MessageBirdConnection,
)
from apps.core.errors import Refused
from apps.core.once import once_a_page
from apps.organizations.models import BusinessEntity, Contact


def wording(template_code: str, *, entity: BusinessEntity, language: str, channel_type: str) -> CommunicationTemplate:
    """The template to use: in the reader's language first, then in the company's own words, then the group's.

    Raises:
        Refused: template_unknown.
    """
    found = (
        CommunicationTemplate.objects.in_use()
        .filter(Q(business_entity=entity) | Q(business_entity=None))
        .filter(template_code=template_code, channel_type=channel_type)
        .order_by(_rank("language", language), _rank("business_entity", entity.pk), "language")
        .first()
    )
    if found is None:
        raise Refused(
            _("There is no active template %(code)s for this channel.") % {"code": template_code},
            code="template_unknown",
        )
    return found


def sending_channel(entity: BusinessEntity, *, channel_type: str, channel_code: str) -> CommunicationChannel:
    """The mailbox or number to send from: the one for this purpose, else the primary one. Text messages go nowhere without
    the company's account at a provider, except where no provider is configured for mail either: then all lies in the mailbox.

    Raises:
        Refused: channel_missing.
    """
    found = (
        CommunicationChannel.objects.in_use()
        .select_related("business_entity__address")
        .filter(Q(channel_code=channel_code) | Q(is_primary=True), business_entity=entity, channel_type=channel_type)
        .order_by(_rank("channel_code", channel_code))
        .first()
    )
    if found is None or (channel_type in TEXT_CHANNELS and not is_connected(entity)):
        raise Refused(_("%(entity)s has no active channel to send this from.") % {"entity": entity}, code="channel_missing")
    return found


def is_connected(entity: BusinessEntity) -> bool:
    """Whether text messages of this company have somewhere to go."""
    has_account = MessageBirdConnection.objects.filter(business_entity=entity, is_active=True).exists()
    return has_account or lies_in_mailbox()


def lies_in_mailbox() -> bool:
    """Whether what has no provider is kept in the mailbox: outside production, while mail is."""
    return settings.EMAIL_PROVIDER == "mailbox" and not settings.PRODUCTION


@once_a_page
def messages_about(entity_type: str, ids: Sequence[UUID]) -> dict[UUID, list[CommunicationMessage]]:
    """Per record what was said about it, oldest first."""
    messages: dict[UUID, list[CommunicationMessage]] = {key: [] for key in ids}
    rows = (
        CommunicationMessage.objects.filter(thread__about_type=entity_type, thread__about_id__in=ids)
        .select_related("thread", "recipient_contact__organization", "created_by")
        .defer("html")
        .order_by("created_at")
    )
    for message in rows:
        messages[message.thread.about_id].append(message)  # type: ignore[index]  # filtered on it
    return messages


def wishes_of(contact: Contact) -> dict[tuple[str, str], bool]:
    """Per channel and purpose whether somebody gets it: what they said, else service yes and marketing no."""
    said = {
        (each.channel_type, each.purpose): each.is_allowed for each in ContactPreference.objects.filter(contact_id=contact.pk)
    }
    return {
        (channel, purpose): said.get((channel, purpose), purpose == Purpose.SERVICE)
        for channel in (ChannelType.EMAIL, ChannelType.SMS, ChannelType.WHATSAPP)
        for purpose in (Purpose.SERVICE, Purpose.MARKETING)
    }


def _rank(column: str, first: object) -> Case:
    return Case(When(**{column: first}, then=Value(0)), default=Value(1), output_field=IntegerField())
