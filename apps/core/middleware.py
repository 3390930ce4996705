"""The doorstep of every request: who is at the door, and is what they carry fit to come in."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.core.actor import acting, become
from apps.core.api.problems import is_machine_path, problem_of, problem_response
from apps.core.errors import Malformed
from apps.core.text import refuse_unwritable

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
DRAIN_BYTES = 16 * 1024 * 1024
DRAIN_CHUNK = 64 * 1024


class RequestContextMiddleware:
    """Gives the request its id, opens the block in which its actor acts, and lets the client finish speaking."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        source = f"{request.method} {printable(request.path)}"[:100]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            with acting(kind="system", id="", label="", request_id=request_id, source=source, ip_address=client_ip(request)):
                response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response.headers["X-Request-ID"] = request_id
        _drain(request)
        return response


def client_ip(request: HttpRequest) -> str:
    """The address of the caller, as the outermost of our own proxies saw it; empty where none is known."""
    seen = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), request.META.get("REMOTE_ADDR", "")]
    # The caller may write what it likes into the header; each of our proxies adds one entry at the end.
    nearest = seen[max(-1 - settings.NUM_PROXIES, -len(seen))].strip()
    try:
        return str(ipaddress.ip_address(nearest))
    except ValueError:
        return ""


def printable(text: str) -> str:
    """Text of a stranger on one line, for a column or a log."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _drain(request: HttpRequest) -> None:
    """Read what nobody wanted: a client whose body is left lying sees a broken connection instead of our answer."""
    stream = getattr(request, "_stream", None)
    if stream is None:
        return
    try:
        for _chunk in range(DRAIN_BYTES // DRAIN_CHUNK):
            if not stream.read(DRAIN_CHUNK):
                return
    except (OSError, ValueError):  # the client is gone, or the stream was closed by whoever read it
        return


class ActorMiddleware:
    """A logged-in person acts from here on. Machines say who they are later, in the API's authentication."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            become(kind="user", id=str(request.user.pk), label=str(request.user))
        return self.get_response(request)


class InputGuard:
    """Refuses what no page or endpoint of ours can have been asked with."""

    max_path = 1_000
    max_query = 4_000
    max_parameters = 60
    max_value = 1_000
    max_search = 100
    max_terms, max_terms_of_people = 5, 12
    max_headers = 60
    max_header_bytes = 16_384
    # Every search word is a condition of its own: twenty thousand of them have killed a database.
    search_parameters = ("search", "q", "term")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            self._inspect_headers(request)
            self._inspect_path(request)
            self._inspect_query(request)
        except Malformed as error:
            return self._refusal(request, error)
        return self.get_response(request)

    def _inspect_headers(self, request: HttpRequest) -> None:
        headers = request.headers
        size = sum(len(name) + len(value) for name, value in headers.items())
        if len(headers) > self.max_headers or size > self.max_header_bytes:
            raise Malformed(_("The headers are too large."), code="headers_too_large")
        for value in headers.values():
            refuse_unwritable(value)
            if "\n" in value or "\r" in value:
                raise Malformed(_("A header holds a line end."), code="control_character")
        if not re.fullmatch("[0-9]{0,12}", request.META.get("CONTENT_LENGTH") or ""):
            raise Malformed(_("The content length is not a number."), code="bad_request")
        # Of a body in chunks Django reads nothing, and we would answer as if none had been sent.
        if "Transfer-Encoding" in headers:
            raise Malformed(_("Send the body with its length, not in chunks."), code="length_required")

    def _inspect_path(self, request: HttpRequest) -> None:
        if len(request.path) > self.max_path:
            raise Malformed(_("The address is too long."), code="uri_too_long")
        refuse_unwritable(request.path)

    def _inspect_query(self, request: HttpRequest) -> None:
        query = request.META.get("QUERY_STRING", "")
        if len(query) > self.max_query or query.count("&") >= self.max_parameters:
            raise Malformed(_("The query is too long."), code="uri_too_long")
        try:
            unquote_to_bytes(query.encode("latin-1")).decode()
        except UnicodeError:
            raise Malformed(_("The query is not UTF-8."), code="invalid_encoding") from None
        for name, values in request.GET.lists():
            refuse_unwritable(name)
            for value in values:
                refuse_unwritable(value)
                if len(value) > self.max_value:
                    raise Malformed(_("A parameter is too long."), code="parameter_too_long")
                if name in self.search_parameters:
                    self._inspect_search(value, is_machine=is_machine_path(request.path))

    def _inspect_search(self, value: str, *, is_machine: bool) -> None:
        max_terms = self.max_terms if is_machine else self.max_terms_of_people
        if len(value) > self.max_search or len(value.split()) > max_terms:
            raise Malformed(_("Search with fewer words."), code="search_too_long", max_words=max_terms)

    def _refusal(self, request: HttpRequest, error: Malformed) -> HttpResponse:
        if is_machine_path(request.path):
            return problem_response(error)
        return HttpResponse(str(error), status=problem_of(error).status, content_type="text/plain; charset=utf-8")
