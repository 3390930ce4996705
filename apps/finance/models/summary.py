from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.fields import AmountField
from apps.core.models import BusinessModel
from apps.organizations.models import BusinessEntity, ScopedQuerySet


class FinancialSummary(BusinessModel):
    """How a company did in a month, in EUR excl. VAT: worked out from the books and the documents, never written by hand.

    What is open stands as it was at the end of the month; of the month that has not ended, as it is. A month without
    anything has no row.
    """

    app_privileges = "SELECT, INSERT, UPDATE"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"), validators=[MinValueValidator(1), MaxValueValidator(12)])
    total_revenue = AmountField(_("revenue"), default=Decimal("0.00"))
    total_costs = AmountField(_("costs"), default=Decimal("0.00"))
    total_profit = AmountField(_("profit"), default=Decimal("0.00"))
    invoice_count = models.PositiveIntegerField(_("invoices"), default=0)
    payment_count = models.PositiveIntegerField(_("payments"), default=0)
    debtors_movement = AmountField(_("change of what is open"), default=Decimal("0.00"))
    outstanding_amount = AmountField(_("open incl. VAT"), default=Decimal("0.00"))
    partner_commission_total = AmountField(_("commissions"), default=Decimal("0.00"))
    order_count = models.PositiveIntegerField(_("new orders"), default=0)
    completed_order_count = models.PositiveIntegerField(_("completed orders"), default=0)
    average_order_value = AmountField(_("average order"), default=Decimal("0.00"))
    calculated_at = models.DateTimeField(_("calculated at"))

    objects = ScopedQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "financial_summary"
        verbose_name = _("month")
        verbose_name_plural = _("months")
        ordering = ["-year", "-month", "business_entity"]
        constraints = [
            models.UniqueConstraint(name="financial_summary_once", fields=["business_entity", "year", "month"]),
            models.CheckConstraint(name="financial_summary_month", condition=Q(month__range=(1, 12))),
            models.CheckConstraint(
                name="financial_summary_profit", condition=Q(total_profit=F("total_revenue") - F("total_costs"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_entity} {self.year}-{self.month:02d}"
