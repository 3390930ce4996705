"""The other side of the line: so many connections that each ask, wait for the answer and ask again.

Plain sockets in threads: what a client library costs would be measured too, on the same two processors.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

CONNECTIONS = 8
ANSWER_WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: bytes
    body: bytes


@dataclass
class Line:
    """One keep-alive connection."""

    port: int
    peer: socket.socket = field(init=False)
    rest: bytes = b""

    def __post_init__(self) -> None:
        self._connect()

    def _connect(self) -> None:
        self.peer = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_WITHIN)
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.close()

    def ask(self, request: bytes) -> Answer:
        self.peer.sendall(request)
        head, self.rest = self._until(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in lower else 0
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return Answer(status=int(head[9:12]), headers=head, body=body)

    def _until(self, mark: bytes) -> tuple[bytes, bytes]:
        while mark not in self.rest:
            self.rest += self._more()
        head, _mark, rest = self.rest.partition(mark)
        return head, rest

    def _more(self) -> bytes:
        chunk = self.peer.recv(65536)
        if not chunk:
            raise ConnectionError("the server hung up")
        return chunk


def request_of(method: str, path: str, *, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Run:
    """What a time of asking came to."""

    seconds: float
    times: list[float]
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.times) or [float("nan")]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def hammer(port: int, next_request: Callable[[], bytes | None], *, seconds: float, connections: int = CONNECTIONS) -> Run:
    """Ask on every connection until time is up or there is nothing left to ask."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    asked_last = [time.monotonic()]
    faults: list[BaseException] = []
    ends_at = time.monotonic() + seconds

    def one_connection() -> None:
        try:
            with Line(port) as line:
                while time.monotonic() < ends_at and (request := next_request()) is not None:
                    began = time.perf_counter()
                    answer = line.ask(request)
                    times.append(time.perf_counter() - began)
                    asked_last[0] = time.monotonic()
                    statuses[answer.status] += 1
        except BaseException as error:
            faults.append(error)
            raise

    threads = [threading.Thread(target=one_connection, daemon=True) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return Run(min(time.monotonic(), asked_last[0]) - began, times, statuses)
