from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.audit.models import AuditedModel
from apps.core import validators
from apps.core.models import known, trigrams
from apps.organizations.choices import ContactChannel, ContactType
from apps.organizations.models.organization import Organization
from apps.organizations.models.scope import ScopedQuerySet


class ContactQuerySet(ScopedQuerySet["Contact"]):
    entity_path = "organization__business_entity"
    is_group_wide_without_entity = True
    organization_paths = ("organization",)

    def not_deleted(self) -> Self:
        return self.filter(deleted_at__isnull=True)


class Contact(AuditedModel):
    """A person at an organization, with or without a login."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("organization")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: has no login
        blank=True,
        related_name="contact",
        verbose_name=_("login"),
    )
    contact_type = models.CharField(_("type"), max_length=30, choices=ContactType, default=ContactType.CUSTOMER)
    first_name = models.CharField(_("first name"), max_length=200)
    last_name = models.CharField(_("last name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, validators=[validators.validate_phone])
    mobile = models.CharField(_("mobile"), max_length=16, blank=True, validators=[validators.validate_phone])
    whatsapp = models.CharField("WhatsApp", max_length=16, blank=True, validators=[validators.validate_phone])
    job_title = models.CharField(_("job title"), max_length=100, blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.DUTCH)
    preferred_communication = models.CharField(_("prefers"), max_length=10, choices=ContactChannel, default=ContactChannel.EMAIL)
    is_primary = models.BooleanField(_("primary contact"), default=False)
    is_billing_contact = models.BooleanField(_("for invoices"), default=False)
    is_technical_contact = models.BooleanField(_("for technical matters"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    audit_root = ("organization", "organization_id")

    class Meta(AuditedModel.Meta):
        db_table = "contact"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["last_name", "first_name"]
        constraints = [
            known("contact_type", ContactType),
            known("language", Language),
            models.UniqueConstraint(
                name="contact_one_primary",
                fields=["organization"],
                condition=Q(is_primary=True, deleted_at__isnull=True),
                violation_error_message=_("The organization has a primary contact already."),
            ),
            models.CheckConstraint(name="contact_email_lower_case", condition=Q(email=Lower("email"))),
        ]
        indexes = [
            models.Index(name="contact_by_email", fields=["email"], condition=~Q(email="")),
            trigrams("email", condition=~Q(email="")),
            trigrams("last_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
