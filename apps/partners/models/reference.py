from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.models import BusinessModel, known
from apps.orders.models import Order
from apps.organizations.models import Organization, ScopedQuerySet
from apps.partners.choices import MessageKind, ReportOutcome
from apps.partners.models.integration import PartnerIntegration

ID_LENGTH = 100
STATUS_LENGTH = 50
NOTES_LENGTH = 2_000


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
    external_status = models.CharField(_("partner's own status"), max_length=STATUS_LENGTH, blank=True)
    external_status_at = models.DateTimeField(_("partner's own status since"), null=True, blank=True)  # null: none was reported
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
            models.CheckConstraint(
                name="partner_order_reference_status_dated",
                condition=models.Q(external_status="") | models.Q(external_status_at__isnull=False),
            ),
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


class PartnerStatusReport(BusinessModel):
    """A status that a partner reported of its order, and what came of it. Appended, never changed.

    A report is known by its status and its moment: sent again, it has no effect and gets the same answer.
    """

    app_privileges = "SELECT, INSERT, DELETE"

    reference = models.ForeignKey(
        PartnerOrderReference, on_delete=models.PROTECT, related_name="status_reports", verbose_name=_("partner's order")
    )
    status = models.CharField(_("status"), max_length=STATUS_LENGTH)
    reported_at = models.DateTimeField(_("moment that the partner names"))
    notes = models.CharField(_("notes"), max_length=NOTES_LENGTH, blank=True)
    received_at = models.DateTimeField(_("received at"))
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    to_status = models.CharField(_("our status"), max_length=30, blank=True)  # empty: it has no meaning for us
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReportOutcome)
    outcome_code = models.CharField(_("why"), max_length=50, blank=True)

    class Meta(BusinessModel.Meta):
        db_table = "partner_status_report"
        verbose_name = _("status reported by a partner")
        verbose_name_plural = _("statuses reported by partners")
        ordering = ["-received_at"]
        constraints = [
            known("outcome", ReportOutcome),
            models.UniqueConstraint(name="partner_status_report_once", fields=["reference", "status", "reported_at"]),
            models.CheckConstraint(name="partner_status_report_named", condition=~models.Q(status="")),
        ]

    def __str__(self) -> str:
        return self.status
