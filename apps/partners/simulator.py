"""A partner that does not exist: it sends orders in its own dialect, listens for statuses and checks their signatures.

For the demo, the tests and a partner's first look at our webhooks. It talks HTTP to a running system and reads no table.
"""

import json
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from apps.partners.played_api import ROOT as API_ROOT
from apps.partners.played_api import Answer, ApiCall, PlayedApi, answer_to, api_secret

PAYLOADS = Path(settings.BASE_DIR) / "fixtures" / "payloads"
DEFAULT_PORT = 8765

PEOPLE = (
    *("Sanne de Wit", "Daan Jansen", "Fatima el Amrani", "Willemijn van 't Hoff", "Sem Yılmaz", "Noor Bakker"),
    *("Lars van der Meer", "Priya Sharma", "Ruben Smit", "Eva O'Brien", "Mees de Boer", "Zoë Vermeulen", "李 Chen"),
)
PLACES = (
    ("Lindelaan", "3861AB", "Nijkerk"),
    ("Herengracht", "1015BA", "Amsterdam"),
    ("Stationsweg", "9726AC", "Groningen"),
    ("Plein 1944", "6511JA", "Nijmegen"),
    ("Oude Rijn", "2312HB", "Leiden"),
)


@dataclass(frozen=True)
class Received:
    """One call that came in. `problem` says what is wrong with its signature; empty when nothing is."""

    path: str
    webhook_id: str
    body: dict[str, Any]
    problem: str = ""

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.body["data"]
        return data


class Receiver:
    """An HTTP endpoint on loopback that verifies and remembers every message.

    Where it knows Essent's secret it plays Essent's own API too.
    """

    def __init__(
        self,
        secrets: dict[str, str],
        *,
        port: int = 0,
        answer: Callable[[Received], Answer] = lambda received: Answer(),
        on_received: Callable[[Received], None] = lambda received: None,
        answer_api: Callable[[ApiCall], Answer] = answer_to,
        on_api_call: Callable[[ApiCall], None] = lambda call: None,
    ) -> None:
        self.calls: list[Received] = []
        self.api_calls: list[ApiCall] = []
        self.api = PlayedApi(api_secret(secrets.get("essent", ""))) if "essent" in secrets else None
        self._answer_api, self._on_api_call = answer_api, on_api_call
        self._secrets, self._answer, self._on_received = secrets, answer, on_received
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, partner: str) -> str:
        return f"{self.origin}/{partner}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def accepted(self, partner_order_id: str = "") -> list[Received]:
        """The messages that arrived, each once: a repeat is known by its webhook-id."""
        first = {call.webhook_id: call for call in reversed(self.calls) if not call.problem}
        calls = [call for call in self.calls if first.get(call.webhook_id) is call]
        return [call for call in calls if not partner_order_id or call.data["partner_order_id"] == partner_order_id]

    def wait_for(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until calls have made the condition true; False when time is up."""
        with self._arrived:
            return self._arrived.wait_for(condition, timeout=seconds)

    def _receive(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self.api is None or not path.startswith(f"{API_ROOT}/"):
            return self._receive_webhook(path, headers, body)
        if path == f"{API_ROOT}/token":
            return self.api.give_token(headers, body)
        call = self.api.take_status(method, path, headers, body)
        self._on_api_call(call)
        with self._arrived:
            self.api_calls.append(call)
            self._arrived.notify_all()
        return answer_to(call) if call.problem else self._answer_api(call)

    def _receive_webhook(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        received = Received(
            path=path,
            webhook_id=headers.get("webhook-id", ""),
            body=json.loads(body),
            problem=self._problem(path, headers, body),
        )
        self._on_received(received)
        with self._arrived:
            self.calls.append(received)
            self._arrived.notify_all()
        return Answer(401) if received.problem else self._answer(received)

    def _problem(self, path: str, headers: dict[str, str], body: bytes) -> str:
        secret = self._secrets.get(path.strip("/"))
        if secret is None:
            return "nobody listens at this address"
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError as error:
            return str(error)
        return ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receive = self._receive

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receive(self.command, self.path, headers, body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_PUT = do_POST  # noqa: N815  # its name there

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name there
                """Silent: the receiver's user prints what it wants to see."""

        return Handler


def samples(partner: str) -> list[dict[str, Any]]:
    """The messages of a partner that the tests and the API's description use."""
    return [json.loads(path.read_text()) for path in sorted((PAYLOADS / partner).glob("*.json"))]


def messages(partner: str, run: str) -> Iterator[dict[str, Any]]:
    """Endless orders in a partner's dialect, each with its own number and customer. `run` keeps two runs apart."""
    personalize = {"groendus": _as_groendus, "essent": _as_essent}[partner]
    for number, sample in enumerate(cycle(samples(partner)), start=1):
        yield personalize(deepcopy(sample), run, number)


def _as_groendus(message: dict[str, Any], run: str, number: int) -> dict[str, Any]:
    order = message["order"]
    first_name, _space, last_name = PEOPLE[number % len(PEOPLE)].partition(" ")
    street, postcode, town = PLACES[number % len(PLACES)]
    order["reference"] = f"GRO-{run}-{number:04d}"
    order["customer"] |= {"firstName": first_name, "lastName": last_name, "emailAddress": _email("groendus", run, number)}
    order["deliveryAddress"] |= {"streetName": street, "houseNumber": number, "zipCode": postcode, "town": town}
    order.get("appointment", {}).pop("wishDate", None)  # a fixed day is in the past one day
    return message


def _as_essent(message: dict[str, Any], run: str, number: int) -> dict[str, Any]:
    street, postcode, town = PLACES[number % len(PLACES)]
    message.pop("gewenste_datum", None)
    return message | {
        "bericht_id": f"{run}-{number}",
        "aanvraagnummer": f"ESS-{run}-{number:04d}",
        "naam": PEOPLE[number % len(PEOPLE)],
        "emailadres": _email("essent", run, number),
        "adres": f"{street} {number}",
        "postcode": postcode,
        "woonplaats": town,
    }


def _email(partner: str, run: str, number: int) -> str:
    return f"klant.{partner}.{run}.{number}@example.nl"


# Our own system, on this machine or where staff point to: no proxy of the environment stands between.
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]


def post_order(*, base_url: str, partner: str, api_key: str, message: dict[str, Any], seconds: float = 35.0) -> Reply:
    """Send an order to a running system.

    Raises:
        URLError: the system does not answer.
    """
    request = Request(  # noqa: S310  # the address is typed by whoever runs the simulator
        f"{base_url.rstrip('/')}/api/v1/partners/{partner}/orders",
        data=json.dumps(message).encode(),
        headers={"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with _open(request, timeout=seconds) as response:
            return Reply(response.status, json.load(response))
    except HTTPError as error:
        return Reply(error.code, _json_or_text(error.read()))


def _json_or_text(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"detail": body[:300].decode(errors="replace")}
