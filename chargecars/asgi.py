"""What the web server loads: Django between a reader that takes a request in whole and a writer that hands the answer out.

A thread that reads from the client itself, or writes to it, is as slow as the client, and a few slow ones would hold them
all. Here the event loop waits, and a thread has only work. Whoever needs too long, or sends too much, is refused.

An answer that Django gives in pieces, such as an export, goes to a file without a name as it is made, and from there to the
client as fast as that reads: memory stays flat, and what fails half-way is told as a failure, not as a file that ends early.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from chargecars.wsgi import application as django

THREADS = 2  # per process: measured, see README
LARGEST_BODY = 32 * 1024 * 1024  # above what any page takes, so that pages say themselves what is too large for them
IN_MEMORY = 256 * 1024
SECONDS_TO_SPEAK = 30
PIECE = 64 * 1024
SECONDS_TO_LISTEN = 30  # for one piece

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes | IO[bytes]]

threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="django")


class Unheard(Exception):
    """The request did not come in whole. `status` says why; None: its client is gone."""

    def __init__(self, status: HTTPStatus | None = None) -> None:
        self.status = status


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        try:
            await _read(receive, into=body)
        except Unheard as error:
            if error.status is not None:
                await _write(send, (error.status, [(b"connection", b"close")], b""), receive)
            return
        answer = await asyncio.get_running_loop().run_in_executor(threads, _answer, environ_of(scope, body))
    await _write(send, answer, receive)


async def _read(receive: Receive, *, into: IO[bytes]) -> None:
    try:
        async with asyncio.timeout(SECONDS_TO_SPEAK):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Unheard
                into.write(message.get("body", b""))
                if into.tell() > LARGEST_BODY:
                    raise Unheard(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Unheard(HTTPStatus.REQUEST_TIMEOUT) from None


async def _write(send: Send, answer: Answer, receive: Receive) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
        return
    with body:
        leaves = asyncio.ensure_future(receive())  # nothing else is left to come
        try:
            if await _hand_out(send, body, leaves):
                await send({"type": "http.response.body", "body": b""})
        finally:
            leaves.cancel()


async def _hand_out(send: Send, body: IO[bytes], leaves: asyncio.Future[Any]) -> bool:
    """Send it piece by piece; False when the client left or takes too long, and the connection is to be broken off."""
    while piece := body.read(PIECE):
        try:
            async with asyncio.timeout(SECONDS_TO_LISTEN):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            return False
        if leaves.done():
            return False
    return True


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The request in the words of WSGI (PEP 3333)."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"].partition(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(scope["server"][0]),
        "SERVER_PORT": str(scope["server"][1]),
        "REMOTE_ADDR": str(scope["client"][0]),
        "REMOTE_PORT": str(scope["client"][1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:  # it would pass for the header that is spelled with a hyphen
            _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    environ.pop("HTTP_CONTENT_LENGTH", None)  # what came is what counts; a body in chunks does not say how long it is
    environ["CONTENT_LENGTH"] = str(body.seek(0, 2))
    body.seek(0)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
    if key in environ:
        value = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','}{value}"
    environ[key] = value


def _answer(environ: dict[str, Any]) -> Answer:
    """Django's whole answer; made in a thread, and closed in it, with all that Django closes then."""
    started: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started.append((int(status.split(" ", 1)[0]), encoded))

    chunks: Iterable[bytes] = django(environ, start_response)
    try:
        body = _spooled(chunks) if getattr(chunks, "streaming", False) else b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    if not isinstance(body, bytes):
        headers = _measured(headers, body)
    return status, headers, body


def _spooled(chunks: Iterable[bytes]) -> IO[bytes]:
    body: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever writes it out closes it
    try:
        body.writelines(chunks)
    except BaseException:
        body.close()
        raise
    return body


def _measured(headers: Headers, body: IO[bytes]) -> Headers:
    """With the length, by which a client knows that it has it all."""
    length = str(body.tell()).encode()
    body.seek(0)
    return [*((name, value) for name, value in headers if name != b"content-length"), (b"content-length", length)]
