import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from apps.core.actor import current
from apps.core.api.problems import Problem, is_machine_path
from apps.core.errors import TooMany
from apps.core.middleware import client_ip, printable
from apps.gateway.choices import Direction
from apps.gateway.idempotency import REPLAYED
from apps.gateway.services import caller_of, keep_refused, log_call, sign_in_bucket, take_token

log = structlog.get_logger(__name__)

PARTNER_PATHS = ("/api/v1/partners/", "/hooks/")
NOT_LOGGED = ("/api/v1/schema", "/api/v1/docs")
TOO_MANY = 429


class UsageLogMiddleware:
    """Notes every call of a machine after its answer, in a transaction of its own: also when the call's was rolled back.

    Stands outside the guards, so that what they refuse is noted as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_machine_path(request.path) or request.path.startswith(NOT_LOGGED):
            return self.get_response(request)
        began = time.monotonic()
        body = _body(request) if request.path.startswith(PARTNER_PATHS) else b""
        response = self.get_response(request)
        elapsed_ms = round((time.monotonic() - began) * 1000)
        try:
            _note(request, response, body=body, elapsed_ms=elapsed_ms)
        except (DatabaseError, InterfaceError):
            log.exception("call_not_logged")  # the answer is decided: losing its note must not change it
        return response


def _body(request: HttpRequest) -> bytes:
    """The body of a partner's call, read before anyone else does; one that is beyond any limit is not read at all."""
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError, ValueError):
        return b""


def _note(request: HttpRequest, response: HttpResponse, *, body: bytes, elapsed_ms: int) -> None:
    problem: Problem | None = getattr(response, "problem", None)
    method, endpoint = printable(request.method or ""), printable(request.path)
    caller = caller_of(request)
    log_call(
        direction=Direction.IN,
        method=method,
        endpoint=endpoint,
        response_status=response.status_code,
        response_time_ms=elapsed_ms,
        integration=caller.integration,
        organization_id=caller.organization_id,
        organization_label=caller.organization_label,
        request_size_bytes=_size(request, body),
        response_size_bytes=0 if response.streaming else len(response.content),
        ip_address=client_ip(request),
        user_agent=printable(request.headers.get("User-Agent", "")),
        rate_limit_exceeded=response.status_code == TOO_MANY,
        replayed=response.headers.get(REPLAYED) == "true",
        error_code=problem.code if problem else "",
        error_message=printable(str(problem.detail)) if problem else "",
    )
    # A stranger beyond its limit would otherwise fill the table for us.
    noise = response.status_code == TOO_MANY and not current().id
    if response.status_code >= 400 and request.path.startswith(PARTNER_PATHS) and not noise:
        keep_refused(
            method=method,
            endpoint=endpoint,
            response_status=response.status_code,
            error_code=problem.code if problem else "",
            headers=request.headers,
            body=body,
        )


def _size(request: HttpRequest, body: bytes) -> int:
    told = request.META.get("CONTENT_LENGTH") or ""
    return len(body) or (min(int(told), 2**31 - 1) if told.isascii() and told.isdigit() else 0)


class StrangersPages:
    """Limits what an address may send to pages for people before it is known whose it is: names are guessed there too.

    Stands behind the middleware that says who acts. The guessing of one name ends earlier, see axes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and not current().id and not is_machine_path(request.path):
            try:
                take_token(sign_in_bucket(client_ip(request)), limit=settings.RATE_LIMITS["sign_in"], seconds=60)
            except TooMany as refusal:
                return _too_many(request, refusal)
        return self.get_response(request)


def _too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    page = render(request, "429.html", status=TOO_MANY)
    page.headers["Retry-After"] = str(refusal.retry_after)
    return page
