"""Mollie on loopback: its payments, refunds, chargebacks and settlements, moved on by the test.

A real HTTP server. It checks the key, makes one payment of one Idempotency-Key, and can be away, slow or busy.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"
CREATED, UNAUTHORIZED, NOT_FOUND, UNPROCESSABLE = 201, 401, 404, 422


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class FakeMollie:
    """What it knows of payments, by their ids; `answers` are given in place of its own, one call each."""

    keys: dict[str, str] = field(default_factory=lambda: {KEY: "Laadpalen Demo"})
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    settlements: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    seconds: float = 0.0  # how long it thinks before it answers
    _by_key: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.address}/v2"

    # What happens there

    def pays(self, payment_id: str, *, method: str = "ideal", at: str = "2026-03-02T11:00:00+00:00", **changes: Any) -> None:
        """A customer paid."""
        self.payments[payment_id].update({"status": "paid", "method": method, "paidAt": at, **changes})

    def ends(self, payment_id: str, status: str) -> None:
        self.payments[payment_id]["status"] = status

    def gives_back(self, payment_id: str, kind: str, amount: str, **more: Any) -> str:
        """A refund (made in its dashboard, or by us) or a chargeback."""
        given = self.payments[payment_id].setdefault("_embedded", {}).setdefault(f"{kind}s", [])
        entry = {"id": f"{'re' if kind == 'refund' else 'chb'}_{payment_id[3:]}{len(given)}", "amount": euros(amount), **more}
        given.append(entry | ({"status": "refunded"} if kind == "refund" and "status" not in more else {}))
        return str(entry["id"])

    def settles(self, settlement_id: str, *references: str) -> None:
        """What it holds of these is on its way to the bank."""
        lists: dict[str, list[str]] = {"payments": [], "refunds": [], "chargebacks": []}
        for payment in self.payments.values():
            embedded = payment.get("_embedded", {})
            for what, entries in (
                ("payments", [payment]),
                *((name, embedded.get(name, [])) for name in ("refunds", "chargebacks")),
            ):
                for entry in entries:
                    if entry["id"] in references:
                        entry["settlementId"] = settlement_id
                        lists[what].append(entry["id"])
        self.settlements[settlement_id] = lists

    # What it answers

    def answer(self, call: Call) -> tuple[int, dict[str, str], Any]:
        with self._lock:
            self.calls.append(call)
            scripted = self.answers.pop(0) if self.answers else None
        time.sleep(self.seconds)
        if scripted:
            return scripted
        key = call.headers.get("authorization", "").removeprefix("Bearer ")
        if key not in self.keys:
            return UNAUTHORIZED, {}, problem(UNAUTHORIZED, "Missing authentication, or failed to authenticate")
        with self._lock:
            return self._answer(call, key)

    def _answer(self, call: Call, key: str) -> tuple[int, dict[str, str], Any]:
        parts = urlsplit(call.path)
        found: Any = None
        match call.method, parts.path.removeprefix("/v2/").split("/"):
            case "POST", ["payments"]:
                return CREATED, {}, self._create(call, key)
            case "GET", ["payments", name] if name in self.payments:
                found = self._visible(self.payments[name], parse_qs(parts.query).get("embed", [""])[0])
            case "POST", ["payments", name, "refunds"] if name in self.payments:
                return CREATED, {}, self._refund(call, name)
            case "GET", ["methods"]:
                found = {"_embedded": {"methods": [{"id": "ideal"}, {"id": "creditcard"}]}}
            case "GET", ["profiles", "me"]:
                found = {"id": "pfl_1", "name": self.keys[key]}
            case "GET", ["settlements", name, what] if name in self.settlements:
                found = self._page(name, what, parse_qs(parts.query))
        return (200, {}, found) if found else (NOT_FOUND, {}, problem(NOT_FOUND, "No such thing exists"))

    def _create(self, call: Call, key: str) -> dict[str, Any]:
        once = call.headers.get("idempotency-key", "")
        if once in self._by_key:
            return self.payments[self._by_key[once]]
        name = f"tr_{len(self.payments) + 1:010d}"
        kept = {each: call.body[each] for each in ("amount", "description", "metadata", "redirectUrl", "webhookUrl")}
        self.payments[name] = {
            "resource": "payment",
            "id": name,
            "mode": key.split("_", maxsplit=1)[0],
            "status": "open",
            "_links": {"checkout": {"href": f"{self.address}/checkout/{name}", "type": "text/html"}},
            **kept,
        }
        self._by_key[once or name] = name
        return self.payments[name]

    def _refund(self, call: Call, name: str) -> dict[str, Any]:
        once = call.headers.get("idempotency-key", "")
        if once not in self._by_key:
            self._by_key[once] = self.gives_back(
                name, "refund", call.body["amount"]["value"], status="pending", metadata=call.body["metadata"]
            )
        return next(each for each in self.payments[name]["_embedded"]["refunds"] if each["id"] == self._by_key[once])

    def _visible(self, payment: dict[str, Any], embed: str) -> dict[str, Any]:
        embedded = {name: entries for name, entries in payment.get("_embedded", {}).items() if name in embed.split(",")}
        return {**payment, "_embedded": embedded}

    def _page(self, name: str, what: str, query: dict[str, list[str]]) -> dict[str, Any]:
        ids, start, size = self.settlements[name][what], query.get("from", [""])[0], int(query["limit"][0])
        rest = ids[ids.index(start) + 1 :] if start else ids
        more = {"next": {"href": "more"}} if len(rest) > size else {}
        return {"_embedded": {what: [{"id": each} for each in rest[:size]]}, "_links": more}


def euros(value: str, currency: str = "EUR") -> dict[str, str]:
    return {"currency": currency, "value": value}


def problem(status: int, detail: str) -> dict[str, Any]:
    return {"status": status, "title": "Problem", "detail": detail}


def _handler(fake: FakeMollie) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve({})

        def do_POST(self) -> None:
            self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}"))

        def _serve(self, body: dict[str, Any]) -> None:
            if not self.path.startswith("/v2/"):  # where a browser pays
                return self._send(200, {"Content-Type": "text/html"}, b"<h1>Checkout</h1>")
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = fake.answer(Call(self.command, self.path, headers, body))
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            return self._send(status, {"Content-Type": "application/hal+json", **more}, raw)

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
