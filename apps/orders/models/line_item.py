from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField, QuantityField, UnitPriceField, VatRateField
from apps.core.models import known
from apps.core.money import round_cents
from apps.orders.choices import BillingResponsibility, LineItemType

STANDARD_VAT = Decimal("0.2100")
VAT_RATES = (STANDARD_VAT, Decimal("0.0900"), Decimal("0.0000"))


class LineItem(AuditedModel):
    """One line of an order: so many of this, at that price. Amounts are in EUR excl. VAT."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="line_items", verbose_name=_("order"))
    line_order = models.PositiveSmallIntegerField(_("position"))
    article = models.ForeignKey(
        "catalog.Article",
        on_delete=models.PROTECT,
        null=True,  # null: something that is not in the catalogue
        blank=True,
        related_name="+",
        verbose_name=_("article"),
    )
    description = models.CharField(_("description"), max_length=500)
    line_item_type = models.CharField(_("kind"), max_length=20, choices=LineItemType, default=LineItemType.PRODUCT)
    quantity = QuantityField(_("quantity"), default=Decimal("1.000"))
    unit_price_customer = UnitPriceField(_("unit price"), help_text=_("In EUR, excl. VAT."))
    tax_rate = VatRateField(_("VAT rate"), default=STANDARD_VAT)
    total = AmountField(_("total excl. VAT"))
    billing_responsibility = models.CharField(
        _("paid by"), max_length=20, choices=BillingResponsibility, default=BillingResponsibility.CUSTOMER
    )
    external_item_reference = models.CharField(_("partner's reference"), max_length=100, blank=True)
    partner_sku = models.CharField(_("partner's article number"), max_length=100, blank=True)

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "line_item"
        verbose_name = _("line item")
        verbose_name_plural = _("line items")
        ordering = ["order", "line_order"]
        constraints = [
            known("line_item_type", LineItemType),
            known("billing_responsibility", BillingResponsibility),
            models.CheckConstraint(name="line_item_described", condition=~Q(description="")),
            models.CheckConstraint(name="line_item_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="line_item_vat_rate_known", condition=Q(tax_rate__in=VAT_RATES)),
            # A total that somebody wrote by hand is a mistake or worse; half away from zero, as core.money rounds.
            models.CheckConstraint(
                name="line_item_total_true",
                condition=Q(total=Round(F("quantity") * F("unit_price_customer"), 2)),
            ),
            models.UniqueConstraint(
                name="line_item_position_once",
                fields=["order", "line_order"],
                deferrable=models.Deferrable.DEFERRED,  # lines may change places with each other
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def total_incl_vat(self) -> Decimal:
        """What a consumer sees; the order's own VAT is rounded per rate, so these need not add up to it."""
        return round_cents(self.total * (1 + self.tax_rate))
