"""Shapes of the JSON fields that staff edit (JSON Schema 2020-12)."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "maxLength": 200}
WORDS: dict[str, Any] = {"type": "array", "maxItems": 100, "items": TEXT}
OPENING: dict[str, Any] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def record(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


CHANNEL_CONFIGURATION = record(
    display_name=TEXT,
    reply_to=TEXT,
    inbox_type={"enum": ["shared", "personal"]},
    business_account=TEXT,
)
ASSIGNMENT_RULES = record(keywords=WORDS, sender_domain_rules=WORDS, priority_keywords=WORDS, default_assignee=TEXT)
ESCALATION_RULES = record(
    after_hours={"type": "number", "minimum": 0, "maximum": 720}, to={"enum": ["team_lead", "manager", "director"]}
)
BUSINESS_HOURS = record(**dict.fromkeys(WEEKDAYS, OPENING))
VARIABLES: dict[str, Any] = {
    "type": "array",
    "maxItems": 60,
    "uniqueItems": True,
    "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"},
}
TRIGGER_CONDITIONS = record(statuses=WORDS, order_types=WORDS)
NAME: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"}
LOCALE: dict[str, Any] = {"type": "string", "pattern": "^[a-z]{2}(_[A-Z]{2})?$"}
PROVIDER_TEMPLATE = {
    **record(name=NAME, namespace=NAME, language=LOCALE, parameters=VARIABLES),
    "dependentRequired": {name: ["name", "namespace", "language"] for name in ("name", "namespace", "language", "parameters")},
}
FILLED_TEMPLATE = record(
    name=NAME, namespace=NAME, language=LOCALE, values={"type": "array", "maxItems": 60, "items": {"type": "string"}}
)
