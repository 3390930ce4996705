"""The shape of the JSON column that staff edit: JSON Schema 2020-12."""

from typing import Any

# Facts of a product, such as {"power_kw": 22, "connector": "Type 2", "rfid": true}.
SPECIFICATIONS: dict[str, Any] = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,49}$"},
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": 500},
            {"type": "number", "minimum": -1e9, "maximum": 1e9},
            {"type": "boolean"},
            {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 100}},
        ]
    },
}
