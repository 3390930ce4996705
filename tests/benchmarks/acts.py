"""What callers do, as requests: an order of a partner, the same again, a status change; in our words, bare's and plain's."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from tests.benchmarks.load import request_of

SKUS = (("GRO-ALFEN-11", "Alfen Eve Single 11 kW", 949.00), ("GRO-INSTALL-1", "Standaardinstallatie 1 fase", 425.00))


def new_word() -> str:
    """What tells one request from all others."""
    return uuid.uuid4().hex[:12]


def groendus_order(word: str) -> bytes:
    message = {
        "order": {
            "reference": f"GRO-{word}",
            "customer": {
                "accountNumber": "40023311",
                "firstName": "Willemijn",
                "lastName": f"van 't Hoff {word}",
                "emailAddress": f"klant.{word}@example.nl",
                "mobilePhone": "06-12345678",
            },
            "deliveryAddress": {
                "streetName": "Lindelaan", "houseNumber": 12, "houseNumberSuffix": "A", "zipCode": "3861 AB",
                "town": "Nijkerk", "countryCode": "NL",
            },
            "products": [
                {"sku": sku, "name": name, "amount": 1, "netPrice": price, "lineId": str(position)}
                for position, (sku, name, price) in enumerate(SKUS, start=1)
            ],
            "totals": {"net": 1374.00, "currency": "EUR"},
        },
    }  # fmt: skip
    return json.dumps(message).encode()


def plain_order(word: str) -> bytes:
    message = {
        "partner_order_id": f"GRO-{word}",
        "customer": {"name": f"Willemijn van 't Hoff {word}", "email": f"klant.{word}@example.nl", "phone": "0612345678"},
        "installation_address": {
            "street": "Lindelaan", "house_number": "12", "addition": "A", "postal_code": "3861AB", "city": "Nijkerk",
        },
        "lines": [
            {"article": sku, "description": name, "quantity": "1", "unit_price": f"{price:.2f}"} for sku, name, price in SKUS
        ],
    }  # fmt: skip
    return json.dumps(message).encode()


def intake(key: str, word: str, *, idempotency_key: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key or f"bench-{word}"}
    return request_of("POST", "/api/v1/partners/groendus/orders", headers=headers, body=groendus_order(word))


def intake_plain(key: str) -> bytes:
    word = new_word()
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench-{word}"}
    return request_of("POST", "/orders/", headers=headers, body=plain_order(word))


def bare(script: str, **message: object) -> bytes:
    return request_of("POST", f"/{script}", headers={}, body=json.dumps({"word": new_word(), **message}).encode())


@dataclass
class Locked:
    """An endless or finite supply that many connections draw from."""

    supply: Iterator[bytes]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> bytes | None:
        with self.lock:
            return next(self.supply, None)


def replays(key: str, words: list[str]) -> Callable[[], bytes | None]:
    return Locked(cycle([intake(key, word) for word in words]))


def pages(addresses: list[str], cookies: list[str]) -> Callable[[], bytes | None]:
    """GETs of pages and of the API, as the browsers of people who are logged in."""
    return Locked(cycle([request_of("GET", address, headers={"Cookie": cookie}) for cookie in cookies for address in addresses]))


def status_changes(tokens: list[str], orders: Iterator[str], to_status: str) -> Callable[[], bytes | None]:
    callers = cycle(tokens)
    bodies = (
        request_of(
            "POST",
            "/api/v1/status-engine/change",
            headers={"Authorization": f"Bearer {next(callers)}"},
            body=json.dumps(
                {"entity_type": "order", "entity_id": order, "to_status": to_status, "transition_reason": "Gebeld."}
            ).encode(),
        )
        for order in orders
    )
    return Locked(bodies)


def status_changes_plain(token: str, orders: Iterator[int]) -> Callable[[], bytes | None]:
    bodies = (
        request_of(
            "POST",
            f"/orders/{order}/change_status/",
            headers={"Authorization": f"Bearer {token}"},
            body=json.dumps({"to_status": "intake", "reason": "Gebeld."}).encode(),
        )
        for order in orders
    )
    return Locked(bodies)
