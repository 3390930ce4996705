"""What a row of an export of orders can say."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.tables import Column
from apps.orders.models import Order
from apps.organizations.models import Address


def of_place(name: str) -> Callable[[Order], Any]:
    """A column of the installation address, empty where there is none."""
    return lambda order: getattr(order.installation_address, name) if order.installation_address else ""


def street_line(order: Order) -> str:
    place: Address | None = order.installation_address
    return place.street_line if place else ""


COLUMNS = (
    Column(name="order_number", label=_("order number"), value=attrgetter("order_number")),
    Column(name="business_entity", label=_("business entity"), value=lambda order: order.business_entity.entity_name),
    Column(name="status", label=_("status"), value=lambda order: order.get_status_display()),
    Column(name="status_since", label=_("since"), value=attrgetter("status_since")),
    Column(name="is_overdue", label=_("overdue"), value=attrgetter("is_overdue")),
    Column(name="order_type", label=_("type"), value=lambda order: order.get_order_type_display()),
    Column(name="priority_level", label=_("priority"), value=lambda order: order.get_priority_level_display()),
    Column(name="order_owner", label=_("owner"), value=lambda order: str(order.order_owner or "")),
    Column(name="customer", label=_("customer"), value=lambda order: order.customer_organization.name),
    Column(name="contact", label=_("contact"), value=lambda order: order.primary_contact.full_name, is_personal=True),
    Column(name="email", label=_("e-mail address"), value=lambda order: order.primary_contact.email, is_personal=True),
    Column(name="phone", label=_("phone"), value=lambda order: order.primary_contact.phone, is_personal=True),
    Column(name="street", label=_("street"), value=street_line, is_personal=True),
    Column(name="postal_code", label=_("postcode"), value=of_place("postal_code"), is_personal=True),
    Column(name="city", label=_("city"), value=of_place("city")),
    Column(name="partner", label=_("partner"), value=lambda order: getattr(order.partner_organization, "name", "")),
    Column(name="partner_reference", label=_("partner's reference"), value=attrgetter("partner_reference")),
    Column(name="created_at", label=_("created at"), value=attrgetter("created_at")),
    Column(name="requested_date", label=_("requested date"), value=attrgetter("requested_date")),
    Column(name="planned_start_date", label=_("planned start"), value=attrgetter("planned_start_date")),
    Column(name="planned_completion_date", label=_("planned completion"), value=attrgetter("planned_completion_date")),
    Column(name="actual_completion_date", label=_("completed"), value=attrgetter("actual_completion_date")),
    Column(name="total_excl_vat", label=_("total excl. VAT"), value=attrgetter("total_excl_vat")),
    Column(name="total_vat", label=_("VAT"), value=attrgetter("total_vat")),
    Column(name="total_incl_vat", label=_("total incl. VAT"), value=attrgetter("total_incl_vat")),
    Column(name="billing_status", label=_("billing status"), value=lambda order: order.get_billing_status_display()),
    Column(name="financial_status", label=_("financial status"), value=lambda order: order.get_financial_status_display()),
    Column(name="is_test", label=_("test order"), value=attrgetter("is_test")),
    Column(name="notes", label=_("notes"), value=attrgetter("notes"), is_personal=True),
)
