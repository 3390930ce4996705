"""What MessageBird calls: where a message stands, and what customers answer."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.communication.choices import TEXT_CHANNELS
from apps.communication.clients.messagebird_signature import HEADER, NotSigned, check_signature
from apps.communication.models import CommunicationChannel, MessageBirdConnection
from apps.communication.services import StateReport, receive_message, take_state
from apps.core import clock
from apps.core.actor import current
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import Malformed, Unauthenticated
from apps.core.text import without_unwritable
from apps.gateway.services import describe_caller, keep_hook, note_hook, see_once

CALLS_A_MINUTE = 6_000
SOURCE = "messagebird"
WORD = 100  # the longest word of theirs that we look at
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Caller:
    """Whose accounts signed the call (keys of companies), and what they named it."""

    entities: set[UUID]
    jti: str


class MessageBirdHook(ApiView):
    """MessageBird tells where a message stands (GET for SMS, POST for conversations) or what somebody wrote to us.

    Kept as it came, then believed only if it is signed for this very address and body, and only once. Who cannot sign gets the
    same answer whatever is wrong.
    """

    public = True
    authentication_classes = ()
    transactional = False  # what came in is kept, whatever becomes of it
    max_body_bytes = 100_000

    def rate_limit(self, request: Request) -> RateLimit:
        return RateLimit(bucket=f"hook:{current().ip_address}", limit=CALLS_A_MINUTE)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        query = request._request.META.get("QUERY_STRING", "")
        return self._take(request, b"", kept=query.encode(), act=lambda caller: self._report(request, caller))

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        body = request._request.body
        if len(body) > self.max_body_bytes:
            raise Malformed(_("The body is too large."), code="body_too_large", max_bytes=self.max_body_bytes)
        return self._take(request, body, kept=body, act=lambda caller: _event(body, caller))

    def _take(self, request: Request, body: bytes, *, kept: bytes, act: Any) -> Response:
        hook = keep_hook(source=SOURCE, body=kept)
        describe_caller(request._request, integration="MessageBird")
        caller = _signed_by(request, body)
        with transaction.atomic():  # whatever fails below was not seen either: it may be sent again
            if not see_once(source=SOURCE, token=caller.jti):
                raise _refused("replayed")
            name, is_known = act(caller)
        note_hook(hook, names=name, is_known=is_known)
        return Response(status=200)

    def _report(self, request: Request, caller: _Caller) -> tuple[str, bool]:
        told = request._request.GET
        report = StateReport(
            state=_word(told.get("status")),
            reference=_reference(told.get("reference")),
            provider_id=_word(told.get("id")),
            occurred_at=_moment(told.get("statusDatetime")),
            reason=" ".join(filter(None, [_word(told.get("statusReason")), _word(told.get("statusErrorCode"))])),
        )
        return report.provider_id, take_state(report, entities=caller.entities)


def _refused(reason: str) -> Unauthenticated:
    """Why, we write down; who calls is told nothing."""
    log.warning("hook_refused", source=SOURCE, reason=reason, ip_address=current().ip_address)
    return Unauthenticated(_("The call is not signed."), code="not_signed")


def _signed_by(request: Request, body: bytes) -> _Caller:
    connections = MessageBirdConnection.objects.all()
    keys = {str(each.business_entity_id): each.signing_key for each in connections}
    plain = request._request
    # The address as we gave it out: what the caller says of the host proves nothing.
    query = plain.META.get("QUERY_STRING", "")
    url = f"{settings.PUBLIC_BASE_URL}{plain.path}{'?' if query else ''}{query}"
    try:
        entities, jti = check_signature(plain.headers.get(HEADER, ""), keys=keys, url=url, body=body)
    except NotSigned as refusal:
        raise _refused(refusal.reason) from refusal
    return _Caller(entities={UUID(entity) for entity in entities}, jti=jti)


def _event(body: bytes, caller: _Caller) -> tuple[str, bool]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise Malformed(_("Send JSON."), code="invalid_json") from error
    message = told.get("message") if isinstance(told, dict) else None
    if not isinstance(message, dict):
        return "", False  # an event of something else: there are many, and none is for us
    if message.get("direction") == "received":
        return _word(message.get("id")), _received(message, caller)
    source = message.get("source")
    error = message.get("error")
    report = StateReport(
        state=_word(message.get("status")),
        reference=_reference(source.get("reference")) if isinstance(source, dict) else None,
        provider_id=_word(message.get("id")),
        occurred_at=_moment(message.get("updatedDatetime")),
        reason=_word(error.get("description")) if isinstance(error, dict) else "",
    )
    return report.provider_id, take_state(report, entities=caller.entities)


def _received(message: dict[str, Any], caller: _Caller) -> bool:
    """Whether the message came in at a channel of ours."""
    name, number = _word(message.get("id")), _word(message.get("from"))
    channel = (
        CommunicationChannel.objects.select_related("business_entity")
        .filter(provider_channel_id=_word(message.get("channelId")), channel_type__in=TEXT_CHANNELS)
        .exclude(provider_channel_id="")
        .filter(business_entity__in=caller.entities)
        .first()
    )
    if channel is None or not name or not number:
        return False
    receive_message(
        channel=channel,
        sender=f"+{number.lstrip('+')}",
        text=_text_of(message),
        external_message_id=f"messagebird:{name}",
        received_at=_moment(message.get("createdDatetime")),
    )
    return True


def _text_of(message: dict[str, Any]) -> str:
    """Its text; of anything else what kind of thing it is, for whoever opens it at MessageBird."""
    content = message.get("content")
    text = content.get("text") if isinstance(content, dict) else None
    return text if isinstance(text, str) else f"[{_word(message.get('type')) or '?'}]"


def _word(value: object) -> str:
    """A short text of theirs: what cannot be kept or is something else is left out."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:WORD]
    return without_unwritable(value)[:WORD] if isinstance(value, str) else ""


def _reference(value: object) -> UUID | None:
    try:
        return UUID(hex=value) if isinstance(value, str) and len(value) == 32 else None
    except ValueError:
        return None


def _moment(value: object) -> datetime:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    return moment if moment is not None and moment.tzinfo is not None else clock.now()


urlpatterns = [path(SOURCE, MessageBirdHook.as_view(), name="hook-messagebird")]
