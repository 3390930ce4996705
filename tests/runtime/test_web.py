"""The web server's reader: what Django is told of a request, and how long a client may take."""

import asyncio
import io
import threading
import tracemalloc

import pytest

from chargecars import asgi

SCOPE = {
    "type": "http",
    "method": "POST",
    "raw_path": b"/admin/orders/%C3%A9%FF?q=1",
    "query_string": b"q=%C3%A9",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 8000),
    "client": ("192.0.2.7", 50123),
    "headers": [
        (b"host", b"localhost:8000"),
        (b"content-type", b"application/json"),
        (b"content-length", b"999"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-for", b"192.0.2.2"),
        (b"x_forwarded_for", b"203.0.113.9"),
    ],
}


def heard(*messages: dict) -> list[dict]:
    """What is answered to a client that says these things and then is silent."""
    said = [{"type": "http.request", "more_body": True, **message} for message in messages]
    answers: list[dict] = []

    async def receive() -> dict:
        if said:
            return said.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict) -> None:
        answers.append(message)

    asyncio.run(asgi.application(SCOPE, receive, send))
    return answers


def test_a_request_is_told_in_the_words_of_wsgi() -> None:
    environ = asgi.environ_of(SCOPE, io.BytesIO(b"{}"))

    assert {name: value for name, value in environ.items() if not name.startswith("wsgi.")} == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/admin/orders/Ã©ÿ",
        "QUERY_STRING": "q=%C3%A9",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "50123",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_HOST": "localhost:8000",
        "HTTP_COOKIE": "a=1;b=2",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1,192.0.2.2",
    }
    assert environ["wsgi.input"].read() == b"{}"


def test_who_does_not_finish_is_refused_without_holding_a_thread(monkeypatch) -> None:
    monkeypatch.setattr(asgi, "SECONDS_TO_SPEAK", 0.05)

    assert [answer.get("status") for answer in heard({"body": b"{"})] == [408, None]


def test_who_says_too_much_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(asgi, "LARGEST_BODY", 4)

    assert [answer.get("status") for answer in heard({"body": b"abc"}, {"body": b"de"})] == [413, None]


@pytest.mark.parametrize("before", [[], [{"body": b"{"}]])
def test_who_leaves_is_not_answered(before: list[dict]) -> None:
    assert heard(*before, {"type": "http.disconnect"}) == []


class Pieces:
    """What Django gives for an answer in pieces."""

    streaming = True

    def __init__(self, pieces) -> None:
        self.pieces, self.closed_in = pieces, ""

    def __iter__(self):
        return iter(self.pieces)

    def close(self) -> None:
        self.closed_in = threading.current_thread().name


@pytest.fixture
def answering(monkeypatch):
    """Put a body where Django's would be."""

    def with_body(body):
        def django(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/csv")])
            return body

        monkeypatch.setattr(asgi, "django", django)
        return body

    return with_body


def hearing(send, *, leaves: asyncio.Event | None = None) -> list[dict]:
    """What is sent to a client that asks in one message and takes it as `send` does."""
    asked = [{"type": "http.request", "body": b""}]
    sent: list[dict] = []

    async def receive() -> dict:
        if asked:
            return asked.pop()
        await (leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def take(message: dict) -> None:
        await send(message)
        sent.append(message)

    asyncio.run(asgi.application(SCOPE, receive, take))
    return sent


async def at_once(message: dict) -> None:
    await asyncio.sleep(0)


def test_an_answer_in_pieces_is_handed_out_in_pieces_with_its_length(answering) -> None:
    line = b"x" * 1000
    body = answering(Pieces([line] * 1000))

    start, *pieces, end = hearing(at_once)

    assert start["headers"] == [(b"content-type", b"text/csv"), (b"content-length", b"1000000")]
    assert [len(piece["body"]) for piece in pieces] == [asgi.PIECE] * 15 + [1_000_000 - 15 * asgi.PIECE]
    assert end == {"type": "http.response.body", "body": b""}
    assert body.closed_in.startswith("django")


def test_a_long_answer_costs_no_memory(answering) -> None:
    answering(Pieces(b"x" * asgi.PIECE for _ in range(320)))
    held = []

    async def weigh(message: dict) -> None:
        held.append(tracemalloc.get_traced_memory()[0])
        message["body"] = b""  # what the test keeps of it

    tracemalloc.start()
    hearing(weigh)
    tracemalloc.stop()

    assert len(held) == 322
    assert max(held) < 2 * 1024 * 1024  # of 20 MB


def test_who_reads_too_slowly_is_let_go_and_holds_no_thread(answering, monkeypatch) -> None:
    monkeypatch.setattr(asgi, "SECONDS_TO_LISTEN", 0.05)
    answering(Pieces([b"x" * asgi.PIECE] * 3))
    idle = []

    async def stalls(message: dict) -> None:
        if message["type"] == "http.response.body":
            idle.append(await asyncio.get_running_loop().run_in_executor(asgi.threads, threading.active_count))
            await asyncio.Event().wait()

    assert [message["type"] for message in hearing(stalls)] == ["http.response.start"]
    assert len(idle) == 1


def test_nothing_more_is_sent_to_who_left(answering) -> None:
    answering(Pieces([b"x" * asgi.PIECE] * 30))
    leaves = asyncio.Event()

    async def take_two(message: dict) -> None:
        await asyncio.sleep(0)
        taken.append(message)
        if len(taken) == 3:
            leaves.set()

    taken: list[dict] = []
    hearing(take_two, leaves=leaves)

    assert len(taken) in (3, 4)
    assert taken[-1]["more_body"] is True


def test_what_fails_half_way_is_no_file(answering) -> None:
    def pieces():
        yield b"x" * 100
        raise OSError

    answering(Pieces(pieces()))

    with pytest.raises(OSError):
        hearing(at_once)
