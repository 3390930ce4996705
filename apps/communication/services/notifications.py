"""Making a message: which words, from which mailbox, in which conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication.choices import TEXT_CHANNELS, ChannelType, DeliveryStatus, MessageType, TraceKind
from apps.communication.documents import BLANK_LINES, Letter, write_letter
from apps.communication.models import CommunicationChannel, CommunicationMessage, CommunicationTemplate
from apps.communication.phones import readable_phone
from apps.communication.queries import sending_channel, wording
from apps.communication.services.eligibility import objections, too_much
from apps.communication.services.keeping import deferral, sends_at, store
from apps.communication.services.reaching import reachable, unsubscribe_link
from apps.communication.services.threads import SUBJECT_LENGTH, conversation
from apps.communication.templating import STANDARD_VARIABLES, VALUE_LENGTH, refuse_missing, render
from apps.communication.texting import Length, measure, plainly
from apps.core.errors import Refused
from apps.core.records import RecordRef, resolve
from apps.core.text import refuse_unwritable
from apps.files.models import Attachment
from apps.organizations.models import BusinessEntity, Contact


@dataclass(frozen=True, kw_only=True)
class _Envelope:
    """To whom a message goes and where, about what, and in which status of that."""

    contact: Contact
    address: str
    about: RecordRef | None = None
    only_in_status: str = ""


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
    only_in_status: str = "",
    keep_refused: bool = False,
    by: User | None = None,
) -> CommunicationMessage:
    """Word a message now and have it sent once this transaction commits; with a known `dedupe_key`, give that message.

    The words are those of the business entity and the contact's language where there are such, else the group's. What
    is about a test record is worded and kept, and never leaves the building. Without `business_entity` the company is that
    of the record, else that of the contact's organization. `address` is where it goes when that is not the contact's own,
    such as that of the department for invoices; `files` go along. It goes only while the record is `only_in_status`, where
    that is given, and outside quiet hours. With `keep_refused` a message that its reader is not to get (not wanted, no longer
    arriving, the second of the kind) is kept with the reason in place of being refused.

    Raises:
        Refused: channel_not_available, business_entity_missing, address_missing, number_invalid, contact_inactive,
            channel_missing, files_too_large, template_unknown, template_invalid, template_variable_unknown, -_missing,
            -_invalid, address_undeliverable, recipient_opted_out, consent_missing, whatsapp_window_closed, no_longer_so,
            message_repeated, message_too_long, weekly_limit_reached.
    """
    if dedupe_key and (known := CommunicationMessage.objects.filter(dedupe_key=dedupe_key).first()):
        return known
    where = reachable(recipient_contact, channel, address)
    to = _Envelope(contact=recipient_contact, address=where, about=about, only_in_status=only_in_status)
    record = resolve([about]).get(about) if about else None
    entity = _sender_of(recipient_contact, business_entity or getattr(record, "business_entity", None))
    template = wording(template_code, entity=entity, language=recipient_contact.language, channel_type=channel)
    message = _make(template=template, entity=entity, to=to, values=_checked(template, variables), dedupe_key=dedupe_key, by=by)
    return _send(message, files=files, keep_refused=keep_refused, is_test=bool(getattr(record, "is_test", False)))


@transaction.atomic
def send_test(*, communicationtemplate: CommunicationTemplate, recipient_contact: Contact, by: User) -> CommunicationMessage:
    """Send a template with its sample values to a contact, to see how it arrives.

    Raises:
        Refused: as `send_notification`.
    """
    template = communicationtemplate
    address = reachable(recipient_contact, template.channel_type)
    message = _make(
        template=template,
        entity=_sender_of(recipient_contact, template.business_entity),
        to=_Envelope(contact=recipient_contact, address=address),
        values={name: value for name, value in sample_values(template).items() if name not in STANDARD_VARIABLES},
        dedupe_key="",
        by=by,
    )
    return _put_in_line(message)


def sample_letter(template: CommunicationTemplate) -> Letter:
    """How a message of this template looks, with sample values, from the first company that could send it.

    Raises:
        Refused: template_invalid, business_entity_missing.
    """
    entity = template.business_entity or BusinessEntity.objects.filter(is_active=True).order_by("created_at").first()
    if entity is None:
        raise Refused(_("It is not clear in whose name to write."), code="business_entity_missing")
    values = {**sample_values(template), **company_values(entity, template.language)}
    rendered = render(template.texts, values)
    if template.channel_type in TEXT_CHANNELS:
        return Letter(subject="", text=rendered.text.strip(), html="")
    return write_letter(rendered, entity=entity, reply_to=entity.contact_email, language=template.language)


def sample_length(template: CommunicationTemplate) -> Length:
    """How long a text message of this template is with sample values.

    Raises:
        Refused: template_invalid.
    """
    return measure(plainly(render(template.texts, sample_values(template)).text.strip()))


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


def standard_values(entity: BusinessEntity, contact: Contact, template: CommunicationTemplate) -> dict[str, str]:
    """What every message knows without being told: who writes, to whom, and where its reader says no to the next."""
    return {
        **company_values(entity, template.language),
        "unsubscribe_link": unsubscribe_link(contact, template.channel_type),
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
    dedupe_key: str,
    by: User | None,
) -> CommunicationMessage:
    mailbox = sending_channel(entity, channel_type=template.channel_type, channel_code=template.channel_code)
    known = {**standard_values(entity, to.contact, template), **values}
    written = _written(template, known, mailbox)
    subject = written.subject or template.template_name
    key = uuid4()
    return CommunicationMessage(
        id=key,
        thread=conversation(entity=entity, contact=to.contact, about=to.about, subject=subject),
        channel=mailbox,
        channel_type=mailbox.channel_type,
        message_type=MessageType.SYSTEM_NOTIFICATION,
        sender=mailbox.sender,
        recipient_contact=to.contact,
        recipient=to.address,
        subject=written.subject[:SUBJECT_LENGTH],
        text=written.text,
        html=written.html,
        language=template.language,
        template=template,
        template_version=template.version,
        provider_template=filled_template(template, known),
        only_in_status=to.only_in_status,
        part_count=measure(written.text).parts if template.channel_type == ChannelType.SMS else None,
        external_message_id=mailbox.message_id_for(key),
        dedupe_key=dedupe_key,
        created_by=by,
    )


def _written(template: CommunicationTemplate, values: Mapping[str, str], mailbox: CommunicationChannel) -> Letter:
    """On the company's paper, or, of a text message, the bare words."""
    rendered = render(template.texts, values)
    if template.channel_type in TEXT_CHANNELS:
        return Letter(subject="", text=plainly(BLANK_LINES.sub("\n\n", rendered.text).strip()), html="")
    return write_letter(rendered, entity=mailbox.business_entity, reply_to=mailbox.reply_address, language=template.language)


def filled_template(template: CommunicationTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    """The template that WhatsApp approved, with these values in their order; empty where it has none.

    Raises:
        Refused: template_variable_missing.
    """
    approved = template.provider_template
    if not approved:
        return {}
    refuse_missing(approved.get("parameters", []), values)
    kept = {name: approved[name] for name in ("name", "namespace", "language")}
    return {**kept, "values": [values[name] for name in approved.get("parameters", [])]}


def _send(
    message: CommunicationMessage, *, files: Sequence[Attachment], keep_refused: bool, is_test: bool
) -> CommunicationMessage:
    """Keep the message and have it sent when it may be, or say why it may not.

    Raises:
        Refused: the objection's code.
    """
    objection = None if is_test else objections([message]).get(message.pk) or too_much(message)
    if objection is not None and not keep_refused:
        raise objection.refusal()
    if is_test or objection is not None:
        message.delivery_status, message.next_attempt_at = DeliveryStatus.SUPPRESSED, None
        message.last_error = str(objection.words if objection is not None else _("It is about a test: it stays inside."))
        return store(message, files=files, trace=(TraceKind.SUPPRESSED, message.last_error))
    return _put_in_line(message, files)


def _put_in_line(message: CommunicationMessage, files: Sequence[Attachment] = ()) -> CommunicationMessage:
    due_at = sends_at(message)
    message.delivery_status, message.next_attempt_at = DeliveryStatus.PENDING, due_at
    return store(message, files=files, trace=deferral(due_at))
