"""What is shown of a customer to whoever writes down a new order."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import Q

from apps.accounts.models import User
from apps.core.validators import normalize_email
from apps.orders.models import Order
from apps.organizations.models import Address, BusinessEntity, Organization

MOST_ADDRESSES = 8
MOST_ORDERS = 5
LOOKED_AT = 200


def known_customer(business_entity: BusinessEntity | None, email: str, *, by: User) -> Organization | None:
    """The customer of a company with this e-mail address, if somebody may see it."""
    try:
        address = normalize_email(email)
    except ValidationError:
        return None
    if business_entity is None:
        return None
    found: Organization | None = Organization.objects.visible_to(by).reached_at(business_entity, address).first()
    return found if found is not None and found.is_active else None


def addresses_of(customer: Organization) -> list[Address]:
    """The places that we know of a customer: its own and those of its latest orders, each place once."""
    own = (customer.visiting_address_id, customer.billing_address_id, customer.shipping_address_id)
    ordered = Order.objects.kept().filter(customer_organization=customer, installation_address__isnull=False)
    installed = ordered.order_by("-created_at").values("installation_address")[:LOOKED_AT]
    known = Address.objects.filter(Q(pk__in=[key for key in own if key]) | Q(pk__in=installed)).order_by("-created_at")
    places = {address.place: address for address in reversed(known)}
    return sorted(places.values(), key=lambda address: address.created_at, reverse=True)[:MOST_ADDRESSES]


def latest_orders(customer: Organization, *, by: User) -> Sequence[Order]:
    """The newest orders of a customer that somebody may see."""
    orders = Order.objects.visible_to(by).kept().filter(customer_organization=customer)
    return list(orders.order_by("-created_at")[:MOST_ORDERS])
