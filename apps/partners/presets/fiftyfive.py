"""An older task board: the order is a card, its data are custom fields by name, its products subtasks."""

from apps.orders.choices import OrderStatus
from apps.partners.choices import IntegrationType
from apps.partners.presets.preset import Preset


def _field(name: str) -> str:
    return f"task.custom_fields[?name=='{name}'].value | [0]"


FIFTYFIVE = Preset(
    label="50five",
    integration_type=IntegrationType.FORM,
    partner_order_id_field="task.custom_id",
    field_mapping={
        "external_order_reference": "task.id",
        "partner_customer_id": _field("Klantcode"),
        "partner_po_number": _field("Inkooporder"),
        "customer.name": _field("Naam klant"),
        "customer.email": _field("E-mail"),
        "customer.phone": _field("Telefoon"),
        "customer.address.street": _field("Straat + nr"),
        "customer.address.postal_code": _field("Postcode"),
        "customer.address.city": _field("Plaats"),
        # The board counts countries; an empty cell is the first one.
        "customer.address.country": {"path": _field("Land"), "default": "NL", "values": {"0": "NL", "1": "BE", "2": "DE"}},
        "line_items": (
            "task.subtasks[0] && task.subtasks[].{partner_sku: custom_id, description: name, quantity: to_number(points),"
            " partner_item_id: id}"
        ),
        "installation_preferences.preferred_date": _field("Wensdatum"),
        "installation_preferences.notes": "task.description",
    },
    statuses={
        OrderStatus.NEW_LEAD: "TO DO",
        OrderStatus.INTAKE_COMPLETED: "SCHOUW",
        OrderStatus.QUOTE_SENT: "OFFERTE",
        OrderStatus.BOTH_APPROVED: "OPDRACHT",
        OrderStatus.SCHEDULED: "GEPLAND",
        OrderStatus.IN_PROGRESS: "IN UITVOERING",
        OrderStatus.COMPLETED: "GEREED",
        OrderStatus.ON_HOLD: "ON HOLD",
        OrderStatus.CANCELLED: "GEANNULEERD",
    },
    meanings={"ON HOLD": OrderStatus.ON_HOLD, "GEANNULEERD": OrderStatus.CANCELLED},
    skus={
        "50F-ZAPPI-7": "MYE-ZAPPI-7KW",
        "50F-INST": "INST-BASIC",
        "50F-INST-PLUS": "INST-ADVANCED",
    },
)
