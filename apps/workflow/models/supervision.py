from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.organizations.models import BusinessEntity, ScopedQuerySet


class SupervisionQuerySet(ScopedQuerySet["Supervision"]):
    pass


class Supervision(AuditedModel):
    """Who of a business entity hears of what stays lying, level by level."""

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="supervision", verbose_name=_("business entity")
    )
    team_leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: whoever holds the role
        blank=True,
        related_name="+",
        verbose_name=_("team leader"),
        help_text=_("Empty: whoever of this business entity has the role of team leader longest, else the manager."),
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: whoever holds the role
        blank=True,
        related_name="+",
        verbose_name=_("manager"),
        help_text=_("Empty: whoever of this business entity has the role of manager longest."),
    )
    director = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: the manager
        blank=True,
        related_name="+",
        verbose_name=_("director"),
        help_text=_("Empty: the manager."),
    )

    objects = SupervisionQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "supervision"
        verbose_name = _("line of escalation")
        verbose_name_plural = _("lines of escalation")
        ordering = ["business_entity"]

    def __str__(self) -> str:
        return str(self.business_entity)
