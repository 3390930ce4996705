"""From what a body names to the records that are meant; what cannot be found is refused at its place."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core.errors import FieldError, Malformed
from apps.orders.queries import main_contact
from apps.orders.services import LineData, OrderData
from apps.organizations.choices import AddressType, Country
from apps.organizations.models import Address, BusinessEntity, Organization
from apps.organizations.queries import business_entity_named
from apps.organizations.services import AddressData, CustomerMatch, create_address, find_or_create_customer


def read_order(given: dict[str, Any], *, by: User) -> OrderData:
    """An order as the services want it; a customer and addresses that are new are stored on the way.

    Raises:
        Malformed: something named is not there or not theirs to see, or cannot be read.
    """
    entity = business_entity_named(given["business_entity"], by=by)
    lines = read_lines(given.get("line_items", []))
    customer = _customer(given["customer"], entity, by)
    place = given.get("installation_address")
    return OrderData(
        business_entity=entity,
        order_type=given["order_type"],
        customer=customer.organization,
        contact=customer.contact,
        installation_address=store_address(place, entity, AddressType.INSTALLATION, by=by) if place else None,
        lines=lines,
        customer_differences=customer.differences,
        **{name: given[name] for name in ("priority_level", "requested_date", "notes") if name in given},
    )


def read_changes(given: dict[str, Any], *, entity: BusinessEntity, by: User) -> dict[str, Any]:
    """The changes of an order as the services want them.

    Raises:
        Malformed: as `read_order`.
    """
    changes = dict(given)
    for name, kind in (("installation_address", AddressType.INSTALLATION), ("billing_address", AddressType.BILLING)):
        if name in changes:
            changes[name] = store_address(changes[name], entity, kind, by=by)
    if "line_items" in changes:
        changes["line_items"] = read_lines(changes["line_items"])
    return changes


def read_lines(given: Sequence[dict[str, Any]]) -> tuple[LineData, ...]:
    """Lines with their articles, looked up in one query.

    Raises:
        Malformed: unknown_article, for each line that names one.
    """
    numbers = {line["article"] for line in given if "article" in line}
    articles = {article.article_number: article for article in Article.objects.filter(article_number__in=numbers)}
    unknown = [
        FieldError(pointer=f"/line_items/{index}/article", code="unknown_article", detail=_("There is no such article."))
        for index, line in enumerate(given)
        if "article" in line and line["article"] not in articles
    ]
    if unknown:
        raise Malformed(fields=unknown)
    return tuple(LineData(**{**line, "article": articles.get(line.get("article", ""))}) for line in given)


def store_address(given: dict[str, Any], entity: BusinessEntity, kind: AddressType, *, by: User) -> Address:
    """Keep an address as it was given, for an order of this company."""
    try:
        return create_address(**asdict(_address_data(given)), address_type=kind, business_entity=entity, by=by)
    except Malformed as error:
        raise _below(f"/{kind}_address", error) from error


def _customer(given: dict[str, Any], entity: BusinessEntity, by: User) -> CustomerMatch:
    if "id" in given:
        return _known_customer(given, by)
    address = given.get("address")
    try:
        return find_or_create_customer(
            business_entity=entity,
            name=given["name"],
            email=given["email"],
            phone=given.get("phone", ""),
            address=_address_data(address) if address else None,
            language=given.get("language", "nl"),
            by=by,
        )
    except Malformed as error:
        raise _below("/customer", error) from error


def _known_customer(given: dict[str, Any], by: User) -> CustomerMatch:
    customer = Organization.objects.visible_to(by).customers().filter(pk=given["id"]).first()
    if customer is None:
        raise _unknown("/customer/id", "unknown_customer", _("There is no such customer, or not for you."))
    contact = main_contact(customer)
    if contact is None:
        raise _unknown("/customer/id", "customer_without_contact", _("This customer has no contact to write to."))
    return CustomerMatch(organization=customer, contact=contact, created=False, differences={})


def _address_data(given: dict[str, Any]) -> AddressData:
    return AddressData(
        street=given["street"],
        house_number=given.get("house_number", ""),
        house_number_addition=given.get("addition", ""),
        postal_code=given["postal_code"],
        city=given["city"],
        country=given.get("country", Country.NETHERLANDS),
    )


def _unknown(pointer: str, code: str, detail: Any) -> Malformed:
    return Malformed(fields=[FieldError(pointer=pointer, code=code, detail=detail)])


def _below(place: str, error: Malformed) -> Malformed:
    """The same refusal, with its fields at their place in the body and by the names they have there."""
    fields = [
        FieldError(
            pointer=place + fault.pointer.replace("/house_number_addition", "/addition"),
            code=fault.code,
            detail=fault.detail,
        )
        for fault in error.fields
    ]
    return Malformed(error.detail, code=error.code, fields=fields)
