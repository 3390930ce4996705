"""The shapes of an integration's JSON columns (JSON Schema 2020-12). What they mean stands in `mapping` and `services`."""

from typing import Any

from apps.orders.choices import OrderStatus, OrderType, Priority
from apps.partners.choices import WebhookEvent

EXPRESSION_LENGTH = 500


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_WORD = {"type": "string", "minLength": 1, "maxLength": 50}
_EXPRESSION = {"type": "string", "minLength": 1, "maxLength": EXPRESSION_LENGTH}
_PLAIN = {"type": ["string", "number", "boolean"], "maxLength": 500}

WEBHOOK_EVENTS: dict[str, Any] = {
    "type": "array",
    "items": {"enum": WebhookEvent.values},
    "uniqueItems": True,
    "maxItems": len(WebhookEvent.values),
}

STATUS_MAPPING = _closed(
    {
        "chargecars_to_partner": _closed(dict.fromkeys(OrderStatus.values, _WORD)),
        "partner_to_chargecars": {
            "type": "object",
            "propertyNames": _WORD,
            "additionalProperties": {"enum": OrderStatus.values},
            "maxProperties": 100,
        },
    }
)

# Which arrows there are is checked against the machine, which knows.
STATUS_ARROWS: dict[str, Any] = {
    "type": "array",
    "items": {
        **_closed({"from": {"enum": OrderStatus.values}, "to": {"enum": OrderStatus.values}}),
        "required": ["from", "to"],
    },
    "uniqueItems": True,
    "maxItems": 100,
}

RATE_LIMIT = _closed({"requests_per_minute": {"type": "integer", "minimum": 1, "maximum": 60_000}})

# Which targets there are is checked by the mapping itself, which says so in its own words.
FIELD_MAPPING: dict[str, Any] = {
    "type": "object",
    "maxProperties": 200,
    "additionalProperties": {
        "anyOf": [
            _EXPRESSION,
            {
                **_closed(
                    {
                        "path": _EXPRESSION,
                        "default": _PLAIN,
                        "values": {"type": "object", "maxProperties": 200, "additionalProperties": _PLAIN},
                    }
                ),
                "anyOf": [{"required": ["path"]}, {"required": ["default"]}],
            },
        ]
    },
}

PARTNER_SPECIFIC = _closed(
    {
        "order_type": {"enum": OrderType.values},
        "priority_level": {"enum": Priority.values},
        "language": {"enum": ["nl", "en"]},
        "estimated_processing": {"type": "string", "minLength": 1, "maxLength": 100},
        "confidence": {
            **_closed({"path": _EXPRESSION, "least": {"type": "number", "minimum": 0, "maximum": 1}}),
            "required": ["path", "least"],
        },
        "status_call": _closed(
            {
                "method": {"enum": ["POST", "PUT", "PATCH"]},
                "path": {"type": "string", "pattern": "^/", "maxLength": EXPRESSION_LENGTH},
                "body": _EXPRESSION,
            }
        ),
    }
)
