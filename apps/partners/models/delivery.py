from datetime import datetime

from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel, known
from apps.core.triggers import AppendOnly
from apps.organizations.models import ScopedQuerySet
from apps.partners.choices import UNSETTLED, DeliveryChannel, DeliveryState, WebhookEvent
from apps.partners.models.integration import PartnerIntegration
from apps.partners.models.reference import PartnerOrderReference

BODY_LENGTH = 20_000
EXCERPT_LENGTH = 1_000
ERROR_LENGTH = 500


class PartnerDeliveryQuerySet(ScopedQuerySet["PartnerDelivery"]):
    entity_path = "integration__business_entity"
    organization_paths = ("integration__partner_organization",)

    def sendable(self, now: datetime) -> "PartnerDeliveryQuerySet":
        """Rows that may be sent now where their endpoint is called: due, in nobody's hands, first of their order's line."""
        earlier = PartnerDelivery.objects.filter(
            reference=models.OuterRef("reference"),
            channel=models.OuterRef("channel"),
            sequence__lt=models.OuterRef("sequence"),
            state__in=UNSETTLED,
        )
        return self.due(now).exclude(models.Exists(earlier))

    def due(self, now: datetime) -> "PartnerDeliveryQuerySet":
        """Rows whose time has come and that nobody has in hand."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        return self.filter(free, state=DeliveryState.TODO, next_attempt_at__lte=now)


class PartnerDelivery(BusinessModel):
    """One message to a partner's endpoint, frozen from the transition it tells of.

    An order has one line of messages per channel, each sent strictly in its order. `body` holds what is told: a webhook
    sends it as it is, a call of the partner's API words it in that partner's shape.

    The lease says who is calling: a worker that dies lets it lapse, and the row is due again. `attempts` rises before the
    call, so that a row that kills its worker parks itself.
    """

    reference = models.ForeignKey(
        PartnerOrderReference, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("partner's order")
    )
    integration = models.ForeignKey(
        PartnerIntegration, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("integration")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=DeliveryChannel, default=DeliveryChannel.WEBHOOK)
    event_type = models.CharField(_("event"), max_length=50, choices=WebhookEvent)
    sequence = models.PositiveIntegerField(_("transition"))
    status = models.CharField(_("status told"), max_length=50)
    body = models.TextField(_("body"))
    queued_at = models.DateTimeField(_("queued at"))
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.TODO)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(_("being sent until"), null=True)  # null: nobody is sending it
    lease_by = models.UUIDField(_("being sent by"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    last_error_code = models.CharField(_("last error"), max_length=50, blank=True)
    last_error = models.CharField(_("last error's words"), max_length=ERROR_LENGTH, blank=True)
    settled_by = models.CharField(_("decided by"), max_length=200, blank=True)
    settled_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = PartnerDeliveryQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "partner_delivery"
        verbose_name = _("delivery to a partner")
        verbose_name_plural = _("deliveries to partners")
        ordering = ["-queued_at", "-sequence"]
        constraints = [
            known("channel", DeliveryChannel),
            known("state", DeliveryState),
            known("event_type", WebhookEvent),
            models.UniqueConstraint(name="partner_delivery_once", fields=["reference", "channel", "sequence"]),
            models.CheckConstraint(
                name="partner_delivery_body_length",
                condition=models.lookups.LessThanOrEqual(Length("body"), BODY_LENGTH),
            ),
            models.CheckConstraint(
                name="partner_delivery_delivered_when_done",
                condition=models.Q(state=DeliveryState.DONE, delivered_at__isnull=False)
                | ~models.Q(state=DeliveryState.DONE) & models.Q(delivered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="partner_delivery_lease_whole",
                condition=models.Q(lease_until__isnull=True, lease_by__isnull=True)
                | models.Q(lease_until__isnull=False, lease_by__isnull=False, state=DeliveryState.TODO),
            ),
        ]
        indexes = [
            models.Index(
                name="partner_delivery_parked",
                fields=["integration", "queued_at"],
                condition=models.Q(state=DeliveryState.PARKED),
            ),
            models.Index(
                name="partner_delivery_due",
                fields=["integration", "channel", "next_attempt_at", "queued_at", "sequence"],
                condition=models.Q(state=DeliveryState.TODO),
            ),
            models.Index(
                name="partner_delivery_head",
                fields=["reference", "channel", "sequence"],
                condition=models.Q(state__in=[DeliveryState.TODO, DeliveryState.PARKED]),
            ),
            models.Index(
                name="partner_delivery_leased",
                fields=["integration", "channel"],
                condition=models.Q(lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} ({self.sequence})"

    @property
    def webhook_id(self) -> str:
        """The same over all attempts: receivers tell a repeat by it."""
        return f"msg_{self.pk.hex}"


class DeliveryAttempt(BusinessModel):
    """One call to a partner's endpoint and what came of it. Appended, never changed."""

    app_privileges = "SELECT, INSERT"

    delivery = models.ForeignKey(
        PartnerDelivery, on_delete=models.PROTECT, related_name="attempt_log", verbose_name=_("delivery")
    )
    number = models.PositiveIntegerField(_("attempt"))
    started_at = models.DateTimeField(_("at"))
    url = models.CharField(_("address"), max_length=2000)
    response_status = models.PositiveSmallIntegerField(_("status"), null=True)  # null: no answer came
    response_excerpt = models.CharField(_("answer"), max_length=EXCERPT_LENGTH, blank=True)
    elapsed_ms = models.PositiveIntegerField(_("time (ms)"))
    error_code = models.CharField(_("error"), max_length=50, blank=True)
    error_detail = models.CharField(_("error's words"), max_length=ERROR_LENGTH, blank=True)

    class Meta(BusinessModel.Meta):
        db_table = "partner_delivery_attempt"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-started_at"]
        triggers = [*BusinessModel.Meta.triggers, AppendOnly()]
        indexes = [models.Index(name="partner_attempt_age", fields=["started_at"])]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def ok(self) -> bool:
        return not self.error_code
