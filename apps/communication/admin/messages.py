from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.communication.choices import TONES, DeliveryStatus
from apps.communication.models import CommunicationMessage, CommunicationThread, MessageAttempt, MessageFile
from apps.communication.services import resend_message
from apps.core import clock
from apps.core.admin import ActionButton, ReadOnlyAdmin, RowsInline, admin_link, entity_chip, tone_chip
from apps.core.records import resolve


class AttemptsInline(RowsInline):
    model = MessageAttempt
    verbose_name_plural = _("Why it did or did not go")
    fields = readonly_fields = ["occurred_at", "kind", "number", "succeeded", "outcome"]
    show_change_link = False


class FilesInline(RowsInline):
    model = MessageFile
    fields = readonly_fields = ["file", "size"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("attachment")

    @admin.display(description=_("file"))
    def file(self, row: MessageFile) -> SafeString:
        address = reverse("attachment_download", args=[row.attachment_id])
        return format_html('<a class="cc-link" href="{}">{}</a>', address, row.attachment)

    @admin.display(description=_("size"))
    def size(self, row: MessageFile) -> str:
        return filesizeformat(row.attachment.size_bytes)


class MessagesInline(RowsInline):
    model = CommunicationMessage
    fields = readonly_fields = ["created_at", "channel_type", "said", "sender", "recipient", "delivery", "sent_at"]

    @admin.display(description=_("subject"))
    def said(self, message: CommunicationMessage) -> str:
        return message.summary

    @admin.display(description=_("delivery"))
    def delivery(self, message: CommunicationMessage) -> SafeString:
        return delivery_chip(message)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).defer("html")


def delivery_chip(message: CommunicationMessage) -> SafeString:
    return tone_chip(message.get_delivery_status_display(), TONES[message.delivery_status])


NOT_SENT_BY_HAND = (DeliveryStatus.DRAFT, DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.SUPPRESSED)


def is_resendable(message: CommunicationMessage) -> bool:
    """Whether it has gone, or failed to; what waits, and what was kept inside on purpose, is not sent by hand."""
    return not message.is_incoming and message.delivery_status not in NOT_SENT_BY_HAND


@admin.register(CommunicationMessage)
class CommunicationMessageAdmin(ReadOnlyAdmin):
    """What was said, as it was said. A message is never edited; it can be sent again."""

    empty_list = _("Nothing has been said yet. Messages are made by what happens to orders.")
    list_display = ["moment", "said", "channel_type", "other_side", "entity", "delivery", "attempt_count"]
    list_display_links = ["moment", "said"]
    list_filter = [
        "delivery_status",
        ("thread__business_entity", admin.RelatedOnlyFieldListFilter),
        "message_type",
        "channel_type",
        "template__template_code",
        ("recipient_contact", admin.RelatedOnlyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["thread__business_entity", "recipient_contact", "template"]
    search_fields = ["subject", "recipient", "recipient_contact__last_name", "external_message_id"]
    change_form_template = "admin/communication/message_change_form.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("delivery", "channel_type", "part_count"),
                    ("sent_at", "delivered_at", "read_at", "next_attempt_at"),
                    ("sender", "recipient_contact", "recipient"),
                    ("about_record", "thread", "created_by"),
                    "last_error",
                ]
            },
        ),
        (
            _("Technical"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("template", "template_version", "language"),
                    ("channel", "message_type", "resent_from"),
                    ("external_message_id", "provider_message_id", "dedupe_key"),
                    ("only_in_status", "created_at"),
                ],
            },
        ),
    ]
    inlines = [FilesInline, AttemptsInline]
    buttons = [
        ActionButton(
            resend_message,
            _("Send again"),
            permission="support.communication",
            confirm=_("The message goes to the same address again, in the same words."),
            offered=is_resendable,
            done=_("The message is on its way again."),
            icon="forward_to_inbox",
        )
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows if request.resolver_match.kwargs.get("object_id") else rows.defer("html")

    def get_readonly_fields(self, request: HttpRequest, obj: CommunicationMessage | None = None) -> list[str]:
        return ["delivery", "about_record"]

    @admin.display(description=_("moment"), ordering="created_at")
    def moment(self, message: CommunicationMessage) -> str:
        return date_format(clock.local(message.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("subject"), ordering="subject")
    def said(self, message: CommunicationMessage) -> str:
        return message.summary

    @display(description=pgettext_lazy("a message", "with"), ordering="recipient", header=True)
    def other_side(self, message: CommunicationMessage) -> tuple[str, str]:
        return str(message.recipient_contact or _("unknown")), message.sender if message.is_incoming else message.recipient

    @admin.display(description=_("business entity"), ordering="thread__business_entity__entity_name")
    def entity(self, message: CommunicationMessage) -> SafeString:
        return entity_chip(message.thread.business_entity)

    @admin.display(description=_("delivery"), ordering="delivery_status")
    def delivery(self, message: CommunicationMessage) -> SafeString:
        return delivery_chip(message)

    @admin.display(description=pgettext_lazy("a message", "about"))
    def about_record(self, message: CommunicationMessage) -> SafeString | str:
        return about_link(message.thread)


def about_link(thread: CommunicationThread) -> SafeString | str:
    """The record that a conversation is about."""
    ref = thread.about
    return admin_link(resolve([ref]).get(ref)) if ref else "–"


@admin.register(CommunicationThread)
class CommunicationThreadAdmin(ReadOnlyAdmin):
    empty_list = _("Nothing has been sent yet. The first message about an order begins a conversation.")
    list_display = ["thread_subject", "contact", "entity", "thread_type", "last_message_at"]
    list_filter = ["business_entity", "thread_type", "last_message_at"]
    list_select_related = ["business_entity", "contact"]
    search_fields = ["thread_subject", "contact__last_name", "contact__email"]
    fields = [("thread_subject", "thread_type"), ("contact", "entity"), ("about_record", "last_message_at")]
    readonly_fields = ["entity", "about_record"]
    inlines = [MessagesInline]

    @admin.display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, thread: CommunicationThread) -> SafeString:
        return entity_chip(thread.business_entity)

    @admin.display(description=pgettext_lazy("a message", "about"))
    def about_record(self, thread: CommunicationThread) -> SafeString | str:
        return about_link(thread)


@admin.register(MessageAttempt)
class MessageAttemptAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "message", "number", "succeeded", "outcome"]
    list_filter = ["succeeded", "occurred_at"]
    list_select_related = ["message"]
    search_fields = ["message__recipient", "outcome"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # reached through its message
