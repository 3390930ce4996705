"""The report of orders: which came in in a period, for whom and of which worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.core.money import ZERO
from apps.core.tables import Column
from apps.orders.choices import OrderStatus, OrderType
from apps.orders.models import Order
from apps.reporting.figures.asking import choices_of, period_of
from apps.reporting.figures.orders import new_orders
from apps.reporting.figures.periods import Period
from apps.reporting.figures.scopes import Scope

SUMS = ("total_excl_vat", "total_vat", "total_incl_vat")
COLUMNS = (
    Column(name="order_number", label=_("Order number"), value=lambda order: order.order_number),
    Column(name="business_entity", label=_("Business entity"), value=lambda order: order.business_entity.entity_code),
    Column(name="order_type", label=_("Type"), value=lambda order: order.get_order_type_display()),
    Column(name="status", label=_("Status"), value=lambda order: order.get_status_display()),
    Column(name="created_at", label=_("Came in at"), value=lambda order: order.created_at),
    Column(name="completed_on", label=_("Completed on"), value=lambda order: order.actual_completion_date),
    Column(name="customer", label=_("Customer"), value=lambda order: order.customer_organization.name, is_personal=True),
    Column(name="email", label=_("E-mail address"), value=lambda order: order.primary_contact.email, is_personal=True),
    Column(name="partner", label=_("Partner"), value=lambda order: getattr(order.partner_organization, "name", None)),
    Column(name="total_excl_vat", label=_("Total excl. VAT"), value=lambda order: order.total_excl_vat),
    Column(name="total_vat", label=_("VAT"), value=lambda order: order.total_vat),
    Column(name="total_incl_vat", label=_("Total incl. VAT"), value=lambda order: order.total_incl_vat),
    Column(name="billing_status", label=_("Billing status"), value=lambda order: order.get_billing_status_display()),
    Column(name="financial_status", label=_("Financial status"), value=lambda order: order.get_financial_status_display()),
)


@dataclass(frozen=True, kw_only=True)
class OrdersReport:
    """The orders that came in in a period, narrowed by status, type and partner (its slug or key)."""

    scope: Scope
    period: Period
    statuses: Sequence[str] = ()
    order_types: Sequence[str] = ()
    partner: str = ""

    @classmethod
    def asked(cls, scope: Scope, given: Mapping[str, str]) -> "OrdersReport":
        """The report that somebody asks for by parameters.

        Raises:
            Malformed: a parameter that makes no sense.
        """
        return cls(
            scope=scope,
            period=period_of(given),
            statuses=choices_of(given, "status", OrderStatus.values),
            order_types=choices_of(given, "order_type", OrderType.values),
            partner=given.get("partner", ""),
        )

    def rows(self) -> "QuerySet[Any]":
        rows = new_orders(self.scope, self.period).select_related("primary_contact")
        if self.statuses:
            rows = rows.filter(status__in=self.statuses)
        if self.order_types:
            rows = rows.filter(order_type__in=self.order_types)
        if self.partner:
            rows = rows.filter(pk__in=Order.objects.of_partner(self.partner).values("pk"))
        return rows.order_by("-created_at", "-id")

    def totals(self) -> dict[str, int | Decimal]:
        """How many there are, and what they are worth together."""
        found = self.rows().order_by().aggregate(orders=Count("pk"), **{name: Sum(name) for name in SUMS})
        return {"orders": found["orders"]} | {name: found[name] or ZERO for name in SUMS}
