from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.models import BusinessModel, known
from apps.orders.models import Order
from apps.organizations.models import Organization, ScopedQuerySet
from apps.partners.choices import MessageKind
from apps.partners.models.integration import PartnerIntegration

ID_LENGTH = 100


class PartnerOrderReferenceQuerySet(ScopedQuerySet["PartnerOrderReference"]):
    entity_path = "order__business_entity"
    organization_paths = ("partner_organization",)


class PartnerOrderReference(AuditedModel):
    """A partner's own name for an order of ours, and how far that partner has been told.

    `queued_sequence` is the last transition of the order that was looked at, `queued_status` the last of the partner's words
    that was said: to begin with, the intake's answer.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="reference_at_partner", verbose_name=_("order"))
    partner_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="order_references", verbose_name=_("partner")
    )
    integration = models.ForeignKey(
        PartnerIntegration, on_delete=models.PROTECT, related_name="references", verbose_name=_("integration")
    )
    partner_order_id = models.CharField(_("partner's order number"), max_length=ID_LENGTH)
    partner_customer_id = models.CharField(_("partner's customer number"), max_length=ID_LENGTH, blank=True)
    partner_dealer_id = models.CharField(_("partner's dealer number"), max_length=ID_LENGTH, blank=True)
    partner_invoice_id = models.CharField(_("partner's invoice number"), max_length=ID_LENGTH, blank=True)
    partner_po_number = models.CharField(_("partner's purchase order"), max_length=ID_LENGTH, blank=True)
    partner_lead_id = models.CharField(_("partner's lead number"), max_length=ID_LENGTH, blank=True)
    external_order_reference = models.CharField(_("external reference"), max_length=ID_LENGTH, blank=True)
    external_status = models.CharField(_("partner's own status"), max_length=50, blank=True)
    queued_sequence = models.PositiveIntegerField(_("told up to transition"), default=0)
    queued_status = models.CharField(_("last status told"), max_length=50, blank=True)
    last_sync_at = models.DateTimeField(_("last sync"), null=True, blank=True)  # null: nothing was sent
    sync_errors = models.JSONField(_("sync errors"), default=list, blank=True)

    objects = PartnerOrderReferenceQuerySet.as_manager()

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "partner_order_reference"
        verbose_name = _("partner's order")
        verbose_name_plural = _("partners' orders")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(name="partner_order_reference_once", fields=["partner_organization", "partner_order_id"]),
            models.CheckConstraint(name="partner_order_reference_named", condition=~models.Q(partner_order_id="")),
        ]

    def __str__(self) -> str:
        return self.partner_order_id


class PartnerMessage(BusinessModel):
    """What a partner sent for an order: the first message, and each later one that said something else."""

    app_privileges = "SELECT, INSERT, DELETE"

    reference = models.ForeignKey(
        PartnerOrderReference, on_delete=models.PROTECT, related_name="messages", verbose_name=_("partner's order")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind)
    received_at = models.DateTimeField(_("received at"))
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    payload = models.JSONField(_("message"), encoder=DjangoJSONEncoder)
    unmapped = models.JSONField(_("fields that nothing was done with"), default=list)
    differences = models.JSONField(_("differs from the first message"), default=list)

    class Meta(BusinessModel.Meta):
        db_table = "partner_message"
        verbose_name = _("partner's message")
        verbose_name_plural = _("partners' messages")
        ordering = ["-received_at"]
        constraints = [
            known("kind", MessageKind),
            models.UniqueConstraint(
                name="partner_message_one_first",
                fields=["reference"],
                condition=models.Q(kind=MessageKind.FIRST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"
