"""Making a message: which words, from which mailbox, in which conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication.choices import ChannelType, DeliveryStatus, MessageType, ThreadType
from apps.communication.documents import Letter, write_letter
from apps.communication.models import (
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
)
from apps.communication.phones import readable_phone
from apps.communication.queries import sending_channel, wording
from apps.communication.services.sending import attach_files, doorbell
from apps.communication.templating import STANDARD_VARIABLES, VALUE_LENGTH, render
from apps.core import clock
from apps.core.errors import Refused
from apps.core.records import RecordRef, resolve
from apps.core.text import refuse_unwritable
from apps.files.models import Attachment
from apps.organizations.models import BusinessEntity, Contact

SUBJECT_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class _Envelope:
    """To whom a message goes and where, about what, and the files in it."""

    contact: Contact
    address: str
    about: RecordRef | None = None
    files: Sequence[Attachment] = ()


@transaction.atomic
def send_notification(
    *,
    template_code: str,
    recipient_contact: Contact,
    channel: str = ChannelType.EMAIL,
    variables: Mapping[str, str],
    about: RecordRef | None = None,
    business_entity: BusinessEntity | None = None,
    address: str = "",
    files: Sequence[Attachment] = (),
    dedupe_key: str = "",
    by: User | None = None,
) -> CommunicationMessage:
    """Word a message now and have it sent once this transaction commits; with a known `dedupe_key`, give that message.

    The words are those of the business entity and the contact's language where there are such, else the group's. What
    is about a test record is worded and kept, and never leaves the building. Without `business_entity` the company is that
    of the record, else that of the contact's organization. `address` is where it goes when that is not the contact's own,
    such as that of the department for invoices; `files` go along.

    Raises:
        Refused: channel_not_available, business_entity_missing, address_missing, contact_inactive, channel_missing,
            files_too_large, template_unknown, template_invalid, template_variable_unknown, -_missing, -_invalid.
    """
    if dedupe_key and (known := CommunicationMessage.objects.filter(dedupe_key=dedupe_key).first()):
        return known
    to = _Envelope(contact=recipient_contact, address=_reachable(recipient_contact, channel, address), about=about, files=files)
    record = resolve([about]).get(about) if about else None
    entity = _sender_of(recipient_contact, business_entity or getattr(record, "business_entity", None))
    template = wording(template_code, entity=entity, language=recipient_contact.language, channel_type=channel)
    return _make(
        template=template,
        entity=entity,
        to=to,
        values=_checked(template, variables),
        suppressed=bool(getattr(record, "is_test", False)),
        dedupe_key=dedupe_key,
        by=by,
    )


@transaction.atomic
def send_test(*, communicationtemplate: CommunicationTemplate, recipient_contact: Contact, by: User) -> CommunicationMessage:
    """Send a template with its sample values to a contact, to see how it arrives.

    Raises:
        Refused: as `send_notification`.
    """
    template = communicationtemplate
    address = _reachable(recipient_contact, template.channel_type)
    return _make(
        template=template,
        entity=_sender_of(recipient_contact, template.business_entity),
        to=_Envelope(contact=recipient_contact, address=address),
        values={name: value for name, value in sample_values(template).items() if name not in STANDARD_VARIABLES},
        suppressed=False,
        dedupe_key="",
        by=by,
    )


def sample_letter(template: CommunicationTemplate) -> Letter:
    """How a message of this template looks, with sample values, from the first company that could send it.

    Raises:
        Refused: template_invalid, business_entity_missing.
    """
    entity = template.business_entity or BusinessEntity.objects.filter(is_active=True).order_by("created_at").first()
    if entity is None:
        raise Refused(_("It is not clear in whose name to write."), code="business_entity_missing")
    values = {**sample_values(template), **company_values(entity, template.language)}
    return write_letter(render(template.texts, values), entity=entity, reply_to=entity.contact_email, language=template.language)


def company_values(entity: BusinessEntity, language: str) -> dict[str, str]:
    """What a message knows of the company that writes."""
    return {
        "business_entity_name": entity.entity_name,
        "entity_legal_name": entity.legal_name,
        "entity_website": entity.website_url,
        "entity_phone": readable_phone(entity.contact_phone, language=language),
        "entity_email": entity.contact_email,
        "kvk_number": entity.kvk_number,
        "btw_number": entity.btw_number,
    }


def standard_values(entity: BusinessEntity, contact: Contact, language: str) -> dict[str, str]:
    """What every message knows without being told: who writes, and to whom."""
    return {
        **company_values(entity, language),
        "customer_name": contact.full_name,
        "first_name": contact.first_name,
    }


def sample_values(template: CommunicationTemplate) -> dict[str, str]:
    """A value for each placeholder, to look at a template without a record."""
    return {name: f"[{name}]" for name in (*template.variables, *STANDARD_VARIABLES)}


def _sender_of(contact: Contact, entity: BusinessEntity | None) -> BusinessEntity:
    sender = entity or contact.organization.business_entity
    if sender is None:
        raise Refused(_("It is not clear in whose name to write."), code="business_entity_missing")
    return sender


def _reachable(contact: Contact, channel: str, address: str = "") -> str:
    """Where mail to a contact goes: to this address, else to its own."""
    to = address or contact.email
    if channel != ChannelType.EMAIL:
        raise Refused(_("Messages of this type cannot be sent yet."), code="channel_not_available")
    if not to:
        raise Refused(_("%(name)s has no e-mail address.") % {"name": contact}, code="address_missing")
    if contact.deleted_at is not None or not contact.is_active:
        raise Refused(_("%(name)s is no longer active.") % {"name": contact}, code="contact_inactive")
    return to


def _checked(template: CommunicationTemplate, variables: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(variables.keys() - {*template.variables, *STANDARD_VARIABLES})
    if unknown:
        raise Refused(
            _("The template has no placeholders %(names)s.") % {"names": ", ".join(unknown)},
            code="template_variable_unknown",
            unknown=unknown,
        )
    for name, value in variables.items():
        if not isinstance(value, str) or len(value) > VALUE_LENGTH:
            raise Refused(
                _("The value of %(name)s is no text of at most %(length)s characters.") % {"name": name, "length": VALUE_LENGTH},
                code="template_variable_invalid",
            )
        refuse_unwritable(value, pointer=f"/variables/{name}")
    return dict(variables)


def _make(
    *,
    template: CommunicationTemplate,
    entity: BusinessEntity,
    to: _Envelope,
    values: Mapping[str, str],
    suppressed: bool,
    dedupe_key: str,
    by: User | None,
) -> CommunicationMessage:
    mailbox = sending_channel(entity, channel_type=template.channel_type, channel_code=template.channel_code)
    known = {**standard_values(entity, to.contact, template.language), **values}
    letter = write_letter(
        render(template.texts, known), entity=mailbox.business_entity, reply_to=mailbox.reply_address, language=template.language
    )
    key = uuid4()
    return _store(
        files=to.files,
        id=key,
        thread=_thread(entity=entity, contact=to.contact, about=to.about, subject=letter.subject),
        channel=mailbox,
        channel_type=mailbox.channel_type,
        message_type=MessageType.SYSTEM_NOTIFICATION,
        sender=mailbox.sender,
        recipient_contact=to.contact,
        recipient=to.address,
        subject=letter.subject[:SUBJECT_LENGTH],
        text=letter.text,
        html=letter.html,
        language=template.language,
        template=template,
        template_version=template.version,
        external_message_id=mailbox.message_id_for(key),
        dedupe_key=dedupe_key,
        delivery_status=DeliveryStatus.SUPPRESSED if suppressed else DeliveryStatus.PENDING,
        next_attempt_at=None if suppressed else clock.now(),
        created_by=by,
    )


def _store(*, files: Sequence[Attachment], dedupe_key: str, **columns: Any) -> CommunicationMessage:
    """Keep the message, or give the one that another transaction made with this key meanwhile."""
    if dedupe_key:
        message, created = CommunicationMessage.objects.get_or_create(dedupe_key=dedupe_key, defaults=columns)
    else:
        message, created = CommunicationMessage.objects.create(**columns), True
    if created:
        attach_files(message, files)
    if created and message.delivery_status == DeliveryStatus.PENDING:
        doorbell.ring_after_commit()
    return message


def _thread(*, entity: BusinessEntity, contact: Contact, about: RecordRef | None, subject: str) -> CommunicationThread:
    thread, created = CommunicationThread.objects.get_or_create(
        business_entity=entity,
        contact=contact,
        about_type=about.entity_type if about else "",
        about_id=about.entity_id if about else None,
        thread_type=ThreadType.NOTIFICATIONS,
        defaults={"thread_subject": subject[:SUBJECT_LENGTH], "last_message_at": clock.now()},
    )
    if not created:
        thread.last_message_at = clock.now()
        thread.save(update_fields=["last_message_at"])
    return thread
