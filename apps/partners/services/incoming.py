"""A partner's order in our own shape: what every mapping makes and the intake takes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from apps.organizations.choices import Country
from apps.organizations.services import AddressData


@dataclass(frozen=True, kw_only=True)
class PartnerIds:
    """The partner's own names for the order and what belongs to it; only the first is always there."""

    partner_order_id: str
    partner_customer_id: str = ""
    partner_dealer_id: str = ""
    partner_invoice_id: str = ""
    partner_po_number: str = ""
    partner_lead_id: str = ""
    external_order_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class IncomingLine:
    """One thing the partner orders. Without a price our own list price holds."""

    partner_sku: str = ""
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    partner_item_id: str = ""


@dataclass(frozen=True, kw_only=True)
class IncomingOrder:
    """A partner's order in our own shape. `total_amount` is excl. VAT and checked against the lines."""

    ids: PartnerIds
    customer_name: str
    customer_email: str
    customer_phone: str = ""
    address: AddressData
    lines: tuple[IncomingLine, ...] = ()
    preferred_date: date | None = None
    notes: str = ""
    total_amount: Decimal | None = None


def incoming_order(given: Mapping[str, Any]) -> IncomingOrder:
    """A message in the canonical shape, its values already judged, as the intake wants it."""
    customer = given["customer"]
    preferences = given.get("installation_preferences", {})
    return IncomingOrder(
        ids=PartnerIds(**{each.name: given[each.name] for each in fields(PartnerIds) if each.name in given}),
        customer_name=customer["name"],
        customer_email=customer["email"],
        customer_phone=customer.get("phone", ""),
        address=_address(customer["address"]),
        lines=tuple(IncomingLine(**line) for line in given.get("line_items", [])),
        preferred_date=preferences.get("preferred_date"),
        notes=_notes(preferences),
        total_amount=given.get("total_amount"),
    )


def _address(given: dict[str, Any]) -> AddressData:
    return AddressData(
        street=given["street"],
        house_number=str(given.get("house_number", "")),
        house_number_addition=given.get("addition", ""),
        postal_code=given["postal_code"],
        city=given["city"],
        country=given.get("country", Country.NETHERLANDS),
    )


def _notes(preferences: dict[str, Any]) -> str:
    """The partner's words, one remark a line; the part of the day has no column of its own."""
    daytime = {"morning": "Voorkeur: ochtend", "afternoon": "Voorkeur: middag"}
    parts = (
        daytime.get(preferences.get("time_preference", ""), ""),
        preferences.get("access_notes", ""),
        preferences.get("notes", ""),
    )
    return "\n".join(part for part in parts if part)
