"""Payments at Mollie, as version 2 of its API tells of them. Knows no model.

Whatever cannot be read is no answer: an amount, a state or a reference that we do not understand is never guessed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

from apps.core import clock, outbound

TIMEOUTS = outbound.Timeouts(total=10.0)
AMOUNT = re.compile(r"-?[0-9]{1,10}\.[0-9]{2}")
PAYMENT_ID = re.compile(r"tr_[A-Za-z0-9]{4,50}")
REFERENCE = re.compile(r"[A-Za-z0-9_.-]{4,60}")
TOO_MANY, UNAUTHORIZED, FORBIDDEN, SERVER_ERROR = 429, 401, 403, 500

# What is given back of a payment counts while it is in one of these.
REFUND_MOVED = {"processing", "refunded"}
REFUND_ENDED = {"failed", "canceled"}


class MollieError(Exception):
    """Mollie did not do what was asked. `code` is stable and shown to staff; `detail` says more."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail[:500]
        super().__init__(f"{code}: {detail}" if detail else code)


class MollieUnavailable(MollieError):
    """It is not well now, or wants us to wait; the same call may succeed later."""

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class MollieRefused(MollieError):
    """It understood and will not; repeating changes nothing until a person changes something."""


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in whatever currency was told."""

    currency: str
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class GivenBack:
    """A refund or chargeback of a payment. `moved`: the money did go; a refund may still fail, a chargeback be taken back."""

    id: str
    kind: str  # refund or chargeback
    amount: Money
    moved: bool
    ended: bool  # it came to nothing, and will
    settlement_id: str
    refund: str = ""  # our own key of it, where it was we who asked


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A payment as Mollie told of it at one moment."""

    id: str
    status: str
    amount: Money
    is_test: bool
    metadata: Mapping[str, str]
    method: str = ""
    checkout_url: str = ""
    paid_at: datetime | None = None
    expires_at: datetime | None = None
    settlement_id: str = ""
    given_back: tuple[GivenBack, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose key it is, and which methods are enabled with it."""

    name: str
    methods: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Made:
    """One call that was made, for the log of calls."""

    method: str
    endpoint: str
    started_at: datetime
    elapsed_ms: int
    status: int | None
    sent_bytes: int
    got_bytes: int
    error_code: str
    error_detail: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A payment to be asked for, in EUR."""

    amount: Decimal
    description: str
    redirect_url: str
    webhook_url: str
    metadata: Mapping[str, str]
    locale: str
    key: str  # the same over all attempts: Mollie makes one payment of them


@dataclass(frozen=True, kw_only=True)
class Mollie:
    """Mollie by one key. `note` hears of every call, also of one that failed."""

    url: str
    key: str = field(repr=False)
    note: Callable[[Made], None]

    def create_payment(self, wish: Wish) -> Seen:
        """Ask for a payment; asked again with the same key it is the same one."""
        body = {
            "amount": {"currency": "EUR", "value": f"{wish.amount:.2f}"},
            "description": wish.description,
            "redirectUrl": wish.redirect_url,
            "webhookUrl": wish.webhook_url,
            "metadata": dict(wish.metadata),
            "locale": wish.locale,
        }
        return _payment(self._call("POST", "/payments", body=body, key=wish.key))

    def get_payment(self, payment_id: str) -> Seen:
        """What has become of a payment, with what was given back of it."""
        if not PAYMENT_ID.fullmatch(payment_id):
            raise MollieRefused("id_unreadable")
        found = _payment(self._call("GET", f"/payments/{payment_id}?embed=refunds,chargebacks"))
        if found.id != payment_id:
            raise MollieUnavailable("bad_answer", "another payment than was asked for")
        return found

    def refund(self, payment_id: str, *, amount: Decimal, description: str, refund: str) -> None:
        """Ask that so much of a payment goes back, in EUR. `refund` is our own key of it, by which it is known again."""
        body = {
            "amount": {"currency": "EUR", "value": f"{amount:.2f}"},
            "description": description,
            "metadata": {"refund": refund},
        }
        self._call("POST", f"/payments/{payment_id}/refunds", body=body, key=f"refund-{refund}")

    def account(self) -> Account:
        """Whose key this is; the surest way to see that it works."""
        methods = _items(self._call("GET", "/methods"), "methods")
        profile = self._call("GET", "/profiles/me")
        return Account(name=_text(profile, "name")[:200], methods=tuple(_text(each, "id") for each in methods)[:50])

    def _call(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, key: str = "") -> Mapping[str, Any]:
        sent = json.dumps(body).encode() if body is not None else b""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Accept": "application/hal+json, application/json",
            "User-Agent": "ChargeCars/1",
            **({"Content-Type": "application/json"} if body is not None else {}),
            **({"Idempotency-Key": key} if key else {}),
        }
        started = clock.now()
        answer, error = _answered(method, self.url + path, headers=headers, body=sent)
        self.note(
            Made(
                method=method,
                endpoint=self.url + path,
                started_at=started,
                elapsed_ms=round((clock.now() - started).total_seconds() * 1000),
                status=answer.status if answer else None,
                sent_bytes=len(sent),
                got_bytes=len(answer.body) if answer else 0,
                error_code=error.code if error else "",
                error_detail=error.detail if error else "",
            )
        )
        if error is not None or answer is None:
            raise error or MollieUnavailable("no_answer")
        return _read(answer)


def _answered(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes
) -> tuple[outbound.OutboundAnswer | None, MollieError | None]:
    try:
        answer = outbound.request(method, url, headers=headers, body=body, timeouts=TIMEOUTS)
    except outbound.RetryableError as error:
        return None, MollieUnavailable(error.code, error.detail)
    except outbound.FinalError as error:
        return None, MollieRefused(error.code, error.detail)
    return answer, None if answer.ok else _refusal(answer)


def _refusal(answer: outbound.OutboundAnswer) -> MollieError:
    if answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
        return MollieUnavailable(f"http_{answer.status}", retry_after=answer.retry_after)
    if answer.status in (UNAUTHORIZED, FORBIDDEN):
        return MollieRefused("key_refused", _detail(answer))
    return MollieRefused(f"http_{answer.status}", _detail(answer))


def _detail(answer: outbound.OutboundAnswer) -> str:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return ""
    said = told.get("detail") if isinstance(told, dict) else None
    return said.replace("\0", "\ufffd") if isinstance(said, str) else ""


def _read(answer: outbound.OutboundAnswer) -> Mapping[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError as error:
        raise MollieUnavailable("bad_answer", "no JSON") from error
    if not isinstance(told, dict):
        raise MollieUnavailable("bad_answer", "no object")
    return told


def _payment(told: Mapping[str, Any]) -> Seen:
    metadata = told.get("metadata")
    return Seen(
        id=_text(told, "id"),
        status=_text(told, "status"),
        amount=_money(told.get("amount")),
        is_test=_text(told, "mode") == "test",
        metadata={str(name): str(value) for name, value in metadata.items()} if isinstance(metadata, dict) else {},
        method=_text(told, "method")[:50],
        checkout_url=_checkout(told),
        paid_at=_moment(told, "paidAt"),
        expires_at=_moment(told, "expiresAt"),
        settlement_id=_reference(told, "settlementId"),
        given_back=tuple(
            _given_back(each, kind) for kind in ("refund", "chargeback") for each in _items(told, f"{kind}s", is_required=False)
        ),
    )


def _given_back(told: Any, kind: str) -> GivenBack:
    status, metadata = _text(told, "status"), told.get("metadata")
    moved = status in REFUND_MOVED if kind == "refund" else _moment(told, "reversedAt") is None
    return GivenBack(
        id=_reference(told, "id", is_required=True),
        kind=kind,
        amount=_money(told.get("amount")),
        moved=moved,
        ended=kind == "refund" and status in REFUND_ENDED,
        settlement_id=_reference(told, "settlementId"),
        refund=str(metadata.get("refund", "")) if isinstance(metadata, dict) else "",
    )


def _checkout(told: Mapping[str, Any]) -> str:
    """Where the customer pays; never an address that a browser would run."""
    url = _link(told, "checkout")
    return url if url.startswith(("https://", "http://")) and len(url) <= 2_000 else ""


def _link(told: Mapping[str, Any], name: str) -> str:
    links = told.get("_links")
    link = links.get(name) if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    return href if isinstance(href, str) else ""


def _items(told: Mapping[str, Any], name: str, *, is_required: bool = True) -> list[Any]:
    embedded = told.get("_embedded")
    found = embedded.get(name) if isinstance(embedded, dict) else None
    if found is None and not is_required:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise MollieUnavailable("bad_answer", f"no list of {name}")
    return found


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""


def _reference(told: Mapping[str, Any], name: str, *, is_required: bool = False) -> str:
    value = _text(told, name)
    if REFERENCE.fullmatch(value) or (not value and not is_required):
        return value
    raise MollieUnavailable("bad_answer", f"{name} is no reference")


def _money(told: Any) -> Money:
    currency, value = (told.get("currency"), told.get("value")) if isinstance(told, dict) else (None, None)
    if not isinstance(currency, str) or not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise MollieUnavailable("bad_answer", "no amount")
    return Money(currency=currency[:10], value=Decimal(value))


def _moment(told: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(told, name)
    try:
        moment = parse_datetime(text) if text else None
    except ValueError as error:
        raise MollieUnavailable("bad_answer", f"{name} is no moment") from error
    if text and (moment is None or moment.tzinfo is None):
        raise MollieUnavailable("bad_answer", f"{name} is no moment")
    return moment
