"""Who else is involved in an order, beside its customer and its partner."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.core.models import known
from apps.orders.choices import ContactRole, Relationship, VisibilityScope
from apps.organizations.models import ScopedQuerySet


class OrderOrganizationQuerySet(ScopedQuerySet):
    entity_path = "order__business_entity"
    organization_paths = ("organization",)

    def of_organizations_of(self, user: User) -> Self:
        """The parts that a user's own organization, or one below it, has in orders."""
        return self.filter(self._of_organizations(user))


class OrderOrganization(AuditedModel):
    """A further organization in an order: a dealer between partner and customer, a subcontractor."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="other_organizations", verbose_name=_("order")
    )
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    relationship_type = models.CharField(_("relationship"), max_length=20, choices=Relationship)
    visibility_scope = models.CharField(_("may see"), max_length=20, choices=VisibilityScope, default=VisibilityScope.LIMITED)

    objects = OrderOrganizationQuerySet.as_manager()

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "order_organization"
        verbose_name = _("involved organization")
        verbose_name_plural = _("involved organizations")
        constraints = [
            known("relationship_type", Relationship),
            known("visibility_scope", VisibilityScope),
            models.UniqueConstraint(name="order_organization_once", fields=["order", "organization", "relationship_type"]),
        ]

    def __str__(self) -> str:
        return self.get_relationship_type_display()


class OrderContact(AuditedModel):
    """A person with a part in an order."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="other_contacts", verbose_name=_("order"))
    contact = models.ForeignKey("organizations.Contact", on_delete=models.PROTECT, related_name="+", verbose_name=_("contact"))
    role = models.CharField(_("role"), max_length=20, choices=ContactRole)
    is_billing_contact = models.BooleanField(_("receives the invoice"), default=False)

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "order_contact"
        verbose_name = _("involved contact")
        verbose_name_plural = _("involved contacts")
        constraints = [
            known("role", ContactRole),
            models.UniqueConstraint(name="order_contact_once", fields=["order", "contact", "role"]),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
