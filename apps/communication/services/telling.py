"""Telling somebody something through every channel that reaches them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction

from apps.communication.choices import TEXT_CHANNELS, ChannelType
from apps.communication.models import CommunicationMessage
from apps.communication.services.notifications import send_notification
from apps.communication.services.reaching import has_address
from apps.core.errors import Refused
from apps.core.records import RecordRef
from apps.organizations.models import BusinessEntity, Contact

log = structlog.get_logger(__name__)

# With these there is no such channel for this person or company, and so nothing to keep: the check of templates names what
# a company lacks, and a contact's own page shows a number that reads no texts.
NO_SUCH_WAY = ("channel_missing", "template_unknown", "number_invalid", "address_missing", "contact_inactive")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing to be told to one person. `key` is the repeat key: of the mail itself, and with the channel's name behind it
    those of texts.
    """

    contact: Contact
    template_code: str
    variables: Mapping[str, str]
    about: RecordRef
    business_entity: BusinessEntity
    key: str
    only_in_status: str = ""


@transaction.atomic
def tell(told: Told, *, channels: Sequence[str] = (ChannelType.EMAIL,)) -> list[CommunicationMessage]:
    """Send one thing by mail and, where it is to go by phone too, in one text message; gives what was made.

    What its reader is not to get is kept with the reason. WhatsApp is for whoever gave a number for it.
    """
    made: list[CommunicationMessage] = []
    for channel in channels:
        has_text = any(message.channel_type in TEXT_CHANNELS for message in made)
        if channel in TEXT_CHANNELS and (has_text or (channel == ChannelType.WHATSAPP and not told.contact.whatsapp)):
            continue
        message = _through(told, channel) if has_address(told.contact, channel) else None
        if message is not None:
            made.append(message)
    return made


def _through(told: Told, channel: str) -> CommunicationMessage | None:
    try:
        with transaction.atomic():
            return send_notification(
                template_code=told.template_code,
                recipient_contact=told.contact,
                channel=channel,
                variables=told.variables,
                about=told.about,
                business_entity=told.business_entity,
                dedupe_key=told.key if channel == ChannelType.EMAIL else f"{told.key}:{channel}",
                only_in_status=told.only_in_status,
                keep_refused=True,
            )
    except Refused as refusal:
        if refusal.code not in NO_SUCH_WAY:
            raise
        log.info("not_told", template=told.template_code, channel=channel, contact=str(told.contact.pk), reason=refusal.code)
        return None
