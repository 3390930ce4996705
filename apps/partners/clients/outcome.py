"""What comes of a call to a partner, whichever way it was made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core import clock, outbound

GONE = 410


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call. `error_code` is empty when the message arrived."""

    started_at: datetime
    elapsed_ms: int
    method: str = "POST"
    url: str = ""
    request_size: int = 0
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


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A call that is being made: what is known of it before its answer."""

    started_at: datetime
    method: str
    url: str
    body: bytes

    def failed(self, error: outbound.OutboundError) -> Outcome:
        """No answer came."""
        return self._outcome(error_code=error.code, error_detail=error.detail, final=isinstance(error, outbound.FinalError))

    def answered(self, answer: outbound.OutboundAnswer, *, says_gone: bool) -> Outcome:
        """Whatever is not 2xx may be better another time, but for 410; `says_gone`: then the whole endpoint wants no more."""
        code = "" if answer.ok else "redirect" if 300 <= answer.status < 400 else f"http_{answer.status}"
        return self._outcome(
            status=answer.status,
            excerpt=answer.body.decode(errors="replace").replace("\0", "\ufffd"),
            answer_size=len(answer.body),
            error_code=code,
            final=answer.status == GONE,
            gone=says_gone and answer.status == GONE,
            retry_after=answer.retry_after,
        )

    def _outcome(self, **found: object) -> Outcome:
        return Outcome(
            started_at=self.started_at,
            elapsed_ms=round((clock.now() - self.started_at).total_seconds() * 1000),
            method=self.method,
            url=self.url,
            request_size=len(self.body),
            **found,  # type: ignore[arg-type]  # by name, from here alone
        )
