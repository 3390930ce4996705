from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel

ERROR_LENGTH = 500


class VerifiedQuerySet(models.QuerySet["Verified"]):
    def wrong(self) -> "VerifiedQuerySet":
        """Checks that found something, or could not be carried out."""
        return self.filter(Q(differences__gt=0) | ~Q(error=""))


class Verified(BusinessModel):
    """What `verify` last found by one of its checks."""

    check_name = models.CharField(_("check"), max_length=100, unique=True)
    label = models.CharField(_("what must hold"), max_length=300)
    ran_at = models.DateTimeField(_("ran at"))
    looked_at = models.PositiveBigIntegerField(_("rows looked at"))
    differences = models.PositiveBigIntegerField(_("differences"))
    error = models.CharField(_("could not be carried out"), max_length=ERROR_LENGTH, blank=True)

    objects = VerifiedQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "verified"
        verbose_name = _("result of a check")
        verbose_name_plural = _("results of checks")
        ordering = ["check_name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.label
