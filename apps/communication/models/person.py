"""What is known of reaching somebody: what they want to hear through which channel, and which addresses do not work."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication.choices import ChannelType, PreferenceSource, Purpose
from apps.core.models import known
from apps.organizations.models import Contact
from apps.organizations.models.scope import ScopedQuerySet

REASON_LENGTH = 300


class Recipient(Contact):
    """Somebody we write to, as those see it who look after what reaches them."""

    class Meta:
        proxy = True
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["last_name", "first_name"]


class ContactPreferenceQuerySet(ScopedQuerySet["ContactPreference"]):
    entity_path = "contact__organization__business_entity"
    is_group_wide_without_entity = True


class ContactPreference(AuditedModel):
    """What somebody said about one kind of message through one channel. Who said nothing gets service and no marketing."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="preferences", verbose_name=_("contact"), db_index=False
    )
    channel_type = models.CharField(_("channel"), max_length=20, choices=ChannelType)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    is_allowed = models.BooleanField(_("allowed"))
    source = models.CharField(_("said through"), max_length=20, choices=PreferenceSource)
    said_at = models.DateTimeField(_("said at"))

    objects = ContactPreferenceQuerySet.as_manager()

    audit_root = ("contact", "contact_id")

    class Meta(AuditedModel.Meta):
        db_table = "contact_preference"
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering = ["contact", "channel_type", "purpose"]
        constraints = [
            known("channel_type", ChannelType),
            known("purpose", Purpose),
            known("source", PreferenceSource),
            models.UniqueConstraint(name="contact_preference_once", fields=["contact", "channel_type", "purpose"]),
            models.CheckConstraint(
                name="contact_preference_essential_always", condition=~models.Q(purpose=Purpose.ESSENTIAL, is_allowed=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.channel_type} {self.purpose}"


class UndeliverableAddressQuerySet(ScopedQuerySet["UndeliverableAddress"]):
    entity_path = "contact__organization__business_entity"
    is_group_wide_without_entity = True

    def in_force(self) -> Self:
        return self.filter(is_active=True)


class UndeliverableAddress(AuditedModel):
    """An address or number of somebody at which a message did not arrive: nothing more is sent there until it is mended."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="undeliverable", verbose_name=_("contact"), db_index=False
    )
    channel_type = models.CharField(_("channel"), max_length=20, choices=ChannelType)
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    marked_at = models.DateTimeField(_("marked at"))
    is_active = models.BooleanField(_("does not work"), default=True)

    objects = UndeliverableAddressQuerySet.as_manager()

    audit_root = ("contact", "contact_id")

    class Meta(AuditedModel.Meta):
        db_table = "undeliverable_address"
        verbose_name = _("address that does not work")
        verbose_name_plural = _("addresses that do not work")
        ordering = ["-marked_at"]
        constraints = [
            known("channel_type", ChannelType),
            models.UniqueConstraint(name="undeliverable_address_once", fields=["contact", "channel_type", "address"]),
        ]

    def __str__(self) -> str:
        return self.address
