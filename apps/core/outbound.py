"""The only way out of the building: one HTTP call that cannot be turned against us.

An address that staff or a partner typed is not trusted. It is read strictly, its name is resolved once, every address it
resolves to must be public, and the connection goes to that very address, so that a name cannot change its mind between
check and call. One deadline holds over resolving, connecting, the handshake and every byte, because a time-out per read
never ends on a server that drips. Redirects, proxies of the environment and compressed answers are not followed, used
or asked for. `OUTBOUND_ALLOW_HOSTS` lists the hosts (`name` or `name:port`) for which private addresses, other ports and
plain http are in order.
"""

import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import clock

URL_LENGTH = 2_000
BODY_CAP = 64 * 1024
# Head, chunk sizes and trailers come on top of the body; a server that sends more of those than this is not talking HTTP.
STREAM_CAP = BODY_CAP + 64 * 1024
RETRY_AFTER_CAP = timedelta(hours=24)

_URL_CHARACTERS = re.compile(r"[\x21-\x7e]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A name has a dot and ends in letters; 2130706433, 127.1 and 0x7f.1 are addresses in disguise.
_PUBLIC_NAME = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".arpa", ".onion", ".lan", ".home", ".corp")

# IANA special-purpose registry. The standard library's is_global calls NAT64, 6to4 and multicast addresses public.
_PRIVATE_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Inside the public range: Teredo and other IETF protocols, documentation, 6to4.
_PRIVATE_V6 = tuple(ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class OutboundError(Exception):
    """A call that brought no answer. `code` is stable and shown to staff; `detail` says more."""

    code: str

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}" if detail else code)


class RetryableError(OutboundError):
    """The other side is not well now; the same call may succeed later."""


class FinalError(OutboundError):
    """The call itself is wrong; repeating it changes nothing until a person changes the address."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Limits in seconds. `total` covers everything, from the name to the last byte."""

    resolve: float = 2.0
    connect: float = 3.0
    total: float = 15.0


@dataclass(frozen=True, kw_only=True)
class OutboundAnswer:
    """What the other side said. Header names are lower case; the body is cut off at `BODY_CAP` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int
    truncated: bool = False

    SUCCESS: ClassVar[range] = range(200, 300)

    @property
    def ok(self) -> bool:
        return self.status in self.SUCCESS

    @property
    def retry_after(self) -> timedelta | None:
        """How long they ask us to wait: seconds or an HTTP date, at most 24 hours; None when absent, past or garbage."""
        asked = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,12}", asked):
            wait = timedelta(seconds=min(int(asked), RETRY_AFTER_CAP.total_seconds()))
        else:
            wait = _until(asked)
        return min(wait, RETRY_AFTER_CAP) if wait > timedelta(0) else None


@dataclass(frozen=True, kw_only=True)
class Target:
    """A checked URL, taken apart. `listed` hosts may be private."""

    scheme: str
    host: str
    port: int
    path: str
    listed: bool

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == default else f"{host}:{self.port}"


def post(url: str, *, headers: Mapping[str, str], body: bytes, timeouts: Timeouts | None = None) -> OutboundAnswer:
    """POST to an untrusted address; see `request`."""
    return request("POST", url, headers=headers, body=body, timeouts=timeouts)


def get(url: str, *, headers: Mapping[str, str] | None = None, timeouts: Timeouts | None = None) -> OutboundAnswer:
    """GET from an untrusted address; see `request`."""
    return request("GET", url, headers=headers or {}, timeouts=timeouts)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeouts: Timeouts | None = None,
) -> OutboundAnswer:
    """Make one call and return the answer, whatever its status.

    Raises:
        FinalError: the URL may not be called.
        RetryableError: no complete answer within the limits.
    """
    limits = timeouts or Timeouts()
    started = time.monotonic()
    deadline = started + limits.total
    target = read_url(url)
    addresses = _checked_addresses(target, limit=min(limits.resolve, limits.total))
    try:
        with _connected(target, addresses, deadline=deadline, connect=limits.connect) as call:
            response, content, truncated = _exchange(method, target, headers, body, call)
    except TimeoutError as error:
        raise RetryableError("timeout", f"no answer within {limits.total:g} seconds") from error
    except ssl.SSLError as error:
        raise RetryableError("tls_failed", error.reason or "handshake failed") from error
    except (HTTPException, ValueError) as error:
        # http.client raises a bare ValueError for some chunk sizes and status lines.
        raise RetryableError("bad_answer", type(error).__name__) from error
    except OSError as error:
        raise RetryableError("connection_failed", error.strerror or type(error).__name__) from error
    return OutboundAnswer(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        body=content,
        truncated=truncated,
        elapsed_ms=round((time.monotonic() - started) * 1000),
    )


def read_url(url: str) -> Target:
    """Take a URL apart as strictly as it will be used; for the check at save too, where no name is resolved.

    Raises:
        FinalError: it is not an https URL on port 443 of a public name, nor of a host that we list.
    """
    # Tabs, line ends, spaces and letters of other scripts are read differently by different parsers.
    if len(url) > URL_LENGTH or not _URL_CHARACTERS.fullmatch(url) or "\\" in url:
        raise FinalError("url_not_plain", "only plain ASCII; a name of another script in its xn-- form")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FinalError("url_not_readable") from error
    if parts.scheme not in ("https", "http"):
        raise FinalError("scheme_not_allowed", "https only")
    if "@" in parts.netloc:
        raise FinalError("credentials_in_url")
    if parts.fragment or url.endswith("#"):
        raise FinalError("fragment_in_url")
    port = {"https": 443, "http": 80}[parts.scheme] if port is None else port
    target = Target(
        scheme=parts.scheme,
        host=host,
        port=port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        listed=_is_listed(host, port),
    )
    _refuse_unlisted(target)
    return target


def _refuse_unlisted(target: Target) -> None:
    if target.listed:
        return
    if target.scheme != "https":
        raise FinalError("scheme_not_allowed", "https only")
    if target.port != 443:
        raise FinalError("port_not_allowed", "443 only")
    if len(target.host) > 253 or not _PUBLIC_NAME.fullmatch(target.host):
        raise FinalError("host_not_a_name")
    if target.host.endswith(_PRIVATE_SUFFIXES) or target.host == _own_host():
        raise FinalError("host_not_public")


def _is_listed(host: str, port: int) -> bool:
    listed = {entry.strip("[]").lower() for entry in settings.OUTBOUND_ALLOW_HOSTS}
    return host in listed or f"{host}:{port}" in listed


def _own_host() -> str | None:
    return urlsplit(settings.PUBLIC_BASE_URL).hostname


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, seen through every way of embedding another one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _PRIVATE_V4)
    return ip in _PUBLIC_V6 and not any(ip in network for network in _PRIVATE_V6)


def _checked_addresses(target: Target, *, limit: float) -> list[str]:
    addresses = _resolve(target.host, target.port, limit=limit)
    if not target.listed and not all(is_public(address) for address in addresses):
        raise FinalError("address_not_public", target.host)
    return addresses


def _resolve(host: str, port: int, *, limit: float) -> list[str]:
    """Every address of a name, asked in a thread of its own: getaddrinfo knows no time-out."""
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failed.append(error)
        else:
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        raise RetryableError("name_not_resolved", "the resolver does not answer")
    if failed or not found:
        raise RetryableError("name_not_resolved", host)
    return found


class _Call:
    """A connected socket on which every act counts against one deadline and one budget of bytes.

    It is what http.client takes for a socket: `sendall`, `makefile`, `close`.
    """

    def __init__(self, connection: socket.socket, *, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline
        self._budget = STREAM_CAP

    def _tick(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)

    def handshake(self, host: str) -> None:
        self._tick()
        self._connection = _tls_context().wrap_socket(self._connection, server_hostname=host)

    def sendall(self, payload: bytes) -> None:
        view = memoryview(payload)
        while view:
            self._tick()
            view = view[self._connection.send(view) :]

    def receive_into(self, buffer: memoryview) -> int:
        self._tick()
        count = self._connection.recv_into(buffer[: min(len(buffer), self._budget)])
        self._budget -= count
        return count

    @property
    def exhausted(self) -> bool:
        return self._budget <= 0

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self), buffer_size=8192)

    def close(self) -> None:
        """Nothing yet: http.client closes its socket before it reads a body that ends with the connection."""

    def hang_up(self) -> None:
        self._connection.close()


class _Incoming(io.RawIOBase):
    def __init__(self, call: _Call) -> None:
        self._call = call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # No room left in the budget reads as the end of the stream.
        return 0 if self._call.exhausted else self._call.receive_into(memoryview(buffer))


@cache
def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def _connected(target: Target, addresses: list[str], *, deadline: float, connect: float) -> Iterator[_Call]:
    """A call to the first address that takes it; the name is used for the certificate alone."""
    connection = _dial(addresses, target.port, deadline=deadline, connect=connect)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    call = _Call(connection, deadline=deadline)
    try:
        if target.scheme == "https":
            call.handshake(target.host)
        yield call
    finally:
        call.hang_up()
        connection.close()  # still open when the handshake failed


def _dial(addresses: list[str], port: int, *, deadline: float, connect: float) -> socket.socket:
    refusal: OSError = TimeoutError()
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=min(connect, left))
        except OSError as error:
            refusal = error
    raise refusal


def _exchange(
    method: str, target: Target, headers: Mapping[str, str], body: bytes, call: _Call
) -> tuple[HTTPResponse, bytes, bool]:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = call  # type: ignore[assignment]  # all that http.client asks of a socket
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    fixed = {"Host": target.host_header, "Connection": "close", "Accept-Encoding": "identity"}
    if body or method == "POST":
        fixed["Content-Length"] = str(len(body))
    for name, value in (fixed | dict(headers)).items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    response = connection.getresponse()
    content, truncated = _read_capped(response, call)
    return response, content, truncated


def _read_capped(response: HTTPResponse, call: _Call) -> tuple[bytes, bool]:
    """The body up to the cap. What lies beyond it is never read: the status has been said."""
    try:
        content = response.read(BODY_CAP + 1)
    except HTTPException:
        if not call.exhausted:
            raise
        return b"", True
    if len(content) <= BODY_CAP and response.length and not call.exhausted:
        raise HTTPException("cut off")
    return content[:BODY_CAP], len(content) > BODY_CAP or call.exhausted


def _until(http_date: str) -> timedelta:
    try:
        moment = parsedate_to_datetime(http_date)
        return moment - clock.now()
    except (TypeError, ValueError, OverflowError):
        # No date at all, or one without a zone.
        return timedelta(0)
