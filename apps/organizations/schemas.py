"""The shapes of the JSON columns that staff edit: JSON Schema 2020-12."""

from typing import Any


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


TEXT = {"type": "string", "maxLength": 2000}
NAME = {"type": "string", "maxLength": 200}
URL = {"type": "string", "maxLength": 500, "pattern": "^(https?://|/)"}
COLOUR = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
EMAIL = {"type": "string", "maxLength": 254, "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}
LENGTH = {"type": "string", "pattern": "^[0-9]{1,4}(px|mm)$"}
HOURS = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"}
PERCENTAGE = {"type": "number", "exclusiveMinimum": 0, "maximum": 100}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

BRANDING = _closed(
    {
        "primary_color": COLOUR,
        "secondary_color": COLOUR,
        "accent_color": COLOUR,
        "logo_url": URL,
        "logo_dark_url": URL,
        "favicon_url": URL,
        "email_header_url": URL,
        "document_letterhead_url": URL,
    }
)

EMAIL_CONFIG = _closed(
    {
        "from_name": NAME,
        "from_email": EMAIL,
        "reply_to_email": EMAIL,
        "footer_text": TEXT,
        "signature_template": TEXT,
        "unsubscribe_url": URL,
        "mailboxes": {"type": "object", "additionalProperties": EMAIL, "maxProperties": 20},
        "templates": _closed({"order_confirmation": NAME, "invoice_notification": NAME, "visit_reminder": NAME}),
    }
)

DOCUMENT_CONFIG = _closed(
    {
        "invoice_template_id": NAME,
        "quote_template_id": NAME,
        "contract_template_id": NAME,
        "work_order_template_id": NAME,
        "footer_text": TEXT,
        "terms_url": URL,
        "privacy_url": URL,
        "styling": _closed(
            {"font_family": NAME, "header_height": LENGTH, "footer_height": LENGTH, "margin": LENGTH},
        ),
    }
)

OPERATIONAL_CONFIG = _closed(
    {
        "default_currency": {"const": "EUR"},
        "timezone": {"const": "Europe/Amsterdam"},
        "business_hours": _closed({day: {"anyOf": [HOURS, {"type": "null"}]} for day in WEEKDAYS}),
        "settings": _closed(
            {
                "auto_send_quotes": {"type": "boolean"},
                "require_signature_on_delivery": {"type": "boolean"},
                "send_visit_reminders": {"type": "boolean"},
                "reminder_hours_before": {"type": "integer", "minimum": 1, "maximum": 720},
            }
        ),
    }
)

BILLING_CONFIGURATION = _closed(
    {
        "auto_approve_threshold": {"type": "number", "minimum": 0, "maximum": 9999999.99},
        "require_po_number": {"type": "boolean"},
        "consolidated_invoicing": {"type": "boolean"},
        "invoice_frequency": {"enum": ["immediate", "weekly", "monthly"]},
        "reverse_charge": {"type": "boolean"},  # it builds itself: our work for it is VAT reverse charged
        "g_account": {  # it pays a part of the wages in our work, in percents, on our blocked account (g-rekening)
            **_closed({"wages_percentage": PERCENTAGE, "blocked_percentage": PERCENTAGE, "reference": NAME}),
            "required": ["wages_percentage", "blocked_percentage"],
        },
    }
)

# Kept from the plan, which names no keys: a preset is a named list of scopes.
PERMISSION_PRESETS = {
    "type": "object",
    "maxProperties": 20,
    "additionalProperties": {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 60}},
}
