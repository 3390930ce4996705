"""API keys: made once, shown once, replaced without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.keys import BEGINNINGS, new_key, parse_key
from apps.accounts.models import ApiKey, User
from apps.core import clock
from apps.core.errors import Malformed, Refused, Unauthenticated
from apps.core.prepared import Prepared

LIVE_KEYS = 2
USE_NOTED_EVERY = timedelta(hours=1)
_NO_HASH = "0" * 64
_KEY_BY_ID = Prepared(lambda key_id: ApiKey.objects.select_related("user").filter(key_id=key_id).order_by(), samples=["-key-"])


@transaction.atomic
def create_api_key(
    *, user: User, name: str, live: bool, scopes: Sequence[str], expires_at: datetime | None, by: User | None
) -> tuple[ApiKey, str]:
    """Make a key and give its text, which nobody can see again. Two may be in use at once, so that one can replace the other.

    Raises:
        Refused: not_a_service_user, unknown_scope, expiry_in_the_past or too_many_keys.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two at once would both count one key
    if not user.is_service:
        raise Refused(_("A key acts as a service user."), code="not_a_service_user")
    if unknown := set(scopes) - set(Scope.values):
        raise Refused(_("There is no such scope."), code="unknown_scope", scopes=sorted(unknown))
    if expires_at is not None and expires_at <= clock.now():
        raise Refused(_("A key cannot expire before it is made."), code="expiry_in_the_past")
    if user.api_keys.usable().filter(is_live=live).count() >= LIVE_KEYS:
        raise Refused(_("This user has two keys of this kind already. Revoke one first."), code="too_many_keys", limit=LIVE_KEYS)
    text = new_key(is_live=live)
    key = ApiKey(
        user=user,
        name=name,
        is_live=live,
        key_id=text.key_id,
        secret_hash=text.secret_hash,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    key.save(force_insert=True)
    return key, str(text)


@transaction.atomic
def revoke_api_key(*, api_key: ApiKey, by: User | None) -> ApiKey:
    """Close the door for a key, at once and for good. A key that is closed already stays as it is."""
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=api_key.pk)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
    return key


def recognise_api_key(text: str) -> ApiKey:
    """The key that was shown. An unknown id costs the same work as a wrong secret, and is answered the same.

    Raises:
        Unauthenticated: it is none of ours, or is no longer in use.
    """
    shown = parse_key(text)
    if shown is None:
        raise Unauthenticated(code="invalid_api_key")
    key = _KEY_BY_ID.first(shown.key_id)
    stored = key.secret_hash if key is not None else _NO_HASH
    is_right = constant_time_compare(shown.secret_hash, stored)
    if not is_right or key is None or not (key.is_live == shown.is_live and key.is_usable and key.user.is_active):
        raise Unauthenticated(code="invalid_api_key")
    _note_use(key)
    return key


def burn_key_in_address(values: Iterable[str]) -> None:
    """Revoke a key that stands in an address: addresses end up in logs and histories, so it is no secret any more.

    Raises:
        Malformed: one does, whoever's it is.
    """
    shown = [value for value in values if value.startswith(BEGINNINGS)]
    for text in shown:
        try:
            revoke_api_key(api_key=recognise_api_key(text), by=None)
        except Unauthenticated:
            continue  # none of ours; the answer does not tell
    if shown:
        raise Malformed(
            _("An API key does not belong in an address. If this was one, it has been revoked."), code="credential_in_address"
        )


def _note_use(key: ApiKey) -> None:
    """Once an hour: each call stands in the usage log, and a busy key would otherwise queue for its own row."""
    now = clock.now()
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
