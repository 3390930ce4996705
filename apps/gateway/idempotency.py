"""One POST, one effect, one answer, however often it is sent."""

import hashlib
import re
from collections.abc import Callable

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from apps.core.errors import Malformed, Refused
from apps.core.prepared import execute
from apps.gateway.models import IdempotencyRecord

KEY = re.compile(r"[\x21-\x7e]{8,255}")
REPLAYED = "Idempotent-Replayed"

# In the caller's transaction. Whoever comes second waits here for the first to end: then it finds the answer, or, when the
# first was rolled back, takes its place. Nothing is ever left 'in progress' by a crash.
CLAIM = """
INSERT INTO idempotency_record (id, credential, path, key, request_hash, response_body)
VALUES (gen_random_uuid(), %s, %s, %s, %s, '')
ON CONFLICT (credential, path, key) DO NOTHING
RETURNING id
"""

KEEP = """
UPDATE idempotency_record SET response_status = %s, response_body = %s WHERE credential = %s AND path = %s AND key = %s
"""


def once(work: Callable[[], HttpResponseBase], *, credential: str, path: str, key: str, body: bytes) -> HttpResponseBase:
    """The answer of `work`, or the one it gave when this key came first. Must run inside a transaction.

    Only success is kept: a refusal rolls the claim back with everything else, so the same key may be tried again.

    Raises:
        Malformed: invalid_idempotency_key.
        Refused: idempotency_mismatch, when the key came with another body before.
    """
    if not KEY.fullmatch(key):
        raise Malformed(_("An Idempotency-Key is 8 to 255 printable ASCII characters."), code="invalid_idempotency_key")
    request_hash = hashlib.sha256(body).hexdigest()
    first = bool(execute(CLAIM, (credential, path, key, request_hash)))
    if not first:
        return _replay(IdempotencyRecord.objects.get(credential=credential, path=path, key=key), request_hash)
    response = work()
    if response.status_code < 400:
        execute(KEEP, (response.status_code, _rendered(response).decode(), credential, path, key))
    return response


def _replay(record: IdempotencyRecord, request_hash: str) -> HttpResponse:
    if record.request_hash != request_hash:
        raise Refused(_("This Idempotency-Key came with another body before."), code="idempotency_mismatch")
    response = HttpResponse(record.response_body, status=record.response_status, content_type="application/json")
    response.headers[REPLAYED] = "true"
    return response


def _rendered(response: HttpResponseBase) -> bytes:
    """The bytes that will go out; REST framework renders only after the transaction that must hold them has ended."""
    if isinstance(response, Response):
        return JSONRenderer().render(response.data)
    return bytes(getattr(response, "content", b""))
