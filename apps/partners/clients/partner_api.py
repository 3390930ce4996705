"""One call of a partner's own API, in that partner's shape. Knows no model."""

import time
from dataclasses import dataclass, field

from apps.core import clock, outbound
from apps.partners.clients.outcome import Attempt, Outcome
from apps.partners.clients.tokens import tokens
from apps.partners.credentials import Proof

TOTAL_SECONDS = 10.0  # over the token, the call, and both once more where the token was refused
LEAST_SECONDS = 0.1
UNAUTHORIZED = 401


@dataclass(frozen=True, kw_only=True)
class Call:
    """All that is needed to tell one status; taken from the rows beforehand, so that the call needs no database."""

    message_id: str
    method: str
    url: str
    body: str
    proof: Proof = field(repr=False)


def send(call: Call) -> Outcome:
    """Make the call. Where a token is refused, ask for another one, once. Never raises for what the other side does."""
    attempt = Attempt(started_at=clock.now(), method=call.method, url=call.url, body=call.body.encode())
    ends_at = time.monotonic() + TOTAL_SECONDS
    try:
        answer, token = _call(call, attempt.body, ends_at, refused="")
        if answer.status == UNAUTHORIZED and token:
            answer, _token = _call(call, attempt.body, ends_at, refused=token)
    except outbound.OutboundError as error:
        return attempt.failed(error)
    # A 410 of an API speaks of this order; the next one may be told as ever.
    return attempt.answered(answer, says_gone=False)


def _call(call: Call, body: bytes, ends_at: float, *, refused: str) -> tuple[outbound.OutboundAnswer, str]:
    client = call.proof.client
    token = tokens.token_for(client, refused=refused, seconds=_left(ends_at)) if client else ""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "User-Agent": "ChargeCars/1",
        "Idempotency-Key": call.message_id,  # the same over all attempts
        **call.proof.headers,
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    limits = outbound.Timeouts(total=_left(ends_at))
    return outbound.request(call.method, call.url, headers=headers, body=body, timeouts=limits), token


def _left(ends_at: float) -> float:
    return max(ends_at - time.monotonic(), LEAST_SECONDS)
