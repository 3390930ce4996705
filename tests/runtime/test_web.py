"""The web server's reader: what Django is told of a request, and how long a client may take."""

import asyncio
import io

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
