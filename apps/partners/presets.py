"""The dialects of partners that we know, to begin an integration with. Their messages: `fixtures/payloads/<partner>/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from apps.orders.choices import OrderStatus


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How a partner writes its orders and what it calls our statuses and articles."""

    label: str
    partner_order_id_field: str
    field_mapping: Mapping[str, Any]
    statuses: Mapping[str, str]
    skus: Mapping[str, str]


GROENDUS = Preset(
    label="Groendus",
    partner_order_id_field="order.reference",
    field_mapping={
        "partner_customer_id": "order.customer.accountNumber",
        "partner_dealer_id": "order.dealer.code",
        "partner_lead_id": "order.leadId",
        "partner_po_number": "order.purchaseOrder",
        "customer.name": "join(' ', [order.customer.firstName, order.customer.lastName][?@])",
        "customer.email": "order.customer.emailAddress",
        "customer.phone": "order.customer.mobilePhone",
        "customer.address.street": "order.deliveryAddress.streetName",
        "customer.address.house_number": "order.deliveryAddress.houseNumber",
        "customer.address.addition": "order.deliveryAddress.houseNumberSuffix",
        "customer.address.postal_code": "order.deliveryAddress.zipCode",
        "customer.address.city": "order.deliveryAddress.town",
        "customer.address.country": {"path": "order.deliveryAddress.countryCode", "default": "NL"},
        "line_items": (
            "order.products[].{partner_sku: sku, description: name, quantity: amount, unit_price: netPrice,"
            " partner_item_id: lineId}"
        ),
        "installation_preferences.preferred_date": "order.appointment.wishDate",
        "installation_preferences.time_preference": {
            "path": "order.appointment.dayPart",
            "values": {"AM": "morning", "PM": "afternoon"},
        },
        "installation_preferences.access_notes": "order.appointment.accessRemarks",
        "total_amount": "order.totals.net",
    },
    statuses={
        OrderStatus.NEW_LEAD: "RECEIVED",
        OrderStatus.INTAKE_SENT: "INTAKE_PENDING",
        OrderStatus.INTAKE_COMPLETED: "INTAKE_DONE",
        OrderStatus.QUOTE_SENT: "QUOTED",
        OrderStatus.CUSTOMER_APPROVED: "CUSTOMER_APPROVED",
        OrderStatus.PARTNER_APPROVED: "PARTNER_APPROVED",
        OrderStatus.BOTH_APPROVED: "CONFIRMED",
        OrderStatus.SCHEDULED: "INSTALLATION_PLANNED",
        OrderStatus.IN_PROGRESS: "INSTALLATION_STARTED",
        OrderStatus.COMPLETED: "INSTALLED",
        OrderStatus.ON_HOLD: "ON_HOLD",
        OrderStatus.CANCELLED: "CANCELLED",
    },
    skus={
        "GRO-ALFEN-11": "ALF-EVE-S-11KW",
        "GRO-INSTALL-1": "INST-BASIC-1P",
    },
)

ESSENT = Preset(
    label="Essent",
    partner_order_id_field="aanvraagnummer",
    field_mapping={
        "partner_customer_id": "klantnummer",
        "partner_po_number": "inkoopnummer",
        "customer.name": "naam",
        "customer.email": "emailadres",
        "customer.phone": "telefoon",
        "customer.address.street": "adres",
        "customer.address.postal_code": "postcode",
        "customer.address.city": "woonplaats",
        # An empty list means a lead; our own shape leaves the lines out then.
        "line_items": ("producten[0] && producten[].{partner_sku: artikelcode, description: omschrijving, quantity: aantal}"),
        "installation_preferences.preferred_date": "gewenste_datum",
        "installation_preferences.time_preference": {
            "path": "dagdeel",
            "values": {"ochtend": "morning", "middag": "afternoon", "geen voorkeur": ""},
        },
        "installation_preferences.notes": "opmerkingen",
    },
    statuses={
        OrderStatus.NEW_LEAD: "ontvangen",
        OrderStatus.INTAKE_SENT: "ontvangen",
        OrderStatus.INTAKE_COMPLETED: "in behandeling",
        OrderStatus.QUOTE_DRAFT: "in behandeling",
        OrderStatus.QUOTE_READY: "in behandeling",
        OrderStatus.QUOTE_SENT: "offerte verstuurd",
        OrderStatus.CUSTOMER_APPROVED: "offerte akkoord",
        OrderStatus.BOTH_APPROVED: "offerte akkoord",
        OrderStatus.PLANNING: "wordt ingepland",
        OrderStatus.SCHEDULED: "ingepland",
        OrderStatus.IN_PROGRESS: "in uitvoering",
        OrderStatus.COMPLETED: "opgeleverd",
        OrderStatus.ON_HOLD: "uitgesteld",
        OrderStatus.CANCELLED: "geannuleerd",
    },
    skus={
        "ESS-WALLBOX-22": "ALF-EVE-D-22KW",
        "ESS-KABEL-5": "CABLE-TYPE2-5M",
    },
)

PRESETS: Mapping[str, Preset] = MappingProxyType({"groendus": GROENDUS, "essent": ESSENT})
