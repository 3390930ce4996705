"""E-mail that Make.com had read: what it found, and how sure it is. Below nine in ten a colleague looks at the order."""

from apps.orders.choices import OrderStatus
from apps.partners.choices import IntegrationType
from apps.partners.presets.preset import Preset

ALVA = Preset(
    label="Alva Charging",
    integration_type=IntegrationType.EMAIL,
    partner_order_id_field="result.reference",
    field_mapping={
        "external_order_reference": 'mail."message-id"',
        "partner_dealer_id": "result.reseller",
        "customer.name": "result.contact.full_name",
        "customer.email": 'result.contact."e-mail"',
        "customer.phone": "result.contact.phone",
        "customer.address.street": "result.site.address_line",
        "customer.address.postal_code": "result.site.zip",
        "customer.address.city": "result.site.city",
        "customer.address.country": {
            "path": "result.site.country",
            "default": "NL",
            "values": {"Nederland": "NL", "Netherlands": "NL", "België": "BE", "Belgium": "BE", "Duitsland": "DE"},
        },
        "line_items": (
            "result.chargers[0] && result.chargers[].{partner_sku: model, description: text, quantity: to_number(count)}"
        ),
        "installation_preferences.preferred_date": "result.preferred.date",
        "installation_preferences.time_preference": {
            "path": "result.preferred.part_of_day",
            "values": {"am": "morning", "pm": "afternoon", "unknown": ""},
        },
        "installation_preferences.notes": "join(' ', result.remarks || `[]`)",
    },
    statuses={
        OrderStatus.NEW_LEAD: "received",
        OrderStatus.QUOTE_SENT: "quote sent",
        OrderStatus.CUSTOMER_APPROVED: "accepted by customer",
        OrderStatus.BOTH_APPROVED: "accepted",
        OrderStatus.SCHEDULED: "scheduled",
        OrderStatus.COMPLETED: "installed",
        OrderStatus.ON_HOLD: "paused",
        OrderStatus.CANCELLED: "cancelled",
    },
    meanings={"cancel requested": OrderStatus.CANCELLED},
    skus={
        "ALV-SOLO-7": "ZAP-HOME-7.4",
        "ALV-SOLO-22": "ZAP-HOME-22",
        "ALV-CABLE": "CABLE-TYPE2-5M",
    },
    particulars={"confidence": {"path": "confidence", "least": 0.9}},
)
