"""What is to reach a company's accounting system, one row for each document or payment."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel, known
from apps.finance.choices import ExportKind, ExportState
from apps.finance.models.accounting import AccountingConnection
from apps.finance.models.invoice import Invoice
from apps.finance.models.payment import PaymentAllocation
from apps.organizations.models import ScopedQuerySet

ERROR_LENGTH = 500
OF_PAYMENTS = [str(ExportKind.PAYMENT), str(ExportKind.PAYMENT_REMOVED)]


class AccountingExportQuerySet(ScopedQuerySet["AccountingExport"]):
    entity_path = "connection__business_entity"

    def sendable(self) -> Self:
        """Rows that wait, without those that follow on something of the same invoice that needs a person first."""
        stuck = AccountingExport.objects.filter(
            connection=models.OuterRef("connection"),
            root=models.OuterRef("root"),
            sequence__lt=models.OuterRef("sequence"),
            state=ExportState.PARKED,
        )
        return self.filter(state=ExportState.TODO).exclude(models.Exists(stuck))

    def for_page(self) -> Self:
        return self.select_related("connection__business_entity", "document__billing_organization", "root", "allocation__payment")


class AccountingExport(BusinessModel):
    """One document or payment on its way to the accounting system. Made once per connection, sent in the order of `sequence`.

    `document` is the invoice or credit note that is sent, or the invoice that was paid; `root` the invoice on which it all
    hangs: what of it needs a person holds up the rest of that invoice, and of no other.

    `attempts` rises before the call. `version` is a part of what makes the call known as the same one; it changes only where
    the system said that it made nothing, or where what it made is gone.
    """

    connection = models.ForeignKey(
        AccountingConnection, on_delete=models.PROTECT, related_name="exports", verbose_name=_("connection")
    )
    sequence = models.PositiveBigIntegerField(_("place in line"))
    kind = models.CharField(_("kind"), max_length=20, choices=ExportKind)
    document = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="exports", verbose_name=_("document"))
    root = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+", verbose_name=_("invoice"))
    allocation = models.ForeignKey(
        PaymentAllocation,
        on_delete=models.PROTECT,
        null=True,  # null: a document
        related_name="exports",
        verbose_name=_("payment"),
    )
    queued_at = models.DateTimeField(_("queued at"))
    state = models.CharField(_("state"), max_length=10, choices=ExportState, default=ExportState.TODO)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lost = models.PositiveSmallIntegerField(_("workers lost"), default=0)
    version = models.PositiveIntegerField(_("version"), default=1)
    done_at = models.DateTimeField(_("sent at"), null=True)  # null: not sent
    external_id = models.CharField(_("key there"), max_length=100, blank=True)
    last_error_code = models.CharField(_("last error"), max_length=50, blank=True)
    last_error = models.CharField(_("what went wrong"), max_length=ERROR_LENGTH, blank=True)
    settled_by = models.CharField(_("decided by"), max_length=200, blank=True)
    settled_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = AccountingExportQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "accounting_export"
        verbose_name = _("export to the accounting system")
        verbose_name_plural = _("exports to the accounting system")
        ordering = ["-queued_at", "-sequence"]
        constraints = [
            known("kind", ExportKind),
            known("state", ExportState),
            models.UniqueConstraint(name="accounting_export_place_once", fields=["connection", "sequence"]),
            models.UniqueConstraint(
                name="accounting_export_document_once",
                fields=["connection", "document"],
                condition=Q(allocation__isnull=True),
            ),
            models.UniqueConstraint(
                name="accounting_export_payment_once",
                fields=["connection", "kind", "allocation"],
                condition=Q(allocation__isnull=False),
            ),
            models.CheckConstraint(
                name="accounting_export_payment_of_allocation",
                condition=Q(kind__in=OF_PAYMENTS, allocation__isnull=False)
                | (~Q(kind__in=OF_PAYMENTS) & Q(allocation__isnull=True)),
            ),
            models.CheckConstraint(
                name="accounting_export_done_at_a_moment",
                condition=Q(state=ExportState.DONE, done_at__isnull=False)
                | (~Q(state=ExportState.DONE) & Q(done_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="accounting_export_line", fields=["connection", "sequence"], condition=Q(state=ExportState.TODO)),
            models.Index(name="accounting_export_stuck", fields=["connection", "root"], condition=Q(state=ExportState.PARKED)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.document}"
