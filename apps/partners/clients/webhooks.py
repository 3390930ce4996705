"""One call to a partner's endpoint. Knows no model; the contract is Standard Webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.core import clock, outbound
from apps.partners.clients.outcome import Attempt, Outcome
from apps.partners.signing import signed_headers

TIMEOUTS = outbound.Timeouts(total=10.0)


@dataclass(frozen=True, kw_only=True)
class Call:
    """All that is needed to send one message; taken from the rows beforehand, so that the call needs no database."""

    webhook_id: str
    url: str
    body: str
    secrets: Sequence[str] = field(repr=False)


def send(call: Call) -> Outcome:
    """Send a message, signed with every secret that is valid now. Never raises for what the other side does."""
    attempt = Attempt(started_at=clock.now(), method="POST", url=call.url, body=call.body.encode())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "ChargeCars-Webhooks/1",
        **signed_headers(webhook_id=call.webhook_id, at=attempt.started_at, body=call.body, secrets=call.secrets),
    }
    try:
        answer = outbound.post(call.url, headers=headers, body=attempt.body, timeouts=TIMEOUTS)
    except outbound.OutboundError as error:
        return attempt.failed(error)
    return attempt.answered(answer, says_gone=True)
