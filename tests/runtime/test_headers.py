"""The headers that stand on every answer, and the two places with an exception."""

import pytest
from django.test import Client

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


def policy(answer: object) -> dict[str, str]:
    pairs = (part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: " ".join(sorted(value.split(), reverse=True)) for name, value in pairs}


def sources(value: str) -> str:
    return " ".join(sorted(value.split(), reverse=True))


@pytest.mark.parametrize("path", ["/health/live", "/nothing/here", "/api/v1/orders", "/admin/login/"])
def test_every_answer_carries_them(db: None, client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=()"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/health/live", "/nothing/here", "/api/v1/orders"])
def test_the_policy_is_strict(db: None, client: Client, path: str) -> None:
    assert policy(client.get(path)) == {name: sources(value) for name, value in STRICT.items()}


def test_only_the_back_office_evaluates_and_styles_inline(db: None, client: Client) -> None:
    found = policy(client.get("/admin/login/"))

    assert found["script-src"] == sources("'self' 'unsafe-eval'")
    assert found["style-src"] == sources("'self' 'unsafe-inline'")
    assert "'unsafe-inline'" not in found["script-src"]
