"""Where a message to somebody goes: to which of their addresses, and whether there is one."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from apps.communication.choices import ChannelType
from apps.communication.texting import reads_texts
from apps.core.errors import Refused
from apps.organizations.models import Contact

# The columns of a contact in the order in which they are looked at.
FIELDS: dict[str, tuple[str, ...]] = {
    ChannelType.EMAIL: ("email",),
    ChannelType.SMS: ("mobile", "phone"),
    ChannelType.WHATSAPP: ("whatsapp", "mobile"),
}
SALT = "communication.unsubscribe"


def reachable(contact: Contact, channel_type: str, address: str = "") -> str:
    """Where a message through this channel goes: to this address, else to the contact's own.

    Raises:
        Refused: channel_not_available, contact_inactive, address_missing, number_invalid (with the `field` at fault).
    """
    if channel_type not in FIELDS:
        raise Refused(_("Messages of this type cannot be sent."), code="channel_not_available")
    to = _own(contact, channel_type) if not address else _checked(address, channel_type, field="address")
    if contact.deleted_at is not None or not contact.is_active:
        raise Refused(_("%(name)s is no longer active.") % {"name": contact}, code="contact_inactive")
    return to


def has_address(contact: Contact, channel_type: str) -> bool:
    """Whether anything stands in one of the columns that this channel needs."""
    return any(getattr(contact, field) for field in FIELDS[channel_type])


def _own(contact: Contact, channel_type: str) -> str:
    filled = [field for field in FIELDS[channel_type] if getattr(contact, field)]
    if not filled:
        no_mail, no_number = _("%(name)s has no e-mail address."), _("%(name)s has no number for this channel.")
        words = no_mail if channel_type == ChannelType.EMAIL else no_number
        raise Refused(words % {"name": contact}, code="address_missing", field=FIELDS[channel_type][0])
    best = next((field for field in filled if _works(getattr(contact, field), channel_type)), filled[0])
    return _checked(getattr(contact, best), channel_type, field=best)


def _works(address: str, channel_type: str) -> bool:
    return channel_type == ChannelType.EMAIL or reads_texts(address)


def _checked(address: str, channel_type: str, *, field: str) -> str:
    if not _works(address, channel_type):
        words = _("%(number)s is no number of a mobile phone.") % {"number": address}
        raise Refused(words, code="number_invalid", field=field)
    return address


def unsubscribe_link(contact: Contact, channel_type: str) -> str:
    """Where somebody says no to news through this channel, without a login."""
    token = signing.Signer(salt=SALT, sep=".").sign(f"{contact.pk.hex}{channel_type}")
    return f"{settings.PUBLIC_BASE_URL}/unsubscribe/{token}"


def recipient_of_token(token: str) -> tuple[Contact, str] | None:
    """Who says no, and to which channel; None for a link that is not ours."""
    try:
        told = signing.Signer(salt=SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    found = Contact.objects.select_related("organization__business_entity").filter(pk=UUID(told[:32]), deleted_at=None).first()
    return (found, told[32:]) if found is not None else None
