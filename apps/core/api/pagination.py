"""Pages by key: as fast on the last page as on the first, and no row is skipped or doubled when others are added."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import FieldError, Malformed

DEFAULT_LIMIT = 25
MAX_LIMIT = 200


class Cursor(NamedTuple):
    """A place between two rows: before or after the row with this moment and key."""

    backwards: bool
    moment: datetime
    key: UUID

    def encoded(self) -> str:
        plain = json.dumps([int(self.backwards), self.moment.isoformat(), str(self.key)], separators=(",", ":"))
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def decoded(cls, text: str) -> "Cursor":
        try:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            backwards, moment, key = json.loads(plain)
            cursor = cls(backwards == 1, datetime.fromisoformat(moment), UUID(key))
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError):
            raise _invalid("cursor", "invalid_cursor", _("The cursor is not one that this list gave.")) from None
        if cursor.moment.tzinfo is None or cursor.encoded() != text:
            raise _invalid("cursor", "invalid_cursor", _("The cursor is not one that this list gave."))
        return cursor


def _invalid(parameter: str, code: str, detail: Any) -> Malformed:
    return Malformed(fields=[FieldError(pointer=f"/{parameter}", code=code, detail=detail)])


class CursorPages(BasePagination):
    """Newest first, by (created_at, id); `limit` and `cursor` in, `next`, `previous` and `results` out."""

    moment_field = "created_at"

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: APIView | None = None) -> Sequence[Model]:
        self.request = request
        limit = self._limit(request)
        text = request.query_params.get("cursor")
        cursor = Cursor.decoded(text) if text is not None else None
        rows = list(self._from(queryset, cursor)[: limit + 1])  # one more than asked tells whether there is a next page
        more, rows = len(rows) > limit, rows[:limit]
        backwards = cursor is not None and cursor.backwards
        if backwards:
            rows.reverse()
        has_next, has_previous = (True, more) if backwards else (more, cursor is not None)
        self.next = self._link(rows[-1], backwards=False) if rows and has_next else None
        self.previous = self._link(rows[0], backwards=True) if rows and has_previous else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def _limit(self, request: Request) -> int:
        text = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not re.fullmatch("[1-9][0-9]{0,2}", text) or int(text) > MAX_LIMIT:
            raise _invalid("limit", "invalid_limit", _("The limit is a whole number from 1 to 200."))
        return int(text)

    def _from(self, queryset: QuerySet[Any], cursor: Cursor | None) -> QuerySet[Any]:
        backwards = cursor is not None and cursor.backwards
        sign, than = ("", "gt") if backwards else ("-", "lt")
        queryset = queryset.order_by(f"{sign}{self.moment_field}", f"{sign}pk")
        if cursor is None:
            return queryset
        # The first condition alone would be wrong for rows of one moment, the second alone slow: an index serves the first.
        return queryset.filter(
            Q(**{f"{self.moment_field}__{than}e": cursor.moment}),
            Q(**{f"{self.moment_field}__{than}": cursor.moment}) | Q(**{f"pk__{than}": cursor.key}),
        )

    def _link(self, row: Any, *, backwards: bool) -> str:
        cursor = Cursor(backwards, getattr(row, self.moment_field), row.pk)
        parameters = {**dict(self.request.query_params.lists()), "cursor": cursor.encoded()}
        return str(self.request.build_absolute_uri(f"{self.request.path}?{urlencode(parameters, doseq=True)}"))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "How many rows.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Taken from `next` or `previous` of an earlier answer.",
                "schema": {"type": "string"},
            },
        ]


class OnePage(CursorPages):
    """A list that is short enough to be told whole, in the shape of every other list."""

    @staticmethod
    def of(results: Any) -> Response:
        return Response({"next": None, "previous": None, "results": results})

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return []
