from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser

from apps.core.errors import Malformed
from apps.core.json import MAX_BYTES, loads_strict


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 through the strict entrance; a view may set `max_body_bytes`."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        context = parser_context or {}
        request = context["request"]
        charset = request.content_params.get("charset", "utf-8").lower()
        # REST framework comes here with a pattern such as */* too, which is the type of no body.
        if request._request.content_type != self.media_type or charset not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type)
        # Not from `stream`: the body must stay readable for the request's hash and the log of refused calls.
        return loads_strict(request.body, max_bytes=getattr(context.get("view"), "max_body_bytes", MAX_BYTES))


class UploadParser(MultiPartParser):
    """A form with a file, which goes to the disk as it comes in. The view's `max_body_bytes` is the most of it."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        context = parser_context or {}
        most = context["view"].max_body_bytes
        if int(context["request"].META.get("CONTENT_LENGTH") or 0) > most:
            raise Malformed(_("The body is too large."), code="body_too_large", max_bytes=most)
        return super().parse(stream, media_type, parser_context)
