from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.crypto import EncryptedTextField
from apps.organizations.models import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet

KEY = RegexValidator(r"\A[\x21-\x7e]{10,100}\Z", _("Copy the key as it stands at MessageBird, without spaces."))


class MessageBirdConnection(AuditedModel):
    """A company's account at MessageBird: through it go its SMS and WhatsApp messages. The keys are encrypted."""

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="messagebird_connection", verbose_name=_("business entity")
    )
    access_key = EncryptedTextField(
        _("access key"), max_length=100, validators=[KEY], help_text=_("From MessageBird's dashboard, under Developers.")
    )
    signing_key = EncryptedTextField(
        _("signing key"),
        max_length=100,
        validators=[KEY],
        help_text=_("Another key than the access key: by it we know that a call to our webhook is MessageBird's."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("While off nothing is sent; what comes in is still taken.")
    )

    objects = ScopedQuerySet.as_manager()

    entity_type = "messagebird_connection"
    audit_redacted = ("access_key", "signing_key")

    class Meta(AuditedModel.Meta):
        db_table = "messagebird_connection"
        verbose_name = _("MessageBird connection")
        verbose_name_plural = _("MessageBird connections")
        ordering = ["business_entity"]

    def __str__(self) -> str:
        return f"MessageBird {self.business_entity}"
