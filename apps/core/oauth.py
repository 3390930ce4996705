"""Tokens as an OAuth 2 server gives them (RFC 6749, section 5.1)."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from apps.core.outbound import RetryableError

USUAL_SECONDS = 300  # where the server does not say how long
LONGEST_SECONDS = 24 * 3600
TOKEN_LENGTH = 8_000


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A token, how long it is good for, and what renews it where the server gave that too."""

    access: str = field(repr=False)
    seconds: int
    refresh: str = field(default="", repr=False)


def read_granted(body: bytes) -> Granted:
    """What a token server answered.

    Raises:
        RetryableError: token_unreadable.
    """
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    access = _token(given, "access_token")
    if not access:
        raise RetryableError("token_unreadable", "the token server's answer holds no token")
    return Granted(access=access, refresh=_token(given, "refresh_token"), seconds=_seconds(given.get("expires_in")))


def basic(username: str, password: str) -> str:
    """The header of a name and a password."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def client_basic(client_id: str, client_secret: str) -> str:
    """The header of a client: both are form-encoded before they are joined (RFC 6749, section 2.3.1)."""
    return basic(quote(client_id, safe=""), quote(client_secret, safe=""))


def _token(given: Any, name: str) -> str:
    text = given.get(name) if isinstance(given, dict) else None
    is_token = isinstance(text, str) and len(text) <= TOKEN_LENGTH and text.isascii() and text.isprintable()
    return text if is_token else ""


def _seconds(lasts: Any) -> int:
    if isinstance(lasts, str) and lasts.isdecimal() and len(lasts) < 10:
        lasts = int(lasts)  # Exact writes it as text
    if not isinstance(lasts, int) or isinstance(lasts, bool):
        return USUAL_SECONDS
    return min(lasts, LONGEST_SECONDS)
