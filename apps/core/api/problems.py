"""Refusals as problem documents (RFC 9457). The one place that knows which HTTP status says what."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.settings import api_settings

from apps.core.actor import current
from apps.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Malformed,
    NotFound,
    Refused,
    Text,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from apps.core.text import escape_pointer

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
FAMILIES: dict[type[DomainError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
# Malformed in a way that HTTP has a word of its own for.
CODES: dict[str, HTTPStatus] = {
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "length_required": HTTPStatus.LENGTH_REQUIRED,
    "uri_too_long": HTTPStatus.REQUEST_URI_TOO_LONG,
    "headers_too_large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}
SECONDS_UNTIL_BACK = 5
LOST_DATABASE = (OperationalError, InterfaceError)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One refusal, ready to be written down."""

    status: int
    code: str
    detail: Text
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            **self.extra,
            "type": f"urn:chargecars:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": current().request_id,
        }
        if self.errors:
            document["errors"] = [asdict(error) for error in self.errors]
        return document


def response_of(problem: Problem) -> HttpResponse:
    """The problem as an answer; the answer carries it as `problem`, for whoever logs the call."""
    response = JsonResponse(problem.document(), status=problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        response.headers[name] = value
    response.problem = problem  # type: ignore[attr-defined]
    return response


def problem_response(error: DomainError) -> HttpResponse:
    """The answer to a request that is refused before it reaches a view."""
    return response_of(problem_of(error))


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """What REST framework asks for every exception in a view. None: a defect of ours, to be logged as one."""
    translate = next((translate for kinds, translate in TRANSLATIONS if isinstance(error, kinds)), None)
    return translate and response_of(translate(error))


def problem_of(error: DomainError) -> Problem:
    """The document of a refusal by a service."""
    status = CODES.get(error.code) or next(status for family, status in FAMILIES.items() if isinstance(error, family))
    headers: dict[str, str] = {}
    match error:
        case TooMany():
            headers["Retry-After"] = str(error.retry_after)
        case Unavailable():
            headers["Retry-After"] = str(SECONDS_UNTIL_BACK)
        case Unauthenticated():
            headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return Problem(status=status, code=error.code, detail=error.detail, errors=error.fields, extra=error.extra, headers=headers)


def _of_framework(error: drf.APIException) -> Problem:
    status = HTTPStatus(error.status_code)
    family = next((family for family, known in FAMILIES.items() if known == status), None)
    code = family.code if family and status != HTTPStatus.BAD_REQUEST else str(error.default_code)
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    return Problem(status=status, code=code, detail=str(error.detail), headers=headers)


def _of_validator(error: DjangoValidationError) -> Problem:
    return problem_of(Malformed(" ".join(error.messages), code=getattr(error, "code", None) or Malformed.code))


def _of_lost_database(error: Exception) -> Problem:
    log.warning("database_unavailable", exc_info=error)
    return problem_of(Unavailable())


def _of_broken_rule(error: IntegrityError) -> Problem:
    """A constraint stood behind a rule that no service named: mostly two who did the same at once. Nothing was stored."""
    log.error("refused_by_constraint", exc_info=error)
    return problem_of(Conflict(code="conflict"))


def _of_refused_value(error: DataError) -> Problem:
    """A value that passed our checks and that a column refuses: nothing was stored, and the caller sent it."""
    log.error("value_refused_by_database", exc_info=error)
    return problem_of(Malformed(code="value_out_of_range"))


# The first kind that fits decides; subclasses stand before their bases.
TRANSLATIONS: list[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], Problem]]] = [
    (DomainError, problem_of),
    (drf.ValidationError, lambda error: problem_of(malformed_of(error.detail))),
    (drf.APIException, _of_framework),
    (DjangoValidationError, _of_validator),
    (Http404, lambda error: problem_of(NotFound())),
    (PermissionDenied, lambda error: problem_of(Forbidden())),
    (RequestDataTooBig, lambda error: problem_of(Malformed(_("The body is too large."), code="body_too_large"))),
    ((SuspiciousOperation, MultiPartParserError, UnreadablePostError), lambda error: problem_of(Malformed(code="bad_request"))),
    (LOST_DATABASE, _of_lost_database),
    (DataError, _of_refused_value),
    (IntegrityError, _of_broken_rule),
]


def malformed_of(detail: Any, *, pointer: str = "") -> Malformed:
    """REST framework's tree of errors as a list of fields, each with the place where it stands in the body."""
    fields = list(_fields(detail, pointer))
    code = fields[0].code if len(fields) == 1 and not fields[0].pointer else Malformed.code
    return Malformed(code=code, fields=fields)


def _fields(detail: Any, pointer: str) -> Iterator[FieldError]:
    match detail:
        case drf.ErrorDetail():
            yield FieldError(pointer=pointer, code=str(detail.code), detail=str(detail))
        case dict():
            for name, inner in detail.items():
                here = pointer if name == api_settings.NON_FIELD_ERRORS_KEY else f"{pointer}/{escape_pointer(name)}"
                yield from _fields(inner, here)
        case list():
            # A list holds messages of one place, or one (possibly empty) tree per item of a list in the body.
            per_item = any(isinstance(inner, dict | list) for inner in detail)
            for index, inner in enumerate(detail):
                yield from _fields(inner, f"{pointer}/{index}" if per_item else pointer)


# Django's own handlers, for what no view caught. Machines get a problem document, people a page.

MACHINE_PATHS = ("/api/", "/hooks/")


def is_machine_path(path: str) -> bool:
    return path.startswith(MACHINE_PATHS)


def _handler(error: Callable[[], DomainError], page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def handle(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        if is_machine_path(request.path):
            return problem_response(error())
        return page(request, exception) if exception is not None else page(request)

    return handle


bad_request = _handler(lambda: Malformed(code="bad_request"), defaults.bad_request)
permission_denied = _handler(Forbidden, defaults.permission_denied)
page_not_found = _handler(NotFound, defaults.page_not_found)


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect of ours: the caller learns nothing but the request's id, the log has the rest.

    A database that is away is none: whoever asks again in a moment may get what they want.
    """
    if isinstance(sys.exception(), LOST_DATABASE):
        return _without_database(request)
    if not is_machine_path(request.path):
        return defaults.server_error(request)
    return response_of(
        Problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="internal_error", detail=_("Something went wrong on our side."))
    )


def _without_database(request: HttpRequest) -> HttpResponse:
    problem = problem_of(Unavailable())
    if is_machine_path(request.path):
        return response_of(problem)
    page = defaults.server_error(request)
    page.status_code = problem.status
    for name, value in problem.headers.items():
        page.headers[name] = value
    return page
