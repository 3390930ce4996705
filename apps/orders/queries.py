"""Reads of orders across tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count

from apps.accounts.models import User
from apps.core.errors import NotFound, Text
from apps.orders.choices import ContactRole
from apps.orders.models import Order, OrderHold, OrderQuerySet
from apps.organizations.models import Contact, Organization


def orders_of(user: User) -> OrderQuerySet:
    """The orders that a user sees."""
    return Order.objects.visible_to(user).kept()


def find_order(identifier: str, *, by: User) -> Order:
    """The order with this key or number, with all that its page shows.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    return _one(orders_of(by).for_page().with_lines(), identifier)


def order_in_hand(identifier: str, *, by: User) -> Order:
    """The same order for whoever works on it: a partner or a customer sees theirs, and changes nothing and reads no log.

    Raises:
        NotFound: there is none, or it is not theirs to work on.
    """
    return _one(Order.objects.handled_by(by).for_page().with_lines(), identifier)


def _one(orders: OrderQuerySet, identifier: str) -> Order:
    order: Order | None = orders.identified_by(identifier).first()
    if order is None:
        raise NotFound
    return order


def holds_of(ids: Sequence[UUID]) -> dict[UUID, list[OrderHold]]:
    """The holds of orders, the first one first."""
    found: dict[UUID, list[OrderHold]] = defaultdict(list)
    for hold in OrderHold.objects.filter(order__in=ids).select_related("created_by", "resolved_by").order_by("held_at"):
        found[hold.order_id].append(hold)
    return found


def main_contact(customer: Organization) -> Contact | None:
    """Whom to speak to at a customer, if we know anybody there."""
    contact: Contact | None = customer.contacts.not_deleted().order_by("-is_primary", "-is_active", "pk").first()
    return contact


def partner_contact(order: Order) -> Contact | None:
    """Whom to write to at the partner: the account contact of this order, else the partner's primary contact."""
    if order.partner_organization_id is None:
        return None
    of_partner = (
        Contact.objects.not_deleted().filter(organization=order.partner_organization_id, is_active=True).exclude(email="")
    )
    account = of_partner.filter(pk__in=order.other_contacts.filter(role=ContactRole.ACCOUNT).values("contact"))
    return account.first() or of_partner.order_by("-is_primary", "pk").first()


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of what an order says: when, by whom, and the names of what was changed."""

    at: datetime
    by: str
    fields: list[Text]


# The planned day is not among them: a step of the order brings it.
EDITS = (
    "priority_level",
    "requested_date",
    "planned_completion_date",
    "primary_contact",
    "order_owner",
    "installation_address",
    "billing_address",
    "shipping_address",
    "default_billing_target",
    "notes",
    "internal_notes",
    "total_excl_vat",
    "billing_status",
    "financial_status",
)


def edits_of(ids: Sequence[UUID]) -> dict[UUID, list[Edit]]:
    """What was changed in orders since they came in, the first change first; steps of their status are no edits."""
    fields: list[Any] = [Order._meta.get_field(name) for name in EDITS]
    versions = Order.history.filter(id__in=ids).order_by("id", "history_id")
    found: dict[UUID, list[Edit]] = defaultdict(list)
    for older, newer in pairwise(versions):
        changed = [field for field in fields if getattr(older, field.attname) != getattr(newer, field.attname)]
        if older.id == newer.id and changed:
            edit = Edit(at=newer.history_date, by=newer.actor_label, fields=[field.verbose_name for field in changed])
            found[newer.id].append(edit)
    return found


def count_per_status(user: User, business_entity: UUID | None) -> dict[tuple[str, str], int]:
    """How many orders that a user sees stand where, by (workflow, status); test orders are not counted."""
    orders = orders_of(user).filter(is_test=False)
    if business_entity is not None:
        orders = orders.filter(business_entity=business_entity)
    counted = orders.order_by().values_list("workflow", "status").annotate(number=Count("pk"))
    return {(workflow, status): number for workflow, status, number in counted}
