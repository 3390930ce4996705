from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import interceptors
from apps.core.api.filters import StrictFilterBackend
from apps.core.api.pagination import CursorPages
from apps.core.api.problems import exception_handler
from apps.core.json import MAX_BYTES
from apps.core.transactions import retrying

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """So many calls by one caller in so many seconds."""

    bucket: str
    limit: int
    seconds: int = 60


class ApiView(APIView):
    """The base of every view of the API.

    A write is one transaction, repeated as a whole when the database broke it off, and rolled back when its answer is a
    refusal. Limits and idempotency stand around it by registration (see `interceptors`).

    Attributes:
        scope: what the caller must be allowed to do; one of these is enough. None: a valid credential is enough.
        public: whether a caller without a credential is welcome.
        accepts_api_keys: whether an API key opens this door; otherwise people alone do.
        transactional: False where a refusal must leave a trace, such as a failed login.
        max_body_bytes: the largest body.
        knows_repeats: whether the act itself knows what came before, so that an Idempotency-Key has nothing to add.
    """

    scope: ClassVar[str | tuple[str, ...] | None] = None
    public: ClassVar[bool] = False
    accepts_api_keys: ClassVar[bool] = False
    transactional: ClassVar[bool] = True
    max_body_bytes: ClassVar[int] = MAX_BYTES
    knows_repeats: ClassVar[bool] = False

    def rate_limit(self, request: Request) -> RateLimit | None:
        """The limit of this very call, where it is another than the usual one of its caller."""
        return None

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        return exception_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        finally:
            interceptors.pass_gates(request, self)  # refused callers count too, or guessing would be free
        if request.method in WRITES:
            self._make_write_one_transaction(request)

    def _make_write_one_transaction(self, request: Request) -> None:
        """Put the retry, the transaction and the wraps around the handler that `dispatch` is about to call."""
        name = str(request.method).lower()
        handler = getattr(self, name, None)
        if handler is None or not self.transactional:
            return

        def write(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return retrying(lambda: self._in_transaction(request, lambda: handler(request, *args, **kwargs)))

        setattr(self, name, write)  # on this instance, which serves one request

    def _in_transaction(self, request: Request, work: interceptors.Work) -> HttpResponseBase:
        with transaction.atomic():
            response = interceptors.wrapped(request, self, work)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


class OneKindOfAnswer(DefaultContentNegotiation):
    """For a door that gives a file: it is of one kind, whatever kinds the caller names; a refusal is a problem document."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class ListView(ListModelMixin, ApiView, GenericAPIView):
    """A list in pages. A subclass gives `queryset` or `get_queryset()`, `serializer_class` and perhaps `filterset_class`."""

    pagination_class = CursorPages
    filter_backends = (StrictFilterBackend,)
    filterset_class: ClassVar[Any] = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)
