"""From what a body names to the records that are meant; what cannot be found is refused at its place."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import FieldError, Malformed
from apps.orders.models import Order
from apps.orders.queries import main_contact, orders_of
from apps.organizations.models import BusinessEntity, Contact, Organization
from apps.organizations.queries import business_entity_named, visible_users
from apps.organizations.services import find_or_create_customer
from apps.support.choices import TicketSource
from apps.support.models import Ticket
from apps.support.services import TicketData

AS_GIVEN = (
    "ticket_type",
    "category",
    "priority",
    "assigned_department",
    "sales_stage",
    "opportunity_value",
    "lead_source",
    "conversion_probability",
)


def read_ticket(given: dict[str, Any], *, by: User) -> TicketData:
    """A question as a colleague took it down; a customer who is new is stored on the way.

    Raises:
        Malformed: something named is not there or not theirs to see, or cannot be read.
    """
    entity = business_entity_named(given["business_entity"], by=by)
    order = _order(given["order"], by) if given.get("order") else None
    return TicketData(
        business_entity=entity,
        contact=_contact(given, entity, order, by),
        subject=given["subject"],
        description=given["description"],
        order=order,
        source=TicketSource.API,
        assigned_to=_user(given["assigned_to"], by) if given.get("assigned_to") else None,
        **{name: given[name] for name in AS_GIVEN if name in given},
    )


def read_own_ticket(given: dict[str, Any], *, by: User) -> TicketData:
    """A question of a customer or partner, who are known by their login.

    Raises:
        Malformed: they name an order that is not theirs, or it is not clear which company they ask.
    """
    contact = contact_of(by)
    order = _order(given["order"], by) if given.get("order") else None
    entity = contact.organization.business_entity or (order and order.business_entity) or _asked(given)
    return TicketData(
        business_entity=entity,
        contact=contact,
        subject=given["subject"],
        description=given["description"],
        order=order,
        source=TicketSource.API,
        **{name: given[name] for name in ("ticket_type", "category") if name in given},
    )


def contact_of(user: User) -> Contact:
    """Whom we know behind a login of a customer or partner.

    Raises:
        Malformed: nobody.
    """
    own = Contact.objects.not_deleted().select_related("organization__business_entity").filter(user=user).first()
    if own is not None:
        return own
    membership = user.memberships.filter(organization__isnull=False).select_related("organization__business_entity").first()
    contact = main_contact(membership.organization) if membership else None
    if contact is None:
        raise _unknown("/contact", "unknown_contact", _("We do not know whom to answer."))
    return contact


def _asked(given: dict[str, Any]) -> BusinessEntity:
    entity = BusinessEntity.objects.filter(entity_code=given.get("business_entity", ""), is_active=True).first()
    if entity is None:
        raise _unknown("/business_entity", "unknown_business_entity", _("Say which of our companies you ask."))
    return entity


def read_changes(given: dict[str, Any], *, by: User) -> dict[str, Any]:
    """The changes of a ticket as the services want them.

    Raises:
        Malformed: something named is not there or not theirs to see.
    """
    changes = dict(given)
    if changes.get("order"):
        changes["order"] = _order(changes["order"], by)
    if changes.get("assigned_to"):
        changes["assigned_to"] = _user(changes["assigned_to"], by)
    return changes


def read_other_ticket(identifier: str, *, by: User) -> Ticket:
    """The ticket that one is to be merged into.

    Raises:
        Malformed: there is none, or not for them.
    """
    other = Ticket.objects.handled_by(by).identified_by(identifier).first()
    if other is None:
        raise _unknown("/into", "unknown_ticket", _("There is no such ticket, or not for you."))
    return other


def _contact(given: dict[str, Any], entity: BusinessEntity, order: Order | None, by: User) -> Contact:
    if "contact" in given:
        contact = Contact.objects.handled_by(by).not_deleted().select_related("organization").filter(pk=given["contact"]).first()
        if contact is None:
            raise _unknown("/contact", "unknown_contact", _("There is no such contact, or not for you."))
        return contact
    if "customer" in given:
        return _customer(given["customer"], entity, by)
    if order is None:
        raise _unknown("/customer", "nobody_asks", _("Say who asks: a contact, a customer or an order."))
    return order.primary_contact


def _customer(given: dict[str, Any], entity: BusinessEntity, by: User) -> Contact:
    if "id" not in given:
        try:
            return find_or_create_customer(business_entity=entity, **given, by=by).contact
        except Malformed as error:
            faults = [FieldError(pointer=f"/customer{each.pointer}", code=each.code, detail=each.detail) for each in error.fields]
            raise Malformed(error.detail, code=error.code, fields=faults) from error
    customer = Organization.objects.handled_by(by).filter(pk=given["id"]).first()
    if customer is None:
        raise _unknown("/customer/id", "unknown_customer", _("There is no such customer, or not for you."))
    contact = main_contact(customer)
    if contact is None:
        raise _unknown("/customer/id", "customer_without_contact", _("This customer has no contact to write to."))
    return contact


def _order(identifier: str, by: User) -> Order:
    order: Order | None = orders_of(by).identified_by(identifier).select_related("business_entity", "primary_contact").first()
    if order is None:
        raise _unknown("/order", "unknown_order", _("There is no such order, or not for you."))
    return order


def _user(key: UUID, by: User) -> User:
    user = visible_users(User.objects.filter(is_active=True), by).filter(pk=key).first()
    if user is None:
        raise _unknown("/assigned_to", "unknown_user", _("There is no such user, or not for you."))
    return user


def _unknown(pointer: str, code: str, detail: Any) -> Malformed:
    return Malformed(fields=[FieldError(pointer=pointer, code=code, detail=detail)])
