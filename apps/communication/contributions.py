"""What communication adds to the pages of other apps: the messages about a record, and what could not be sent."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db.models import Model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.communication.choices import TONES, ChannelType, DeliveryStatus
from apps.communication.models import CommunicationMessage
from apps.communication.queries import messages_about
from apps.communication.work import messages_not_delivered
from apps.core import clock
from apps.core.chips import admin_link, admin_url, tone_chip
from apps.core.contributions import (
    FEED_CUSTOMER,
    FEED_ORDER,
    FEED_SYSTEM,
    Panel,
    Tile,
    TimelineEntry,
    Viewer,
    contributions,
)

# Named, not imported: these apps stand above this one.
SUBJECTS = ("order", "invoice", "ticket")
MAY_SEE = "communication.view_communicationmessage"


def register() -> None:
    """Plug in; called once, when the app is ready."""
    for entity_type in SUBJECTS:
        contributions.add_timeline(entity_type, _timeline_of(entity_type), right=MAY_SEE)
        contributions.add_panel(entity_type, _panel_of(entity_type), right=MAY_SEE)
    contributions.tiles.append(tiles)
    contributions.work.append(messages_not_delivered)


def _timeline_of(entity_type: str) -> Callable[[Sequence[UUID]], dict[UUID, list[TimelineEntry]]]:
    def entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
        return {key: [_entry(message) for message in said] for key, said in messages_about(entity_type, ids).items()}

    return entries


def _entry(message: CommunicationMessage) -> TimelineEntry:
    words = _("Message from %(name)s: %(subject)s") if message.is_incoming else _("Message to %(name)s: %(subject)s")
    return TimelineEntry(
        at=message.sent_at or message.created_at,
        kind="message",
        title=words % {"name": _other_side(message), "subject": message.summary},
        detail=message.last_error or _standing(message),
        by=str(message.created_by or ""),
        tone=TONES[message.delivery_status].replace("neutral", "info"),
        url=admin_url(message),
        feeds=_feeds(message),
    )


def _standing(message: CommunicationMessage) -> str:
    """Through what it went, where that is no letter, and how it stands."""
    words = message.get_delivery_status_display()
    return words if message.channel_type == ChannelType.EMAIL else f"{message.get_channel_type_display()}: {words}"


def _other_side(message: CommunicationMessage) -> object:
    """Whom we spoke with: the contact, or where they wrote from."""
    return message.recipient_contact or message.sender


def _feeds(message: CommunicationMessage) -> tuple[str, ...]:
    sender = FEED_ORDER if message.created_by else FEED_SYSTEM
    contact = message.recipient_contact
    return (sender, FEED_CUSTOMER) if contact is not None and contact.organization.is_customer else (sender,)


def _panel_of(entity_type: str) -> Callable[[Model], Panel]:
    def panel(record: Model) -> Panel:
        said = messages_about(entity_type, [record.pk])[record.pk]
        return Panel(
            title=_("Messages"),
            columns=[_("With"), _("Channel"), _("Subject"), _("Delivery"), _("Moment")],
            rows=[_row(message) for message in reversed(said)],
            empty=_("Nothing has been said yet."),
        )

    return panel


def _row(message: CommunicationMessage) -> list[object]:
    moment = clock.local(message.sent_at or message.created_at)
    return [
        _other_side(message),
        message.get_channel_type_display(),
        admin_link(message, message.summary),
        tone_chip(message.get_delivery_status_display(), TONES[message.delivery_status]),
        date_format(moment, "SHORT_DATETIME_FORMAT"),
    ]


def tiles(viewer: Viewer) -> list[Tile]:
    """Messages that wait for a person."""
    if not viewer.user.has_perm(MAY_SEE):
        return []
    rows = CommunicationMessage.objects.visible_to(viewer.user)
    if viewer.business_entity is not None:
        rows = rows.filter(thread__business_entity=viewer.business_entity)
    failed = rows.failed().count()
    query = f"delivery_status__in={DeliveryStatus.FAILED},{DeliveryStatus.BOUNCED}"
    if viewer.business_entity is not None:
        query += f"&thread__business_entity__id__exact={viewer.business_entity}"
    return [
        Tile(
            title=_("Messages not delivered"),
            value=failed,
            url=f"{reverse('admin:communication_communicationmessage_changelist')}?{query}",
            tone="danger" if failed else "success",
            group=_("What failed"),
            order=220,
        )
    ]
