"""What the clients of accounting systems share: calls that are counted and remembered, the ways they fail, plain values.

A failure says what to do: `Unwell` passes, `Refusal` is for a person to mend, `NotLetIn` needs somebody to connect again.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from apps.core import clock, outbound
from apps.core.oauth import Granted, read_granted
from apps.core.outbound import OutboundAnswer

TOTAL_SECONDS = 30.0  # over all the calls that one document takes
LEAST_SECONDS = 0.1
TOKEN_TIMEOUTS = outbound.Timeouts(total=10.0)
DETAIL_LENGTH = 500
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY = 401, 403, 404, 429
LIMIT_REACHED = "limit_reached"


class Unwell(outbound.RetryableError):
    """They cannot take it now; the same call may succeed later, after `retry_after` where they said when."""

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Refusal(outbound.FinalError):
    """They read it and want it otherwise. It is never repeated as it is."""


class NotLetIn(outbound.FinalError):
    """They do not know us (any more), or we may not do this."""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Whoever is billed. `number` is ours, the same for ever."""

    number: int
    name: str
    kvk_number: str = ""
    vat_number: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class EntryLine:
    """All of one VAT code on a document, in EUR. `account` is what the system calls it by."""

    account: str
    vat_code: str
    amount: Decimal
    vat: Decimal
    description: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An invoice or credit note as it is to be booked; amounts are above zero on both. `blocked`: to the g-account."""

    number: str
    is_credit_note: bool
    issued_on: date
    due_on: date
    reference: str
    description: str
    lines: tuple[EntryLine, ...]
    journal: str = ""
    blocked: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CallMade:
    """One call, for the log."""

    at: datetime
    method: str
    url: str
    sent: int
    elapsed_ms: int
    status: int | None = None
    received: int = 0
    error_code: str = ""
    error_detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How one system is read: what it says of a refusal, and until when it asks us to rest by the headers of an answer."""

    explain: Callable[[OutboundAnswer], str]
    rests_until: Callable[[Mapping[str, str]], datetime | None]


@dataclass
class Wire:
    """Calls on behalf of one connection. `pace` is asked before each one, and raises Unwell when it must wait."""

    token: str = field(repr=False)
    pace: Callable[[], None]
    manners: Manners
    headers: Mapping[str, str] = field(default_factory=dict)
    calls: list[CallMade] = field(default_factory=list)
    rests_until: datetime | None = None
    ends_at: float = field(default_factory=lambda: time.monotonic() + TOTAL_SECONDS)

    def call(self, method: str, url: str, payload: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Make a call and give the JSON of its answer.

        Raises:
            Unwell, Refusal, NotLetIn: it was not done; or, where nobody answered, nobody knows.
        """
        self._rest()
        self.pace()
        body = b"" if payload is None else json.dumps(payload, default=_amount).encode()
        at = clock.now()
        try:
            answer = outbound.request(method, url, headers=self._headers(headers), body=body, timeouts=self._timeouts())
        except outbound.OutboundError as error:
            self._remember(at, method, url, body, None, error)
            raise _unwell(error) from error
        failure = self._failure(answer)
        self._remember(at, method, url, body, answer, failure)
        self.rests_until = self.manners.rests_until(answer.headers)
        if failure:
            raise failure
        return _json(answer)

    def find(self, url: str) -> Any:
        """What stands at an address; None where nothing does."""
        try:
            return self.call("GET", url)
        except Refusal as refusal:
            if refusal.code == f"http_{NOT_FOUND}":
                return None
            raise

    def _rest(self) -> None:
        if self.rests_until is not None and clock.now() < self.rests_until:
            raise Unwell(LIMIT_REACHED, retry_after=self.rests_until - clock.now())

    def _timeouts(self) -> outbound.Timeouts:
        return outbound.Timeouts(total=max(min(self.ends_at - time.monotonic(), 15.0), LEAST_SECONDS))

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "ChargeCars/1",
            **self.headers,
            **(more or {}),
        }

    def _failure(self, answer: OutboundAnswer) -> outbound.OutboundError | None:
        if answer.ok:
            return None
        code, said = f"http_{answer.status}", self.manners.explain(answer)[:DETAIL_LENGTH]
        if answer.status in (UNAUTHORIZED, FORBIDDEN):
            return NotLetIn(code, said)
        if answer.status == TOO_MANY or answer.status >= 500:
            return Unwell(code, said, retry_after=answer.retry_after or self._until_reset(answer))
        return Refusal(code, said)

    def _until_reset(self, answer: OutboundAnswer) -> timedelta | None:
        until = self.manners.rests_until(answer.headers)
        return max(until - clock.now(), timedelta(seconds=1)) if until else None

    def _remember(
        self,
        at: datetime,
        method: str,
        url: str,
        body: bytes,
        answer: OutboundAnswer | None,
        error: outbound.OutboundError | None,
    ) -> None:
        self.calls.append(
            CallMade(
                at=at,
                method=method,
                url=url.partition("?")[0],
                sent=len(body),
                elapsed_ms=round((clock.now() - at).total_seconds() * 1000),
                status=answer.status if answer else None,
                received=len(answer.body) if answer else 0,
                error_code=error.code if error else "",
                error_detail=error.detail if error else "",
            )
        )


def ask_tokens(url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Granted:
    """Tokens for a code or for a renewal token.

    Raises:
        NotLetIn: what was shown is not good (any more).
        Unwell: they cannot say now.
    """
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **(headers or {})}
    try:
        answer = outbound.post(url, headers=sent, body=urlencode(form).encode(), timeouts=TOKEN_TIMEOUTS)
        if answer.ok:
            return read_granted(answer.body)
    except outbound.OutboundError as error:
        raise _unwell(error) from error
    if answer.status == TOO_MANY or answer.status >= 500:
        raise Unwell("token_unavailable", f"the token server answers {answer.status}", retry_after=answer.retry_after)
    raise NotLetIn("token_refused", said_of_token(answer)[:DETAIL_LENGTH])


def said_of_token(answer: OutboundAnswer) -> str:
    """Why a token server refuses (RFC 6749, section 5.2)."""
    given = as_object(answer.body)
    return str(given.get("error_description") or given.get("error") or f"the token server answers {answer.status}")


def as_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, empty where it holds none."""
    try:
        given = json.loads(body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _json(answer: OutboundAnswer) -> Any:
    if not answer.body:
        return {}
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except ValueError as error:
        raise Unwell("bad_answer", "what came back is no JSON") from error


def _unwell(error: outbound.OutboundError) -> outbound.OutboundError:
    if isinstance(error, outbound.FinalError):
        return Refusal(error.code, error.detail)
    return Unwell(error.code, error.detail)


def _amount(value: object) -> float:
    """An amount as a number of JSON. Up to fifteen digits its shortest form is the same digits."""
    if not isinstance(value, Decimal):
        raise TypeError(type(value))
    return float(value)
