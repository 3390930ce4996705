from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from django.db import models
from django.http import HttpRequest

from apps.core import clock
from apps.core.actor import current
from apps.core.prepared import insert
from apps.gateway.choices import Direction
from apps.gateway.limits import Allowance, sign_in_bucket, take_token
from apps.gateway.masking import masked_headers, masked_text
from apps.gateway.models import (
    HOOK_BODY_LENGTH,
    RAW_BODY_LENGTH,
    ApiUsageLog,
    IdempotencyRecord,
    InboundHook,
    RateBucket,
    RawInbound,
    SeenToken,
)

__all__ = [
    "Allowance",
    "Call",
    "Caller",
    "caller_of",
    "describe_caller",
    "forget_old",
    "keep_hook",
    "keep_refused",
    "log_call",
    "log_calls",
    "note_hook",
    "see_once",
    "sign_in_bucket",
    "take_token",
]

KEPT = {
    IdempotencyRecord: ("created_at", timedelta(days=30)),
    ApiUsageLog: ("occurred_at", timedelta(days=400)),
    RawInbound: ("received_at", timedelta(days=60)),
    InboundHook: ("received_at", timedelta(days=60)),
    SeenToken: ("seen_at", timedelta(days=60)),
    RateBucket: ("window_ends_at", timedelta(days=1)),
}
BATCH = 5_000


@dataclass(kw_only=True)
class Caller:
    """What a view learns about a call while it answers it, for the call's row in the usage log."""

    integration: str = ""
    organization_id: UUID | None = None
    organization_label: str = ""


def caller_of(request: HttpRequest) -> Caller:
    """What is known of the caller so far; the same object during the whole request."""
    plain: Any = getattr(request, "_request", request)  # REST framework wraps the request that the middleware sees
    caller: Caller | None = getattr(plain, "caller", None)
    if caller is None:
        caller = plain.caller = Caller()
    return caller


def describe_caller(
    request: HttpRequest, *, integration: str = "", organization_id: UUID | None = None, organization_label: str = ""
) -> None:
    """Say for which integration and organization a call is, once that is known."""
    caller = caller_of(request)
    caller.integration = integration
    caller.organization_id = organization_id
    caller.organization_label = organization_label


class Call(TypedDict, total=False):
    """What is known of one call; `direction`, `method`, `endpoint`, status and time always are."""

    direction: Required[Direction]
    method: Required[str]
    endpoint: Required[str]
    response_status: Required[int | None]
    response_time_ms: Required[int]
    occurred_at: datetime
    integration: str
    organization_id: UUID | None
    organization_label: str
    request_size_bytes: int
    response_size_bytes: int
    ip_address: str | None
    user_agent: str
    rate_limit_exceeded: bool
    replayed: bool
    error_code: str
    error_message: str


def log_call(**call: Unpack[Call]) -> ApiUsageLog:
    """Note one call, in or out. Who acted comes from `core.actor`; texts are cut to their columns."""
    return insert(_usage_row(call))


def log_calls(calls: Sequence[Call]) -> list[ApiUsageLog]:
    """Note many calls in one statement; see `log_call`."""
    return ApiUsageLog.objects.bulk_create([_usage_row(call) for call in calls])


def _usage_row(call: Call) -> ApiUsageLog:
    actor = current()
    row = ApiUsageLog(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        api_key_id=UUID(actor.id) if actor.kind == "api_key" else None,
        request_id=actor.request_id,
        **call,
    )
    row.occurred_at = row.occurred_at or clock.now()
    row.ip_address = row.ip_address or None
    _cut_texts(row)
    return row


def _cut_texts(row: models.Model) -> None:
    """What a stranger sent may be longer than its column, and is told for information only."""
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(value, str) and column.max_length is not None:
            setattr(row, column.attname, value[: column.max_length])


def keep_refused(
    *, method: str, endpoint: str, response_status: int, error_code: str, headers: Mapping[str, str], body: bytes
) -> RawInbound:
    """Keep what a refused call carried, its secrets masked, so that people can see why and the sender can be helped."""
    row = RawInbound(
        received_at=clock.now(),
        request_id=current().request_id,
        method=method,
        endpoint=endpoint,
        response_status=response_status,
        error_code=error_code,
        headers=masked_headers(headers),
        body=masked_text(body, max_length=RAW_BODY_LENGTH),
    )
    _cut_texts(row)
    row.save(force_insert=True)
    return row


def keep_hook(*, source: str, body: bytes) -> InboundHook:
    """Keep what came in at a hook, before it is read."""
    row = InboundHook(
        received_at=clock.now(),
        source=source,
        request_id=current().request_id,
        body=masked_text(body, max_length=HOOK_BODY_LENGTH),
    )
    _cut_texts(row)
    row.save(force_insert=True)
    return row


def note_hook(hook: InboundHook, *, names: str, is_known: bool) -> None:
    """Write down what a message turned out to be about, and whether we know it."""
    hook.names, hook.is_known = names, is_known
    hook.save(update_fields=["names", "is_known"])


def see_once(*, source: str, token: str) -> bool:
    """Whether this call of a hook is new. It counts as seen if, and only if, the caller's transaction commits."""
    row = SeenToken(source=source, token=token, seen_at=clock.now())
    SeenToken.objects.bulk_create([row], ignore_conflicts=True)
    return SeenToken.objects.filter(pk=row.pk).exists()  # what another call wrote first is not ours


def forget_old() -> int:
    """Remove what has been kept long enough, a batch at a time so that no lock is held for long; gives how many rows."""
    now = clock.now()
    return sum(_forget(model, moment, now - age) for model, (moment, age) in KEPT.items())


def _forget(model: type[models.Model], moment: str, before: datetime) -> int:
    removed = 0
    old = model._default_manager.filter(**{f"{moment}__lt": before})
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        removed += model._default_manager.filter(pk__in=keys).delete()[0]
    return removed
