"""One call to a partner's endpoint. Knows no model; the contract is Standard Webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.core import clock, outbound
from apps.partners.signing import signed_headers

TIMEOUTS = outbound.Timeouts(total=10.0)
GONE = 410


@dataclass(frozen=True, kw_only=True)
class Call:
    """All that is needed to send one message; taken from the rows beforehand, so that the call needs no database."""

    webhook_id: str
    url: str
    body: str
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call. `error_code` is empty when the message arrived."""

    started_at: datetime
    elapsed_ms: int
    status: int | None = None
    excerpt: str = ""
    answer_size: int = 0
    error_code: str = ""
    error_detail: str = ""
    final: bool = False
    gone: bool = False
    retry_after: timedelta | None = None

    @property
    def ok(self) -> bool:
        return not self.error_code


def send(call: Call) -> Outcome:
    """Send a message, signed with every secret that is valid now. Never raises for what the other side does."""
    started_at = clock.now()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "ChargeCars-Webhooks/1",
        **signed_headers(webhook_id=call.webhook_id, at=started_at, body=call.body, secrets=call.secrets),
    }
    try:
        answer = outbound.post(call.url, headers=headers, body=call.body.encode(), timeouts=TIMEOUTS)
    except outbound.OutboundError as error:
        return Outcome(
            started_at=started_at,
            elapsed_ms=round((clock.now() - started_at).total_seconds() * 1000),
            error_code=error.code,
            error_detail=error.detail,
            final=isinstance(error, outbound.FinalError),
        )
    return _judged(answer, started_at)


def _judged(answer: outbound.OutboundAnswer, started_at: datetime) -> Outcome:
    """Whatever is not 2xx may be better another time, but for 410: they want no more."""
    code = "" if answer.ok else "redirect" if 300 <= answer.status < 400 else f"http_{answer.status}"
    return Outcome(
        started_at=started_at,
        elapsed_ms=answer.elapsed_ms,
        status=answer.status,
        excerpt=answer.body.decode(errors="replace").replace("\0", "\ufffd"),
        answer_size=len(answer.body),
        error_code=code,
        final=answer.status == GONE,
        gone=answer.status == GONE,
        retry_after=answer.retry_after,
    )
