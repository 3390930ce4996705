"""Tokens of partners' authorization servers (OAuth 2 client credentials), kept in memory for as long as they last."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlencode

from apps.core import outbound
from apps.core.oauth import client_basic, read_granted
from apps.partners.credentials import ClientCredentials

MARGIN_SECONDS = 30  # a token that is about to end would end under way


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
            "Authorization": client_basic(client.client_id, client.client_secret),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
        body=urlencode(form).encode(),
        timeouts=outbound.Timeouts(total=seconds),
    )
    if not answer.ok:
        raise outbound.RetryableError("token_refused", f"the token server answers {answer.status}")
    granted = read_granted(answer.body)
    return _Token(granted.access, time.monotonic() + granted.seconds - MARGIN_SECONDS)


tokens = Tokens()
