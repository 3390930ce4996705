"""What stands against a message: asked when it is made, and again right before it is sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.communication.choices import TEXT_CHANNELS, ChannelType, DeliveryStatus, MessageType, Purpose
from apps.communication.models import CommunicationMessage, ContactPreference, UndeliverableAddress
from apps.communication.texting import MOST_PARTS
from apps.core import clock
from apps.core.errors import Refused, Text
from apps.core.transactions import lock_name
from apps.workflow.models import EntityCurrentStatus

WINDOW = timedelta(hours=24)  # in which WhatsApp takes free text after a customer's own message
REPEATED_WITHIN = timedelta(hours=24)
WEEK = timedelta(days=7)
# The most that is sent of what is not essential to one person in a week.
MOST_A_WEEK: dict[str, int] = {ChannelType.SMS: 2, ChannelType.EMAIL: 3}
NEVER_LEFT = (DeliveryStatus.FAILED, DeliveryStatus.SUPPRESSED)


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Why a message is not sent."""

    code: str
    words: Text

    def refusal(self) -> Refused:
        return Refused(self.words, code=self.code)


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What is known of those whom some messages go to; read for all of them at once."""

    wishes: dict[tuple[UUID, str, str], bool]
    dead: set[tuple[UUID, str, str]]
    open_windows: set[tuple[UUID, str]]
    statuses: dict[tuple[str, UUID], str]


def objections(messages: Sequence[CommunicationMessage]) -> dict[UUID, Objection]:
    """Of each message that is not to go, why. Their contact, template, channel and thread have been read along."""
    facts = _facts(messages)
    found = ((message.pk, _objection(message, facts)) for message in messages)
    return {key: objection for key, objection in found if objection is not None}


def purpose_of(message: CommunicationMessage) -> str:
    """What a message is for; what a person wrote is essential."""
    return message.template.purpose if message.template is not None else Purpose.ESSENTIAL


def window_is_open(message: CommunicationMessage) -> bool:
    """Whether its reader wrote to this company by WhatsApp within the last day."""
    return _window(message) in _open_windows([message])


def _facts(messages: Sequence[CommunicationMessage]) -> _Facts:
    contacts = {message.recipient_contact_id for message in messages if message.recipient_contact_id is not None}
    said = ContactPreference.objects.filter(contact_id__in=contacts)
    dead = UndeliverableAddress.objects.in_force().filter(contact_id__in=contacts)
    return _Facts(
        wishes={(each.contact_id, each.channel_type, each.purpose): each.is_allowed for each in said},
        dead={(each.contact_id, each.channel_type, each.address) for each in dead},
        open_windows=_open_windows(messages),
        statuses=_statuses(messages),
    )


def _window(message: CommunicationMessage) -> tuple[UUID, str]:
    return message.thread.business_entity_id, message.recipient


def _open_windows(messages: Iterable[CommunicationMessage]) -> set[tuple[UUID, str]]:
    numbers = {message.recipient for message in messages if message.channel_type == ChannelType.WHATSAPP}
    if not numbers:
        return set()
    heard = CommunicationMessage.objects.filter(
        message_type=MessageType.INCOMING,
        channel_type=ChannelType.WHATSAPP,
        sender__in=numbers,
        sent_at__gt=clock.now() - WINDOW,
    )
    return set(heard.values_list("thread__business_entity_id", "sender"))


def _statuses(messages: Iterable[CommunicationMessage]) -> dict[tuple[str, UUID], str]:
    keys = {about for message in messages if message.only_in_status and (about := message.thread.about_id) is not None}
    if not keys:
        return {}
    rows = EntityCurrentStatus.objects.filter(entity_id__in=keys)
    return {(each.entity_type, each.entity_id): each.current_status for each in rows}


def _objection(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    return next((objection for check in CHECKS if (objection := check(message, facts)) is not None), None)


def _left(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    contact = message.recipient_contact
    if contact is not None and contact.deleted_at is None and contact.is_active:
        return None
    return Objection(code="contact_inactive", words=_("The contact is no longer active."))


def _moot(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    about = (message.thread.about_type, message.thread.about_id)
    if not message.only_in_status or facts.statuses.get(about) == message.only_in_status:  # type: ignore[arg-type]  # about nothing is found nowhere
        return None
    return Objection(code="no_longer_so", words=_("What it tells is no longer so: the status has changed since."))


def _dead(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    if (message.recipient_contact_id, message.channel_type, message.recipient) not in facts.dead:
        return None
    words = _("Messages do not arrive at %(address)s.") % {"address": message.recipient}
    return Objection(code="address_undeliverable", words=words)


def _unwanted(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    purpose = purpose_of(message)
    if purpose == Purpose.ESSENTIAL:
        return None
    said = facts.wishes.get((message.recipient_contact_id, message.channel_type, purpose))  # type: ignore[arg-type]  # nobody said nothing
    if said is False:
        return Objection(code="recipient_opted_out", words=_("The recipient does not want such messages through this channel."))
    if purpose == Purpose.MARKETING and said is None:
        return Objection(code="consent_missing", words=_("The recipient did not say that they want news through this channel."))
    return None


def _closed(message: CommunicationMessage, facts: _Facts) -> Objection | None:
    is_free = message.channel_type == ChannelType.WHATSAPP and not message.provider_template
    if not is_free or _window(message) in facts.open_windows:
        return None
    words = _("WhatsApp takes free text only within 24 hours after the customer's last message; use an approved template.")
    return Objection(code="whatsapp_window_closed", words=words)


CHECKS: tuple[Callable[[CommunicationMessage, _Facts], Objection | None], ...] = (_left, _moot, _dead, _unwanted, _closed)


def too_much(message: CommunicationMessage) -> Objection | None:
    """What stands against one more message to the same person; whoever asks has them to themselves until the commit."""
    if message.part_count is not None and message.part_count > MOST_PARTS:
        words = _("The text takes %(parts)s parts; at most %(most)s are sent.") % {
            "parts": message.part_count,
            "most": MOST_PARTS,
        }
        return Objection(code="message_too_long", words=words)
    purpose = purpose_of(message)
    is_mail = message.channel_type not in TEXT_CHANNELS
    if purpose == Purpose.ESSENTIAL and is_mail:
        return None
    lock_name(f"messages-to:{message.recipient_contact_id}")
    if _is_repeated(message):
        return Objection(code="message_repeated", words=_("The recipient got the same text within the last 24 hours."))
    if purpose != Purpose.ESSENTIAL and _sent_this_week(message) >= MOST_A_WEEK.get(message.channel_type, 1_000):
        return Objection(code="weekly_limit_reached", words=_("The recipient got as many messages this week as anybody gets."))
    return None


def _of_the_same(message: CommunicationMessage, *, since: timedelta) -> QuerySet[CommunicationMessage]:
    """What was sent lately or is still to go."""
    lately = Q(sent_at__gt=clock.now() - since) | Q(sent_at=None)
    same = {"recipient_contact_id": message.recipient_contact_id, "channel_type": message.channel_type}
    return CommunicationMessage.objects.filter(lately, **same).exclude(delivery_status__in=NEVER_LEFT)


def _is_repeated(message: CommunicationMessage) -> bool:
    return _of_the_same(message, since=REPEATED_WITHIN).filter(recipient=message.recipient, text=message.text).exists()


def _sent_this_week(message: CommunicationMessage) -> int:
    rows = _of_the_same(message, since=WEEK).exclude(template=None).exclude(message_type=MessageType.INCOMING)
    return rows.exclude(template__purpose=Purpose.ESSENTIAL).count()
