from decimal import Decimal
from email.utils import formataddr
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication import schemas
from apps.communication.choices import ChannelCode, ChannelType, Department
from apps.core.fields import SchemaJSONField
from apps.core.models import known
from apps.organizations.models import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet


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
            models.CheckConstraint(name="communication_channel_sla_bounded", condition=Q(response_sla_hours__range=(0, 720))),
        ]

    def __str__(self) -> str:
        return f"{self.channel_identifier or self.get_channel_type_display()} ({self.get_channel_code_display()})"

    def natural_key(self) -> tuple[str, str, str]:
        return (self.business_entity.entity_code, self.channel_type, self.channel_code)

    @property
    def display_name(self) -> str:
        """The name beside the address in a letter's From."""
        name: str = self.configuration.get("display_name", "")
        return name or self.business_entity.entity_name

    @property
    def sender(self) -> str:
        """The From of a letter."""
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
