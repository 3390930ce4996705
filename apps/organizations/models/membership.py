from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.organizations.models.business_entity import BusinessEntity
from apps.organizations.models.organization import Organization
from apps.organizations.models.scope import ScopedQuerySet


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    def _of_staff(self, user: User) -> Q:
        """Also who works for an organization that they see: a partner is everybody's, a customer its company's."""
        return super()._of_staff(user) | Q(organization__in=Organization.objects.handled_by(user))


class Membership(AuditedModel):
    """For whom a user works: a business entity of ours (staff) or an organization outside (partner, customer)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("user")
    )
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: the user works for an organization outside
        blank=True,
        related_name="memberships",
        verbose_name=_("business entity"),
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,  # null: the user is staff
        blank=True,
        related_name="memberships",
        verbose_name=_("organization"),
    )

    objects = MembershipQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "membership"
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                name="membership_entity_or_organization",
                condition=Q(business_entity__isnull=False, organization__isnull=True)
                | Q(business_entity__isnull=True, organization__isnull=False),
                violation_error_message=_("Give a business entity or an organization, and not both."),
            ),
            models.UniqueConstraint(name="membership_once_per_entity", fields=["user", "business_entity"]),
            models.UniqueConstraint(name="membership_once_per_organization", fields=["user", "organization"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.business_entity or self.organization}"
