"""What people want to hear, and through which channel."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication.choices import TEXT_CHANNELS, PreferenceSource, Purpose
from apps.communication.models import CommunicationMessage, ContactPreference, UndeliverableAddress
from apps.communication.models.person import REASON_LENGTH
from apps.core import clock
from apps.core.errors import Refused
from apps.organizations.models import Contact

STOP_WORDS = {"stop", "stopp", "stoppen", "afmelden", "uitschrijven", "unsubscribe", "stopall", "cancel", "end", "quit"}
OPTIONAL = (Purpose.SERVICE, Purpose.MARKETING)


@transaction.atomic
def set_preferences(
    *, contact: Contact, wishes: Mapping[tuple[str, str], bool], source: PreferenceSource, by: User | None
) -> list[ContactPreference]:
    """Write down, per channel and purpose, whether somebody wants it.

    Raises:
        Refused: essential_cannot_be_off.
    """
    if any(purpose == Purpose.ESSENTIAL and not allowed for (_channel, purpose), allowed in wishes.items()):
        raise Refused(_("What is essential cannot be switched off."), code="essential_cannot_be_off")
    return [
        ContactPreference.objects.update_or_create(
            contact=contact,
            channel_type=channel_type,
            purpose=purpose,
            defaults={"is_allowed": allowed, "source": source, "said_at": clock.now()},
        )[0]
        for (channel_type, purpose), allowed in sorted(wishes.items())
    ]


@transaction.atomic
def mark_undeliverable(*, contact: Contact, channel_type: str, address: str, reason: str) -> UndeliverableAddress:
    """Send nothing more to an address until somebody says that it works."""
    return UndeliverableAddress.objects.update_or_create(
        contact=contact,
        channel_type=channel_type,
        address=address,
        defaults={"reason": reason[:REASON_LENGTH], "marked_at": clock.now(), "is_active": True},
    )[0]


@transaction.atomic
def mark_deliverable(*, undeliverableaddress: UndeliverableAddress, by: User | None) -> UndeliverableAddress:
    """Write to an address again: somebody knows that it works."""
    address = UndeliverableAddress.objects.select_for_update(of=("self",)).get(pk=undeliverableaddress.pk)
    address.is_active = False
    address.save(update_fields=["is_active"])
    return address


def is_stop(message: CommunicationMessage) -> bool:
    """Whether somebody texted us to stop, and nothing else."""
    word = message.text.strip(" .!\n\t\"'").casefold()
    return message.channel_type in TEXT_CHANNELS and word in STOP_WORDS


def heed_stop(message: CommunicationMessage) -> bool:
    """Whoever texts STOP hears no more than what is essential through that channel; whether it was that."""
    if not is_stop(message) or message.recipient_contact is None:
        return False
    wishes: dict[tuple[str, str], bool] = {(message.channel_type, purpose): False for purpose in OPTIONAL}
    set_preferences(contact=message.recipient_contact, wishes=wishes, source=PreferenceSource.STOP, by=None)
    return True
