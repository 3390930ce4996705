"""What the API's description shows of partners' calls: the very messages that the tests use."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample

PAYLOADS = Path(settings.BASE_DIR) / "fixtures" / "payloads"


def _message(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text())


RECEIVED = {
    "order_id": "0f3a4c9e-8f58-4c55-9f3e-5f6d2f0f9a11",
    "order_number": "CC-2026-00042",
    "partner_order_id": "ZON-1",
    "status": "received",
    "estimated_processing": "24-48 hours",
}
ORDERS = [
    OpenApiExample("Our own shape", value=_message("canonical.json"), request_only=True),
    OpenApiExample(
        "A partner's own words", value=_message("groendus/01-installation.json"), request_only=True, description="Groendus"
    ),
    OpenApiExample("Taken in", value=RECEIVED, response_only=True, status_codes=["200", "201"]),
]
ORDER = [
    OpenApiExample(
        "Planned",
        value={
            "order_id": "0f3a4c9e-8f58-4c55-9f3e-5f6d2f0f9a11",
            "order_number": "CC-2026-00042",
            "partner_order_id": "ZON-1",
            "partner_customer_id": "K-77",
            "partner_dealer_id": "",
            "partner_invoice_id": "",
            "partner_po_number": "PO-9",
            "partner_lead_id": "",
            "external_order_reference": "",
            "is_test": False,
            "status": "SCHEDULED",
            "status_since": "2026-03-09T10:15:00+01:00",
            "scheduled_date": "2026-03-24",
            "external_status": "CUSTOMER_INFORMED",
            "external_status_at": "2026-03-09T11:00:00+01:00",
            "timeline": [
                {"status": "RECEIVED", "at": "2026-03-02T12:00:00+01:00", "reason": "", "sequence": 1},
                {"status": "CONFIRMED", "at": "2026-03-05T09:30:00+01:00", "reason": "Akkoord per telefoon.", "sequence": 7},
                {"status": "SCHEDULED", "at": "2026-03-09T10:15:00+01:00", "reason": "", "sequence": 9},
            ],
        },
        response_only=True,
    )
]
STATUS = [
    OpenApiExample(
        "The customer agreed",
        value={
            "partner_order_id": "ZON-1",
            "status": "CUSTOMER_AGREED",
            "timestamp": "2026-03-04T14:20:00+01:00",
            "notes": "Getekend in de app.",
        },
        request_only=True,
    ),
    OpenApiExample(
        "The order moved",
        value={
            "partner_order_id": "ZON-1",
            "order_number": "CC-2026-00042",
            "status": "CUSTOMER_AGREED",
            "timestamp": "2026-03-04T14:20:00+01:00",
            "result": "moved",
            "code": "",
        },
        response_only=True,
    ),
    OpenApiExample(
        "It is kept and no more",
        value={
            "partner_order_id": "ZON-1",
            "order_number": "CC-2026-00042",
            "status": "CUSTOMER_AGREED",
            "timestamp": "2026-03-04T14:20:00+01:00",
            "result": "recorded",
            "code": "arrow_not_listed",
        },
        response_only=True,
    ),
]
