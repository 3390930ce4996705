import re
from datetime import time
from decimal import Decimal
from email.utils import formataddr
from typing import Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication import schemas
from apps.communication.choices import TEXT_CHANNELS, ChannelCode, ChannelType, Department
from apps.core.errors import Text
from apps.core.fields import SchemaJSONField
from apps.core.models import known
from apps.organizations.models import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet

# When people may be disturbed, Amsterdam time, where a channel says nothing else.
USUAL_HOURS: dict[str, tuple[time, time]] = {
    ChannelType.SMS: (time(8), time(20)),
    ChannelType.WHATSAPP: (time(8), time(22)),
}
# The network cuts a name off after eleven signs, and shows no signs but these on every phone.
SENDERS: dict[str, re.Pattern[str]] = {
    ChannelType.SMS: re.compile(r"\+[1-9][0-9]{7,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}"),
    ChannelType.WHATSAPP: re.compile(r"\+[1-9][0-9]{7,14}"),
}
SENDER_WORDS: dict[str, Text] = {
    ChannelType.SMS: _("Give a number such as +31612345678, or a name of at most 11 letters and digits."),
    ChannelType.WHATSAPP: _("Give a number such as +31612345678."),
}


class CommunicationChannelQuerySet(ScopedQuerySet["CommunicationChannel"]):
    def get_by_natural_key(self, entity_code: str, channel_type: str, channel_code: str) -> "CommunicationChannel":
        return self.get(business_entity__entity_code=entity_code, channel_type=channel_type, channel_code=channel_code)

    def in_use(self) -> Self:
        return self.filter(is_active=True)


class CommunicationChannel(AuditedModel):
    """A mailbox or number of one company, for one purpose: what customers write to and hear from."""

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="channels", verbose_name=_("business entity")
    )
    channel_type = models.CharField(_("type"), max_length=20, choices=ChannelType)
    channel_code = models.CharField(_("purpose"), max_length=20, choices=ChannelCode)
    channel_identifier = models.CharField(
        _("address or number"),
        max_length=254,
        blank=True,
        help_text=_("The e-mail address, or the phone number as +31…. A channel without one cannot be active."),
    )
    department = models.CharField(_("department"), max_length=30, choices=Department)
    provider_channel_id = models.CharField(
        _("channel at the provider"),
        max_length=64,
        blank=True,
        help_text=_("WhatsApp: the channel's id at MessageBird. Without it no message can be sent from here."),
    )
    sends_from = models.TimeField(
        _("sends from"),
        null=True,  # null: the usual hours of its type
        blank=True,
        help_text=_("Amsterdam time. Empty: SMS from 8:00 to 20:00, WhatsApp from 8:00 to 22:00, e-mail always."),
    )
    sends_until = models.TimeField(
        _("sends until"),
        null=True,  # null: the usual hours of its type
        blank=True,
        help_text=_("What comes later waits for the next morning; only urgent messages go at any hour."),
    )
    response_sla_hours = models.DecimalField(
        _("first answer within (hours)"), max_digits=6, decimal_places=2, default=Decimal(24)
    )
    configuration = SchemaJSONField(_("settings"), schema=schemas.CHANNEL_CONFIGURATION, default=dict, blank=True)
    auto_assignment_rules = SchemaJSONField(_("assignment rules"), schema=schemas.ASSIGNMENT_RULES, default=dict, blank=True)
    escalation_rules = SchemaJSONField(_("escalation rules"), schema=schemas.ESCALATION_RULES, default=dict, blank=True)
    business_hours = SchemaJSONField(_("business hours"), schema=schemas.BUSINESS_HOURS, default=dict, blank=True)
    auto_response_template = models.ForeignKey(
        "communication.CommunicationTemplate",
        on_delete=models.PROTECT,
        null=True,  # null: nobody is answered by itself
        blank=True,
        related_name="+",
        verbose_name=_("automatic answer"),
    )
    fallback_channel = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: what cannot go this way waits for a person
        blank=True,
        related_name="+",
        verbose_name=_("otherwise through"),
    )
    max_concurrent_conversations = models.PositiveSmallIntegerField(_("conversations at once"), default=50)
    is_primary = models.BooleanField(
        _("primary"), default=False, help_text=_("Used where a message names no other channel of its type.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = CommunicationChannelQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "communication_channel"
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["business_entity", "channel_type", "channel_code"]
        constraints = [
            known("channel_type", ChannelType),
            known("channel_code", ChannelCode),
            known("department", Department),
            models.UniqueConstraint(
                name="communication_channel_one_per_purpose",
                fields=["business_entity", "channel_type", "channel_code"],
                violation_error_message=_("The business entity has a channel of this type for this purpose already."),
            ),
            models.UniqueConstraint(
                name="communication_channel_one_primary",
                fields=["business_entity", "channel_type"],
                condition=Q(is_primary=True),
                violation_error_message=_("The business entity has a primary channel of this type already."),
            ),
            models.CheckConstraint(
                name="communication_channel_active_has_address",
                condition=Q(is_active=False) | ~Q(channel_identifier=""),
                violation_error_message=_("A channel without an address or number cannot be active."),
            ),
            models.CheckConstraint(
                name="communication_channel_hours_whole",
                condition=Q(sends_from__isnull=True, sends_until__isnull=True) | Q(sends_from__lt=F("sends_until")),
                violation_error_message=_("Give both hours, the first before the second, or neither."),
            ),
            models.CheckConstraint(name="communication_channel_sla_bounded", condition=Q(response_sla_hours__range=(0, 720))),
        ]

    def __str__(self) -> str:
        return f"{self.channel_identifier or self.get_channel_type_display()} ({self.get_channel_code_display()})"

    def natural_key(self) -> tuple[str, str, str]:
        return (self.business_entity.entity_code, self.channel_type, self.channel_code)

    def clean(self) -> None:
        """A sender that the network would not take is refused here, not at the first message."""
        super().clean()
        is_text = self.channel_type in TEXT_CHANNELS and self.channel_identifier
        if is_text and not SENDERS[self.channel_type].fullmatch(self.channel_identifier):
            raise ValidationError({"channel_identifier": SENDER_WORDS[self.channel_type]}, code="sender_invalid")

    @property
    def hours(self) -> tuple[time, time] | None:
        """Between which hours of Amsterdam it sends; None: at all hours."""
        if self.sends_from is not None and self.sends_until is not None:
            return self.sends_from, self.sends_until
        return USUAL_HOURS.get(self.channel_type)

    @property
    def display_name(self) -> str:
        """The name beside the address in a letter's From."""
        name: str = self.configuration.get("display_name", "")
        return name or self.business_entity.entity_name

    @property
    def sender(self) -> str:
        """The From of a letter; of a text message the number or name that its reader sees."""
        if self.channel_type in TEXT_CHANNELS:
            return self.channel_identifier
        return formataddr((self.display_name, self.channel_identifier))

    @property
    def reply_address(self) -> str:
        """Where an answer goes."""
        address: str = self.configuration.get("reply_to", "")
        return address or self.channel_identifier

    def message_id_for(self, key: UUID) -> str:
        """The Message-ID of a letter: the same at each attempt, so that its reader gets it once."""
        return f"<{key}@{self.channel_identifier.rpartition('@')[2]}>"

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's way
