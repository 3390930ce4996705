"""English, nested, in camelCase."""

from apps.orders.choices import OrderStatus
from apps.partners.choices import IntegrationType
from apps.partners.presets.preset import Preset

GROENDUS = Preset(
    label="Groendus",
    integration_type=IntegrationType.WEBHOOK,
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
    meanings={
        "CUSTOMER_AGREED": OrderStatus.CUSTOMER_APPROVED,
        "DEALER_AGREED": OrderStatus.PARTNER_APPROVED,
        "WITHDRAWN": OrderStatus.CANCELLED,
    },
)
