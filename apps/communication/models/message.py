from textwrap import shorten
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.audit.models import AuditedModel
from apps.communication import schemas
from apps.communication.choices import ChannelType, DeliveryStatus, MessageType, ThreadType, TraceKind
from apps.communication.models.bounds import bounded
from apps.communication.models.channel import CommunicationChannel
from apps.communication.models.template import CommunicationTemplate
from apps.core.fields import SchemaJSONField
from apps.core.models import BusinessModel, known
from apps.core.records import RecordRef
from apps.files.models import Attachment
from apps.organizations.models import BusinessEntity, Contact
from apps.organizations.models.scope import ScopedQuerySet

TEXT_LENGTH = 200_000
ERROR_LENGTH = 2_000
SUMMARY_LENGTH = 80


class CommunicationThreadQuerySet(ScopedQuerySet["CommunicationThread"]):
    def about(self, ref: RecordRef) -> Self:
        return self.filter(about_type=ref.entity_type, about_id=ref.entity_id)


class CommunicationThread(AuditedModel):
    """What is said between one of our companies and one person about one thing."""

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="threads", verbose_name=_("business entity")
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,  # null: somebody whom we do not know
        blank=True,
        related_name="threads",
        verbose_name=_("contact"),
    )
    counterpart = models.CharField(
        _("address"), max_length=254, blank=True, help_text=_("The address or number of somebody whom we do not know.")
    )
    thread_subject = models.CharField(_("subject"), max_length=300)
    thread_type = models.CharField(_("type"), max_length=30, choices=ThreadType, default=ThreadType.NOTIFICATIONS)
    about_type = models.CharField(_("about"), max_length=40, blank=True)
    about_id = models.UUIDField(_("about record"), null=True, blank=True)  # null: about nothing in particular
    last_message_at = models.DateTimeField(_("last message"))

    objects = CommunicationThreadQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "communication_thread"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at"]
        constraints = [
            known("thread_type", ThreadType),
            models.CheckConstraint(
                name="communication_thread_about_whole",
                condition=Q(about_type="", about_id__isnull=True) | (~Q(about_type="") & Q(about_id__isnull=False)),
            ),
            models.CheckConstraint(
                name="communication_thread_with_somebody",
                condition=Q(contact__isnull=False, counterpart="") | (Q(contact__isnull=True) & ~Q(counterpart="")),
            ),
            # Two notices sent at once to one person about one thing stand in one conversation.
            models.UniqueConstraint(
                name="communication_thread_one_for_notifications",
                fields=["business_entity", "contact", "counterpart", "about_type", "about_id"],
                condition=Q(thread_type=ThreadType.NOTIFICATIONS),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(name="communication_thread_about", fields=["about_type", "about_id"]),
            models.Index(name="communication_thread_recent", fields=["business_entity", "-last_message_at"]),
        ]

    def __str__(self) -> str:
        return self.thread_subject

    @property
    def about(self) -> RecordRef | None:
        return RecordRef(entity_type=self.about_type, entity_id=self.about_id) if self.about_id else None


class CommunicationMessageQuerySet(ScopedQuerySet["CommunicationMessage"]):
    entity_path = "thread__business_entity"

    def about(self, ref: RecordRef) -> Self:
        return self.filter(thread__about_type=ref.entity_type, thread__about_id=ref.entity_id)

    def failed(self) -> Self:
        return self.filter(delivery_status__in=[DeliveryStatus.FAILED, DeliveryStatus.BOUNCED])


class CommunicationMessage(AuditedModel):
    """One message, worded as it was or will be sent: a later change of the template does not touch it."""

    audit_redacted = ("text", "html", "provider_template")

    thread = models.ForeignKey(
        CommunicationThread, on_delete=models.PROTECT, related_name="messages", verbose_name=_("conversation")
    )
    channel = models.ForeignKey(
        CommunicationChannel, on_delete=models.PROTECT, related_name="messages", verbose_name=_("channel")
    )
    channel_type = models.CharField(_("type"), max_length=20, choices=ChannelType)
    message_type = models.CharField(_("kind"), max_length=30, choices=MessageType, default=MessageType.SYSTEM_NOTIFICATION)
    sender = models.CharField(_("from"), max_length=400)
    recipient_contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,  # null: came from somebody whom we do not know
        blank=True,
        related_name="messages",
        verbose_name=_("contact"),
    )
    recipient = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)
    html = models.TextField(_("HTML"), max_length=TEXT_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    template = models.ForeignKey(
        CommunicationTemplate,
        on_delete=models.PROTECT,
        null=True,  # null: written by a person
        blank=True,
        related_name="messages",
        verbose_name=_("template"),
    )
    template_version = models.PositiveIntegerField(_("template version"), null=True, blank=True)  # null: no template
    provider_template = SchemaJSONField(_("approved WhatsApp template"), schema=schemas.FILLED_TEMPLATE, default=dict, blank=True)
    only_in_status = models.CharField(
        _("only in status"),
        max_length=50,
        blank=True,
        help_text=_("Sent only while the record that it is about is still in this status."),
    )
    part_count = models.PositiveSmallIntegerField(_("parts"), null=True, blank=True)  # null: not counted in parts
    external_message_id = models.CharField(_("message id"), max_length=300, unique=True)
    dedupe_key = models.CharField(
        _("repeat key"), max_length=200, blank=True, help_text=_("A second message with the same key is not made.")
    )
    delivery_status = models.CharField(_("delivery"), max_length=20, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)  # null: none is due
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)  # null: nobody is sending it now
    last_error = models.CharField(_("last error"), max_length=ERROR_LENGTH, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)  # null: not sent
    provider_message_id = models.CharField(_("id at the provider"), max_length=100, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)  # null: not known to be
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)  # null: not known to be
    resent_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: sent for the first time
        blank=True,
        related_name="resends",
        verbose_name=_("sent again from"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: the system
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = CommunicationMessageQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "communication_message"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at"]
        constraints = [
            known("channel_type", ChannelType),
            known("message_type", MessageType),
            known("delivery_status", DeliveryStatus),
            known("language", Language),
            bounded("text", TEXT_LENGTH),
            bounded("html", TEXT_LENGTH),
            models.UniqueConstraint(name="communication_message_once", fields=["dedupe_key"], condition=~Q(dedupe_key="")),
            models.CheckConstraint(
                name="communication_message_due_has_moment",
                condition=~Q(delivery_status=DeliveryStatus.PENDING) | Q(next_attempt_at__isnull=False),
            ),
            models.CheckConstraint(
                name="communication_message_incoming_is_received",
                condition=Q(message_type=MessageType.INCOMING, delivery_status=DeliveryStatus.RECEIVED)
                | (~Q(message_type=MessageType.INCOMING) & ~Q(delivery_status=DeliveryStatus.RECEIVED)),
            ),
            models.CheckConstraint(
                name="communication_message_outgoing_has_contact",
                condition=Q(message_type=MessageType.INCOMING) | Q(recipient_contact__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="communication_message_due",
                fields=["next_attempt_at"],
                condition=Q(delivery_status__in=[DeliveryStatus.PENDING, DeliveryStatus.SENDING]),
            ),
            models.Index(
                name="communication_message_failed",
                fields=["created_at"],
                condition=Q(delivery_status__in=[DeliveryStatus.FAILED, DeliveryStatus.BOUNCED]),
            ),
            models.Index(name="communication_message_recent", fields=["-created_at"]),
            models.Index(name="communication_message_written", fields=["recipient", "-sent_at"]),  # whose answer it may be
            models.Index(
                name="communication_message_heard",
                fields=["sender", "-sent_at"],
                condition=Q(message_type=MessageType.INCOMING),
            ),
            models.Index(
                name="communication_message_provided",
                fields=["provider_message_id"],
                condition=~Q(provider_message_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject or self.get_channel_type_display()} → {self.recipient}"

    @property
    def is_incoming(self) -> bool:
        return self.message_type == MessageType.INCOMING

    @property
    def summary(self) -> str:
        """What to call it in a list: its subject, and of a text message, which has none, its first words."""
        return self.subject or shorten(self.text, SUMMARY_LENGTH, placeholder="…")


class MessageFileQuerySet(ScopedQuerySet["MessageFile"]):
    entity_path = "message__thread__business_entity"


class MessageFile(BusinessModel):
    """A file that goes along with a message: kept with the record that it is of, and the same however often it is sent."""

    app_privileges = "SELECT, INSERT"

    message = models.ForeignKey(
        CommunicationMessage, on_delete=models.PROTECT, related_name="files", verbose_name=_("message"), db_index=False
    )
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))

    objects = MessageFileQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "communication_message_file"
        verbose_name = _("attached file")
        verbose_name_plural = _("attached files")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(name="communication_message_file_once", fields=["message", "attachment"]),
        ]

    def __str__(self) -> str:
        return str(self.attachment)


class MessageAttemptQuerySet(ScopedQuerySet["MessageAttempt"]):
    entity_path = "message__thread__business_entity"


class MessageAttempt(BusinessModel):
    """One line of a message's trace: a try to hand it over and what came of it, or why it waited or stayed."""

    app_privileges = "SELECT, INSERT"

    message = models.ForeignKey(
        CommunicationMessage, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("message")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=TraceKind, default=TraceKind.TRIED)
    number = models.PositiveSmallIntegerField(_("attempt"))
    occurred_at = models.DateTimeField(_("moment"))
    succeeded = models.BooleanField(_("succeeded"))
    outcome = models.CharField(_("outcome"), max_length=ERROR_LENGTH)

    objects = MessageAttemptQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "communication_message_attempt"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["occurred_at", "number"]
        constraints = [known("kind", TraceKind)]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
