"""Pages where staff keep what is sold, bought and installed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import Article, ArticleComponent
from apps.core.admin import BaseAdmin, RowsInline, euro


class ArticleComponentInline(RowsInline):
    model = ArticleComponent
    fk_name = "parent"
    verbose_name_plural = _("consists of")
    fields = ["component", "default_quantity", "is_optional", "sort_order"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("component", "parent")


@admin.register(Article)
class ArticleAdmin(BaseAdmin):
    list_display = ["article_number", "name", "article_type", "brand", "price", "is_sellable", "is_active"]
    list_filter = ["article_type", "brand", "category", "is_sellable", "is_active"]
    search_fields = ["article_number", "name", "brand", "model"]
    inlines = [ArticleComponentInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "article_number",
                    "name",
                    "article_type",
                    "category",
                    "brand",
                    "model",
                    "description",
                    "is_active",
                    "is_sellable",
                    "is_purchasable",
                ]
            },
        ),
        (
            _("Prices, EUR excl. VAT"),
            {"fields": ["list_price", "recommended_price", "price_partner", "cost_price", "vat_rate"]},
        ),
        (
            _("Installation"),
            {
                "fields": [
                    "installation_time_minutes",
                    "installation_complexity",
                    "warranty_months",
                    "requires_serial_number",
                    "requires_batch_tracking",
                    "specifications",
                ]
            },
        ),
        (_("Package"), {"fields": ["is_explodable", "auto_explode", "fixed_package_price"]}),
        (
            _("Stock"),
            {"fields": ["default_supplier", "minimum_stock_level", "maximum_stock_level", "reorder_point", "lead_time_days"]},
        ),
    ]

    @admin.display(description=_("list price"), ordering="list_price")
    def price(self, article: Article) -> str:
        return euro(article.list_price)


@admin.register(ArticleComponent)
class ArticleComponentAdmin(BaseAdmin):
    list_display = ["parent", "component", "default_quantity", "is_optional"]
    list_select_related = ["parent", "component"]
    search_fields = ["parent__article_number", "component__article_number", "component__name"]
