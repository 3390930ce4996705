"""A small stored file as an answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag


def as_download(request: HttpRequest, content: bytes, *, name: str, media_type: str, checksum: str) -> HttpResponse:
    """A file to save: no browser may run or guess it on our address. Who has it already (If-None-Match) hears so, 304."""
    etag = quote_etag(checksum)
    answer = HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        },
    )
    told: HttpResponse = get_conditional_response(request, etag=etag, response=answer)
    return told
