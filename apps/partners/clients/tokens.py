"""Tokens of partners' authorization servers (OAuth 2 client credentials), kept in memory for as long as they last."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from apps.core import outbound
from apps.partners.credentials import ClientCredentials, basic

MARGIN_SECONDS = 30  # a token that is about to end would end under way
USUAL_SECONDS = 300  # where the server does not say how long
LONGEST_SECONDS = 24 * 3600
TOKEN_LENGTH = 8_000


@dataclass(frozen=True)
class _Token:
    text: str = field(repr=False)
    ends_at: float


class Tokens:
    """One token per client, asked for once however many calls want it at the same time."""

    def __init__(self) -> None:
        self._held: dict[ClientCredentials, _Token] = {}
        self._locks: defaultdict[ClientCredentials, threading.Lock] = defaultdict(threading.Lock)
        self._all = threading.Lock()

    def token_for(self, client: ClientCredentials, *, refused: str = "", seconds: float) -> str:
        """A token that is valid now; `refused` is one that the API just did not accept.

        Raises:
            OutboundError: the server gave none.
        """
        with self._all:
            lock = self._locks[client]
        with lock:
            held = self._held.get(client)
            if held is None or held.text == refused or held.ends_at <= time.monotonic():
                held = self._held[client] = _ask(client, seconds=seconds)
            return held.text

    def forget(self) -> None:
        """Begin anew."""
        self._held.clear()


def _ask(client: ClientCredentials, *, seconds: float) -> _Token:
    form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
    answer = outbound.post(
        client.token_url,
        headers={
            # RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            "Authorization": basic(quote(client.client_id, safe=""), quote(client.client_secret, safe="")),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
        body=urlencode(form).encode(),
        timeouts=outbound.Timeouts(total=seconds),
    )
    if not answer.ok:
        raise outbound.RetryableError("token_refused", f"the token server answers {answer.status}")
    return _read(answer.body)


def _read(body: bytes) -> _Token:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    text = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= TOKEN_LENGTH or not (text.isascii() and text.isprintable()):
        raise outbound.RetryableError("token_unreadable", "the token server's answer holds no token")
    lasts = given.get("expires_in")
    if not isinstance(lasts, int) or isinstance(lasts, bool):
        lasts = USUAL_SECONDS
    return _Token(text, time.monotonic() + min(lasts, LONGEST_SECONDS) - MARGIN_SECONDS)


tokens = Tokens()
