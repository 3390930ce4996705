"""A system outside, played by a real HTTP server on loopback that can go down and come back with all it knew."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit


@dataclass(frozen=True)
class Asked:
    """One call that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Said:
    """What is answered. SILENCE: the connection is closed without a word."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


SILENCE = Said(status=0)


class Fake:
    """Subclasses answer. `faults` come first: each is asked once, and one that answers decides.

    `lost`: so many answers of writing calls are thrown away after the work was done.
    """

    def __init__(self) -> None:
        self.calls: list[Asked] = []
        self.faults: list[Callable[[Asked], Said | None]] = []
        self.lost = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def paths(self, method: str = "") -> list[str]:
        """The last parts of the addresses that were called."""
        return [call.path.rsplit("/", 1)[-1] for call in self.calls if method in ("", call.method)]

    def take(self, asked: Asked) -> Said:
        with self._lock:
            self.calls.append(asked)
            for fault in list(self.faults):
                said = fault(asked)
                if said is not None:
                    self.faults.remove(fault)
                    return said
            said = self.answer(asked)
            if self.lost and asked.method != "GET" and not asked.path.endswith("token"):
                self.lost -= 1
                return SILENCE
            return said

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError


def consent(asked: Asked, code: str) -> Said:
    """The page where a person logs in and says yes: this one says so at once, and goes back."""
    back = {"code": code, "state": asked.query["state"]}
    return Said(302, headers={"Location": f"{asked.query['redirect_uri']}?{urlencode(back)}"})


def writing(status: int, body: Any = None, **headers: str) -> Callable[[Asked], Said | None]:
    """A fault: the next call that writes is answered so, and nothing is done."""

    def fault(asked: Asked) -> Said | None:
        is_write = asked.method != "GET" and not asked.path.endswith("token")
        return Said(status, body or {}, headers) if is_write else None

    return fault


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            said = fake.take(
                Asked(
                    method=self.command,
                    path=unquote(parts.path),
                    query={name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length),
                )
            )
            self.close_connection = True
            if said is SILENCE:
                return
            content = json.dumps(said.body, default=str).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _take  # noqa: N815  # the library's names

        def log_message(self, *_: object) -> None:
            """A test prints nothing."""

    return Handler
