"""Whom we can reach, through what, and what they want to hear."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.communication.choices import ChannelType, Purpose
from apps.communication.forms import MessageBirdForm, WishesForm
from apps.communication.models import ContactPreference, MessageBirdConnection, Recipient, UndeliverableAddress
from apps.communication.queries import wishes_of
from apps.communication.services import mark_deliverable, set_preferences
from apps.core import clock
from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, admin_link, entity_chip, tone_chip
from apps.core.contributions import Panel


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    """Whom we write to; the page of one shows what they want to hear and which of their addresses do not work."""

    empty_list = _("There is nobody to write to yet. Contacts come with their orders.")
    list_display = ["full_name", "organization", "email", "mobile", "whatsapp", "language", "preferred_communication"]
    list_filter = ["preferred_communication", "language", "is_active"]
    list_select_related = ["organization"]
    search_fields = ["first_name", "last_name", "email", "mobile", "organization__name"]
    fields = [
        ("full_name", "organization", "language"),
        ("email", "mobile", "phone", "whatsapp"),
        ("preferred_communication", "is_active"),
    ]
    readonly_fields = ["full_name"]
    buttons = [
        ActionButton(
            set_preferences,
            _("Change preferences"),
            name="preferences",
            form=WishesForm,
            subject="contact",
            permission=(Scope.SUPPORT_COMMUNICATION, Scope.SALES_CUSTOMERS),
            confirm=_("What is essential, such as documents, invoices and appointments, is always sent."),
            done=_("The preferences were written down."),
            icon="tune",
        )
    ]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, recipient: Recipient) -> str:
        return recipient.full_name

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        recipient = context.get("original")
        if recipient is not None:
            context["panels"] = [_wishes(recipient), _marked(recipient)]
            context["record_links"] = [(_("Messages"), _messages_of(recipient))]
        return super().render_change_form(request, context, *args, **kwargs)


def _messages_of(recipient: Recipient) -> str:
    return f"{reverse('admin:communication_communicationmessage_changelist')}?recipient_contact__id__exact={recipient.pk}"


def _wishes(recipient: Recipient) -> Panel:
    wishes = wishes_of(recipient)
    said = {(each.channel_type, each.purpose): each for each in ContactPreference.objects.filter(contact_id=recipient.pk)}
    return Panel(
        title=_("What they want to hear"),
        columns=[_("Channel"), _("Purpose"), _("Wanted"), _("Said through"), _("Moment")],
        rows=[
            [
                ChannelType(channel).label,
                Purpose(purpose).label,
                tone_chip(_("yes"), "success") if allowed else tone_chip(_("no"), "neutral"),
                said[channel, purpose].get_source_display() if (channel, purpose) in said else _("nothing was said"),
                _moment(said[channel, purpose].said_at) if (channel, purpose) in said else "–",
            ]
            for (channel, purpose), allowed in wishes.items()
        ],
        empty="",
    )


def _marked(recipient: Recipient) -> Panel:
    marks = UndeliverableAddress.objects.in_force().filter(contact_id=recipient.pk)
    return Panel(
        title=_("Addresses that do not work"),
        columns=[_("Channel"), _("Address"), _("Reason"), _("Moment")],
        rows=[
            [mark.get_channel_type_display(), admin_link(mark, mark.address), mark.reason, _moment(mark.marked_at)]
            for mark in marks
        ],
        empty=_("All their addresses work, as far as we know."),
    )


def _moment(moment: Any) -> str:
    return date_format(clock.local(moment), "SHORT_DATETIME_FORMAT")


@admin.register(UndeliverableAddress)
class UndeliverableAddressAdmin(ReadOnlyAdmin):
    empty_list = _("Every address works, as far as we know.")
    list_display = ["address", "channel_type", "contact", "reason", "marked_at", "is_active"]
    list_filter = ["channel_type", "is_active", "marked_at"]
    list_select_related = ["contact"]
    search_fields = ["address", "contact__last_name"]
    buttons = [
        ActionButton(
            mark_deliverable,
            _("It works again"),
            permission=Scope.SUPPORT_COMMUNICATION,
            offered=lambda address: address.is_active,
            done=_("Messages go there again."),
            icon="mark_email_read",
        )
    ]


@admin.register(ContactPreference)
class ContactPreferenceAdmin(ReadOnlyAdmin):
    list_display = ["contact", "channel_type", "purpose", "is_allowed", "source", "said_at"]
    list_filter = ["channel_type", "purpose", "is_allowed", "source"]
    list_select_related = ["contact"]
    search_fields = ["contact__last_name", "contact__email"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # reached through its recipient


@admin.register(MessageBirdConnection)
class MessageBirdConnectionAdmin(BaseAdmin):
    """With which account a company sends SMS and WhatsApp messages."""

    form = MessageBirdForm
    empty_list = _("No company sends SMS or WhatsApp messages yet. Add its account at MessageBird, then switch its channels on.")
    list_display = ["entity", "is_active"]
    list_select_related = ["business_entity"]
    fields = ["business_entity", "access_key", "signing_key", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: MessageBirdConnection | None = None) -> Any:
        """Messages were sent with it: the company stays."""
        return ["business_entity"] if obj else []

    @admin.display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, connection: MessageBirdConnection) -> SafeString:
        return entity_chip(connection.business_entity)
