"""Dutch and nearly flat; street and house number in one text. Its own API is called with each status."""

from apps.orders.choices import OrderStatus
from apps.partners.choices import IntegrationType
from apps.partners.presets.preset import Preset

ESSENT = Preset(
    label="Essent",
    integration_type=IntegrationType.API,
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
    meanings={
        "klant akkoord": OrderStatus.CUSTOMER_APPROVED,
        "klant wacht": OrderStatus.ON_HOLD,
        "ingetrokken": OrderStatus.CANCELLED,
    },
    status_call={
        "method": "PUT",
        "path": "/{api_version}/aanvragen/{partner_order_id}/status",
        "body": (
            "{aanvraagnummer: partner_order_id, status: status, gewijzigd_op: timestamp, toelichting: reason,"
            " installatiedatum: scheduled_date, volgnummer: sequence}"
        ),
    },
    api_version="v2",
)
