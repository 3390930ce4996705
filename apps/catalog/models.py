from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.catalog import schemas
from apps.catalog.choices import ArticleType
from apps.core.fields import QuantityField, SchemaJSONField, UnitPriceField, VatRateField
from apps.core.models import known
from apps.organizations.models import Organization, ScopedQuerySet

PRICES = ("list_price", "recommended_price", "price_partner", "cost_price")


def not_negative(*fields: str) -> Q:
    """None of the columns is below zero; null is allowed."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0})
    return condition


class ArticleQuerySet(ScopedQuerySet["Article"]):
    entity_path = ""

    def get_by_natural_key(self, article_number: str) -> "Article":
        return self.get(article_number=article_number)

    def sellable(self) -> Self:
        return self.filter(is_active=True, is_sellable=True)


class Article(AuditedModel):
    """Something that stands on an order line: a product, a hour of work or a package. Prices are EUR excl. VAT."""

    article_number = models.CharField(_("article number"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    article_type = models.CharField(_("type"), max_length=25, choices=ArticleType)
    category = models.CharField(_("category"), max_length=100, blank=True)
    brand = models.CharField(_("brand"), max_length=100, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    list_price = UnitPriceField(_("list price"))
    recommended_price = UnitPriceField(_("recommended price"), null=True, blank=True)  # null: none advised
    price_partner = UnitPriceField(_("partner price"), null=True, blank=True)  # null: none but what is agreed
    cost_price = UnitPriceField(_("cost price"), null=True, blank=True)  # null: not known
    vat_rate = VatRateField(_("VAT rate"), default=Decimal("0.2100"), help_text=_("0.21 is 21%."))
    requires_serial_number = models.BooleanField(_("has a serial number"), default=False)
    requires_batch_tracking = models.BooleanField(_("is tracked by batch"), default=False)
    warranty_months = models.PositiveSmallIntegerField(_("warranty in months"), default=0, validators=[MaxValueValidator(600)])
    installation_time_minutes = models.PositiveSmallIntegerField(
        _("installation time in minutes"), default=0, validators=[MaxValueValidator(10_000)]
    )
    installation_complexity = models.PositiveSmallIntegerField(
        _("complexity of installation"),
        null=True,  # null: nothing to install
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    specifications = SchemaJSONField(_("specifications"), schema=schemas.SPECIFICATIONS, default=dict, blank=True)
    is_explodable = models.BooleanField(_("can be taken apart into its components"), default=False)
    auto_explode = models.BooleanField(_("is taken apart when ordered"), default=False)
    fixed_package_price = models.BooleanField(
        _("fixed package price"), default=False, help_text=_("Its components add nothing to its price.")
    )
    default_supplier = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,  # null: bought from nobody in particular
        blank=True,
        related_name="supplied_articles",
        verbose_name=_("supplier"),
    )
    minimum_stock_level = models.PositiveIntegerField(_("minimum stock"), default=0)
    maximum_stock_level = models.PositiveIntegerField(_("maximum stock"), null=True, blank=True)  # null: no maximum
    reorder_point = models.PositiveIntegerField(_("reorder point"), default=0)
    lead_time_days = models.PositiveSmallIntegerField(_("delivery time in days"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    is_sellable = models.BooleanField(_("can be sold"), default=True)
    is_purchasable = models.BooleanField(_("can be bought"), default=True)

    objects = ArticleQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "article"
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["article_number"]
        constraints = [
            known("article_type", ArticleType),
            models.CheckConstraint(name="article_prices_not_negative", condition=not_negative(*PRICES)),
            models.CheckConstraint(
                name="article_complexity",
                condition=Q(installation_complexity__isnull=True) | Q(installation_complexity__range=(1, 10)),
            ),
            models.CheckConstraint(
                name="article_stock_levels",
                condition=Q(maximum_stock_level__isnull=True) | Q(maximum_stock_level__gte=F("minimum_stock_level")),
            ),
            models.CheckConstraint(name="article_description_length", condition=LessThanOrEqual(Length("description"), 5000)),
        ]

    def __str__(self) -> str:
        return f"{self.article_number} – {self.name}"

    def natural_key(self) -> tuple[str]:
        return (self.article_number,)


class ArticleComponentQuerySet(ScopedQuerySet["ArticleComponent"]):
    entity_path = ""

    def get_by_natural_key(self, parent_number: str, component_number: str) -> "ArticleComponent":
        return self.get(parent__article_number=parent_number, component__article_number=component_number)


class ArticleComponent(AuditedModel):
    """What a package holds: another article, and how much of it."""

    parent = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="components", verbose_name=_("package"))
    component = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="used_in", verbose_name=_("component"))
    default_quantity = QuantityField(_("quantity"), default=Decimal(1))
    min_quantity = QuantityField(_("least"), default=Decimal(0))
    max_quantity = QuantityField(_("most"), null=True, blank=True)  # null: no maximum
    is_optional = models.BooleanField(_("optional"), default=False)
    is_configurable = models.BooleanField(_("can be changed"), default=False)
    requires_specialist = models.BooleanField(_("needs a specialist"), default=False)
    component_group = models.CharField(_("group"), max_length=50, blank=True)
    installation_sequence = models.PositiveSmallIntegerField(_("place in the installation"), default=0)
    sort_order = models.PositiveSmallIntegerField(_("order"), default=0)
    special_instructions = models.TextField(_("instructions"), max_length=2000, blank=True)

    objects = ArticleComponentQuerySet.as_manager()

    audit_root = ("article", "parent_id")

    class Meta(AuditedModel.Meta):
        db_table = "article_component"
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ["parent", "sort_order", "component"]
        constraints = [
            models.UniqueConstraint(name="article_component_once", fields=["parent", "component"]),
            models.CheckConstraint(name="article_component_other_article", condition=~Q(parent=F("component"))),
            models.CheckConstraint(
                name="article_component_quantities",
                condition=Q(min_quantity__gte=0, default_quantity__gt=0, default_quantity__gte=F("min_quantity"))
                & (Q(max_quantity__isnull=True) | Q(max_quantity__gte=F("default_quantity"))),
            ),
            models.CheckConstraint(
                name="article_component_instructions_length",
                condition=LessThanOrEqual(Length("special_instructions"), 2000),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} in {self.parent}"

    def natural_key(self) -> tuple[str, str]:
        return (self.parent.article_number, self.component.article_number)

    natural_key.dependencies = ["catalog.article"]  # type: ignore[attr-defined]  # Django's way
