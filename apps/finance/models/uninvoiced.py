"""Completed orders that were not invoiced by themselves."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel
from apps.finance.choices import InvoiceStatus
from apps.finance.models.invoice import Invoice
from apps.orders.choices import TO_INVOICE
from apps.organizations.models import ScopedQuerySet

REASON_LENGTH = 1_000


class UninvoicedOrderQuerySet(ScopedQuerySet["UninvoicedOrder"]):
    entity_path = "order__business_entity"

    def waiting(self) -> Self:
        """Those of orders that still are not invoiced as a whole, and for which nobody has made a draft."""
        drafts = Invoice.objects.filter(order=models.OuterRef("order"), status=InvoiceStatus.DRAFT)
        return self.filter(
            ~models.Exists(drafts), order__billing_status__in=TO_INVOICE, order__deleted_at=None, order__is_test=False
        )


class UninvoicedOrder(BusinessModel):
    """Why a completed order was not invoiced by itself when that was last tried. It stays when the order is invoiced after all."""

    app_privileges = "SELECT, INSERT, UPDATE"

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    code = models.CharField(_("code"), max_length=60)
    reason = models.CharField(_("why"), max_length=REASON_LENGTH)
    since = models.DateTimeField(_("since"))
    tried_at = models.DateTimeField(_("last tried"))

    objects = UninvoicedOrderQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "uninvoiced_order"
        verbose_name = _("order that waits for an invoice")
        verbose_name_plural = _("orders that wait for an invoice")
        ordering = ["since", "id"]

    def __str__(self) -> str:
        return str(self.order)
