"""The shape of the JSON column that staff edit: JSON Schema 2020-12."""

from typing import Any

# From so many orders in a month on, so many percent: [{"from_orders": 1, "rate": "3.00"}, {"from_orders": 11, "rate": "5.00"}].
TIERS: dict[str, Any] = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "required": ["from_orders", "rate"],
        "additionalProperties": False,
        "properties": {
            "from_orders": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "rate": {"type": "string", "pattern": r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"},
        },
    },
}
