"""What a company gives up of an invoice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField
from apps.finance.models.invoice import Invoice
from apps.organizations.models import ApprovalRequest, BusinessEntity, ScopedQuerySet


class WriteOff(AuditedModel):
    """So much of an invoice, in EUR, that is not asked for any more: no money, and booked as a loss. Undone, it stays, no longer
    active.

    Two people decide on one, but for a small difference, which the company's own limit lets pass.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="write_offs", verbose_name=_("invoice"))
    approval = models.ForeignKey(
        ApprovalRequest,
        on_delete=models.PROTECT,
        null=True,  # null: a small difference
        related_name="+",
        verbose_name=_("request for approval"),
    )
    amount = AmountField(_("amount"))
    written_off_on = models.DateField(_("written off on"))
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    note = models.CharField(_("why it was undone"), max_length=500, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "write_off"
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="write_off_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="write_off_undone_says_why", condition=Q(is_active=True) | ~Q(note="")),
        ]
        indexes = [models.Index(name="write_off_of_entity", fields=["business_entity", "-created_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.invoice} {self.amount}"
