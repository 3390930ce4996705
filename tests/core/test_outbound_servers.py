"""The door out against hostile servers: each a raw one on loopback."""

import gzip
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.core import outbound
from apps.core.outbound import RetryableError, Timeouts
from tests.fakes.certificates import Authority

SHORT = Timeouts(resolve=0.5, connect=0.5, total=1.0)


# Servers


@contextmanager
def server(talk: Callable[[socket.socket], None], *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """One raw server on loopback that answers every connection with `talk`; its address without a path."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as spoken:
                talk(spoken)
        except OSError:
            pass  # the client hung up, which is what many of these tests are about

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        listener.close()


def says(payload: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(payload)

    return talk


def read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture(autouse=True)
def loopback_is_listed(settings):
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1", "localhost"]


def test_a_post_arrives_as_it_was_given_and_the_answer_comes_back():
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nX-Thing: yes\r\nContent-Length: 2\r\n\r\nok")

    with server(talk) as url:
        answer = outbound.post(f"{url}/hook?a=1", headers={"Content-Type": "application/json"}, body=b'{"a": 1}')

    host = url.removeprefix("http://")
    assert heard == [
        f"POST /hook?a=1 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept-Encoding: identity\r\n"
        f'Content-Length: 8\r\nContent-Type: application/json\r\n\r\n{{"a": 1}}'.encode()
    ]
    assert (answer.status, answer.ok, answer.body, answer.truncated) == (202, True, b"ok", False)
    assert answer.headers["x-thing"] == "yes"


def test_a_proxy_in_the_environment_is_ignored(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as url:
        assert outbound.get(url).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/", "file:///etc/passwd", "https://other.example.com/"])
def test_a_redirect_is_an_answer_and_is_not_followed(status, location):
    hits: list[bytes] = []

    def canary(connection: socket.socket) -> None:
        hits.append(read_request(connection))

    with server(canary) as trap:
        to = location.format(port=trap.rpartition(":")[2])
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        with server(says(head.encode())) as url:
            answer = outbound.post(url, headers={}, body=b"{}")

    assert (answer.status, answer.ok, hits) == (status, False, [])


@pytest.mark.parametrize(
    ("head", "status", "ok"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nerror", 200, True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, True),
        (b"HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", 299, True),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil I hang up", 200, True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, True),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, False),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 410, False),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 500, False),
        (b"HTTP/1.1 600 What\r\nContent-Length: 0\r\n\r\n", 600, False),
    ],
)
def test_any_status_is_an_answer(head, status, ok):
    with server(says(head)) as url:
        answer = outbound.get(url, timeouts=SHORT)

    assert (answer.status, answer.ok) == (status, ok)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\x00\xff\xfe",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut",
    ],
)
def test_an_answer_that_is_not_http_or_is_cut_off_may_be_tried_again(rubbish):
    with server(says(rubbish)) as url, pytest.raises(RetryableError) as failure:
        outbound.get(url, timeouts=SHORT)

    assert failure.value.code in ("bad_answer", "connection_failed")


def test_a_closed_port_may_be_open_later():
    with server(says(b"")) as url:
        pass

    with pytest.raises(RetryableError) as failure:
        outbound.get(url, timeouts=SHORT)

    assert failure.value.code == "connection_failed"


def drip(prefix: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(prefix)
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    return talk


def silent(connection: socket.socket) -> None:
    read_request(connection)
    time.sleep(5)


def deaf(connection: socket.socket) -> None:
    time.sleep(5)


@pytest.mark.parametrize(
    "talk",
    [
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        silent,
        deaf,
    ],
    ids=["status line", "header", "body", "chunk size", "silence", "never reads"],
)
def test_the_deadline_holds_against_a_server_that_drips(talk):
    body = b"x" * (8 * 1024 * 1024 if talk is deaf else 2)
    started = time.monotonic()

    with server(talk) as url, pytest.raises(RetryableError) as failure:
        outbound.post(url, headers={}, body=body, timeouts=SHORT)

    assert failure.value.code == "timeout"
    assert time.monotonic() - started < 1.5


def pour(prefix: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(prefix)
        while True:
            connection.sendall(piece)

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        pour(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b"x" * 65536),
        pour(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        pour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        pour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
    ],
    ids=["promised", "endless", "chunked", "tiny chunks"],
)
def test_of_an_endless_answer_a_little_is_read_and_the_status_counts(talk):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with server(talk) as url:
        answer = outbound.get(url)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (answer.status, answer.truncated) == (200, True)
    assert len(answer.body) <= outbound.BODY_CAP
    assert grown < 5 * 1024


def test_a_compressed_answer_is_not_unpacked():
    bomb = gzip.compress(b"0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()

    with server(says(head + bomb)) as url:
        answer = outbound.get(url)

    assert answer.body == bomb


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def trusted(authority, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    outbound._tls_context.cache_clear()
    yield
    outbound._tls_context.cache_clear()


def tls(certificate: Path, **limits: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if "maximum" in limits:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, limits["maximum"]
    return context


OK = says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.usefixtures("trusted")
def test_a_valid_certificate_is_accepted_and_the_name_is_asked_for(authority):
    asked: list[str | None] = []
    context = tls(authority.issue("localhost"))
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    with server(OK, context=context) as url:
        answer = outbound.get(url.replace("127.0.0.1", "localhost"))

    assert (answer.status, asked) == (200, ["localhost"])


@pytest.mark.usefixtures("trusted")
@pytest.mark.filterwarnings("ignore:.*TLSv1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize("flaw", ["expired", "not yet valid", "other host", "self-signed", "old protocol"])
def test_a_certificate_that_proves_nothing_is_refused(flaw, authority):
    certificate = {
        "expired": lambda: authority.issue("localhost", days=(-30, -1)),
        "not yet valid": lambda: authority.issue("localhost", days=(1, 30)),
        "other host": lambda: authority.issue("partner.example.com"),
        "self-signed": lambda: authority.issue("localhost", self_signed=True),
        "old protocol": lambda: authority.issue("localhost"),
    }[flaw]()
    context = tls(certificate, maximum=ssl.TLSVersion.TLSv1) if flaw == "old protocol" else tls(certificate)

    with server(OK, context=context) as url, pytest.raises(RetryableError) as failure:
        outbound.get(url.replace("127.0.0.1", "localhost"), timeouts=SHORT)

    assert failure.value.code in ("tls_failed", "connection_failed")


@pytest.mark.usefixtures("trusted")
def test_a_handshake_that_never_comes_is_not_waited_for():
    started = time.monotonic()

    with server(deaf) as url, pytest.raises(RetryableError) as failure:
        outbound.get(url.replace("http://", "https://"), timeouts=SHORT)

    assert failure.value.code == "timeout"
    assert time.monotonic() - started < 1.5
