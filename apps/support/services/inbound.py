"""Messages that come in: kept as they came, believed by their signature, and put where they belong, once."""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Unauthenticated
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.support.choices import InboundState
from apps.support.events import InboundArrived
from apps.support.incoming import external_id_of
from apps.support.models import InboundMessage, InboundSource
from apps.support.secrets import new_secret

log = structlog.get_logger(__name__)

TOLERANCE = timedelta(minutes=5)
OVERLAP = timedelta(days=1)
MOST_SIGNATURES = 5
CALL = re.compile(r"[A-Za-z0-9_\-]{1,200}")
MOMENT = re.compile(r"[0-9]{9,11}")
NOBODYS_SECRET = b"0" * 32  # a call of a stranger costs as much as one that we know


@in_transaction
def receive_inbound(*, body: bytes, headers: Mapping[str, str]) -> InboundMessage:
    """Keep a call of a source as it came, and have the worker look into it. A call or message that came before changes nothing.

    Raises:
        Unauthenticated: no source of ours signed it, or not within five minutes of now.
    """
    source, call = _signed_by(body, headers)
    external_id = external_id_of(body)
    known = InboundMessage.objects.filter(source=source)
    earlier = known.filter(webhook_id=call).first() or (external_id and known.filter(external_id=external_id).first())
    if earlier:
        return earlier
    inbound, is_new = InboundMessage.objects.get_or_create(
        source=source,
        webhook_id=call,
        defaults={
            "external_id": external_id,
            "raw": body.decode("utf-8", "replace").replace("\0", ""),
            "came_in_at": clock.now(),
        },
    )
    if is_new:
        publish(InboundArrived(inbound_id=inbound.pk))
    return inbound


def _signed_by(body: bytes, headers: Mapping[str, str]) -> tuple[InboundSource, str]:
    """The source that signed a call (Standard Webhooks), and the call's id.

    Raises:
        Unauthenticated: nobody did; every kind of failure looks the same from outside.
    """
    call, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = _signatures(headers.get("webhook-signature", ""))
    now = clock.now()
    is_fresh = bool(MOMENT.fullmatch(moment)) and abs(now.timestamp() - int(moment)) <= TOLERANCE.total_seconds()
    signed = b".".join((call.encode("utf-8", "replace"), moment.encode("utf-8", "replace"), body))
    found: InboundSource | None = None
    for source in InboundSource.objects.in_use().order_by("pk"):
        if any(_is_signature(secret, signed, given) for secret in source.secrets(now)):
            found = source
    _is_signature_by(NOBODYS_SECRET, signed, given)
    if found is None or not is_fresh or not CALL.fullmatch(call):
        log.warning("inbound_message_refused", known=found is not None, fresh=is_fresh)
        raise Unauthenticated(_("The signature is not valid."), code="invalid_signature")
    return found, call


def _signatures(text: str) -> list[bytes]:
    found = []
    for part in text.split(" ")[:MOST_SIGNATURES]:
        version, _comma, encoded = part.partition(",")
        try:
            found += [b64decode(encoded, validate=True)] if version == "v1" else []
        except (Base64Error, ValueError):
            continue
    return found


def _is_signature(secret: str, signed: bytes, given: list[bytes]) -> bool:
    return _is_signature_by(b64decode(secret.removeprefix("whsec_")), signed, given)


def _is_signature_by(key: bytes, signed: bytes, given: list[bytes]) -> bool:
    expected = hmac.new(key, signed, hashlib.sha256).digest()
    return sum(hmac.compare_digest(expected, each) for each in given) > 0  # every one, so that time tells nothing


@in_transaction
def make_source_secret(*, source: InboundSource, by: User | None) -> str:
    """Give a source a new secret, to be shown once. For a day the one before is good too."""
    locked = InboundSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if locked.secret:
        locked.previous_secret, locked.previous_secret_until = locked.secret, clock.now() + OVERLAP
    locked.secret = new_secret()
    locked.save()
    return locked.secret


def lock_inbound(key: UUID) -> InboundMessage | None:
    """A message that nobody has looked into yet, locked; None for one that was taken up before."""
    rows = InboundMessage.objects.select_for_update(of=("self",)).select_related("source__business_entity")
    found: InboundMessage | None = rows.filter(pk=key, state=InboundState.RECEIVED).first()
    return found
