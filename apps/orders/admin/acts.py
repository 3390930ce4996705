"""What the buttons of an order's page call: the services, with what their forms ask."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import FieldError, Refused
from apps.orders.choices import OrderSource
from apps.orders.forms import CustomerKind, NewOrderForm
from apps.orders.models import Order
from apps.orders.queries import main_contact
from apps.orders.services import LineData, OrderData, create_order, update_order
from apps.organizations.choices import AddressType
from apps.organizations.services import AddressData, CompanyData, CustomerMatch, create_address, find_or_create_customer

PLACE = ("street", "house_number", "house_number_addition", "postal_code", "city")


def edit_order(*, order: Order, version: int, by: User, **changes: Any) -> Order:
    return update_order(order=order, changes=changes, version=version, by=by)


@transaction.atomic
def change_address(*, order: Order, version: int, by: User, **place: Any) -> Order:
    address = create_address(**place, address_type=AddressType.INSTALLATION, business_entity=order.business_entity, by=by)
    return update_order(order=order, changes={"installation_address": address}, version=version, by=by)


@transaction.atomic
def place_order(*, given: dict[str, Any], lines: tuple[LineData, ...], by: User) -> Order:
    """Make an order of what was filled in: the customer found or made, the address stored, the order placed."""
    entity = given["business_entity"]
    place = {name: given[name] for name in PLACE}
    customer = _customer(given, place, by)
    address = given["known_address"]
    if address is None and given["street"]:
        address = create_address(**place, address_type=AddressType.INSTALLATION, business_entity=entity, by=by)
    data = OrderData(
        business_entity=entity,
        order_type=given["order_type"],
        customer=customer.organization,
        contact=customer.contact,
        partner_organization=given["partner_organization"],
        partner_reference=given["partner_reference"],
        installation_address=address,
        lines=lines,
        priority_level=given["priority_level"],
        requested_date=given["requested_date"],
        notes=given["notes"],
        source=OrderSource.BACK_OFFICE,
        customer_differences=customer.differences,
    )
    return create_order(data=data, by=by)


def _company(given: dict[str, Any]) -> CompanyData | None:
    if given["customer_kind"] != CustomerKind.COMPANY:
        return None
    return CompanyData(
        name=given["company_name"], **{name: given[name] for name in NewOrderForm.COMPANY if name != "company_name"}
    )


def _customer(given: dict[str, Any], place: dict[str, str], by: User) -> CustomerMatch:
    known = given["customer"]
    if known is None:
        return find_or_create_customer(
            business_entity=given["business_entity"],
            name=given["name"],
            email=given["email"],
            phone=given["phone"],
            address=AddressData(**place) if given["street"] and not given["known_address"] else None,
            company=_company(given),
            by=by,
        )
    contact = main_contact(known)
    if contact is None:
        nobody = FieldError(pointer="/customer", code="customer_without_contact", detail=_("Add a contact to it first."))
        raise Refused(_("This customer has no contact to write to."), code="order_refused", fields=[nobody])
    return CustomerMatch(organization=known, contact=contact, created=False, differences={})
