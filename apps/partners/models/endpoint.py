from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel, known
from apps.partners.choices import DeliveryChannel
from apps.partners.models.integration import PartnerIntegration


class EndpointHealthQuerySet(models.QuerySet["EndpointHealth"]):
    def shut(self, now: datetime) -> "EndpointHealthQuerySet":
        """Endpoints that are not called at this moment: gone, or left alone for a while."""
        return self.filter(models.Q(gone_at__isnull=False) | models.Q(open_until__gt=now))


class EndpointHealth(BusinessModel):
    """How one endpoint of a partner answers: the circuit that spares it, and us, while it is down.

    A row apart from the integration, so that a call writes no audit row and waits for no edit by staff.
    """

    integration = models.ForeignKey(
        PartnerIntegration, on_delete=models.PROTECT, related_name="endpoints", verbose_name=_("integration")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=DeliveryChannel, default=DeliveryChannel.WEBHOOK)
    consecutive_failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("left alone until"), null=True)  # null: it is called
    gone_at = models.DateTimeField(_("gone since"), null=True)  # null: it did not say that it is gone

    objects = EndpointHealthQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "partner_endpoint_health"
        verbose_name = _("endpoint's health")
        verbose_name_plural = _("endpoints' health")
        ordering = ["integration", "channel"]
        constraints = [
            known("channel", DeliveryChannel),
            models.UniqueConstraint(name="partner_endpoint_health_once", fields=["integration", "channel"]),
        ]

    def __str__(self) -> str:
        return self.get_channel_display()
