from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.core.fields import SchemaJSONField
from apps.core.models import known
from apps.core.records import RecordRef, entity_types, model_of
from apps.core.scope import sees_the_whole_group, visible
from apps.files.choices import DocumentType, FileCategory, ProjectPhase

TAGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "categories": {"type": "array", "maxItems": 20, "items": {"type": "string", "maxLength": 50}},
        "keywords": {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 50}},
        "project_phase": {"enum": ProjectPhase.values},
    },
}


def storage_name(attachment: Attachment, file_name: str) -> str:
    """Under the key alone: nothing that was typed or sent becomes part of a path."""
    key = attachment.pk.hex
    return f"attachments/{key[:2]}/{key}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of(self, ref: RecordRef) -> AttachmentQuerySet:
        return self.filter(about_type=ref.entity_type, about_id=ref.entity_id)

    def visible_to(self, user: Any) -> AttachmentQuerySet:
        """Attachments of records that are the user's to work on; of others that it sees those marked for its kind of reader."""
        if sees_the_whole_group(user):
            return self
        if not user.is_authenticated:
            return self.none()
        found = models.Q(pk__in=[])
        for entity_type in entity_types():
            records = model_of(entity_type)._default_manager.all()
            seen = models.Q(about_id__in=visible(records, user).values("pk"), **self._marked_for(user))
            if hasattr(records, "handled_by"):
                seen |= models.Q(about_id__in=records.handled_by(user).values("pk"))
            found |= models.Q(about_type=entity_type) & seen
        return self.filter(found)

    @staticmethod
    def _marked_for(user: Any) -> dict[str, bool]:
        is_partner = user.is_service or user.has_scope(Scope.PARTNER_PORTAL)
        return {"is_partner_visible": True} if is_partner else {"is_customer_visible": True}


class Attachment(AuditedModel):
    """A file that belongs to a record of any kind. Its content never changes: another file is another version."""

    about_type = models.CharField(_("kind of record"), max_length=50)
    about_id = models.UUIDField(_("record"))
    document_name = models.CharField(_("file name"), max_length=150)
    document_title = models.CharField(_("title"), max_length=200, blank=True)
    document_type = models.CharField(_("document type"), max_length=40, choices=DocumentType, default=DocumentType.OTHER)
    file_category = models.CharField(_("category"), max_length=40, choices=FileCategory, blank=True)
    file = models.FileField(_("file"), max_length=200, upload_to=storage_name, editable=False)
    size_bytes = models.PositiveIntegerField(_("size in bytes"), editable=False)
    media_type = models.CharField(_("media type"), max_length=100, editable=False)
    extension = models.CharField(_("extension"), max_length=10, editable=False)
    checksum = models.CharField(_("checksum (SHA-256)"), max_length=64, editable=False)
    is_customer_visible = models.BooleanField(_("visible to the customer"), default=False)
    is_partner_visible = models.BooleanField(_("visible to the partner"), default=False)
    expiry_date = models.DateField(_("valid until"), null=True, blank=True)  # null: does not expire
    tags = SchemaJSONField(_("tags"), default=dict, blank=True, schema=TAGS)
    version_number = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    uploaded_by = models.ForeignKey(  # null: the system made it
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("uploaded by")
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "attachment"
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["about_id", "about_type", "document_name", "version_number"], name="attachment_version_once"
            ),
            known("document_type", DocumentType),
            models.CheckConstraint(name="attachment_checksum_is_sha256", condition=models.Q(checksum__regex=r"^[0-9a-f]{64}$")),
        ]
        indexes = [models.Index(fields=["-created_at", "id"], name="attachment_newest")]

    def __str__(self) -> str:
        return self.document_title or self.document_name

    @property
    def about(self) -> RecordRef:
        return RecordRef(entity_type=self.about_type, entity_id=self.about_id)

    @property
    def is_internal_only(self) -> bool:
        return not (self.is_customer_visible or self.is_partner_visible)
