from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from apps.accounts import tokens
from apps.accounts.choices import Scope
from apps.accounts.keys import BEGINNINGS, new_key, parse_key
from apps.accounts.models import ApiKey, User, UserSession, normalize_login
from apps.core import clock
from apps.core.errors import Malformed, Refused, TooMany, Unauthenticated

LIVE_KEYS = 2
USE_NOTED_EVERY = timedelta(hours=1)
_NO_HASH = "0" * 64


@dataclass(frozen=True, kw_only=True)
class IssuedTokens:
    """What a login gives: a token to call with and one to get the next pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


def log_in(*, request: HttpRequest, username: str, password: str) -> IssuedTokens:
    """Exchange a name and password for tokens. The limit counts before the password is hashed.

    Raises:
        TooMany: too many failures for this name from this address.
        Unauthenticated: the two do not belong together, or the user may not log in.
    """
    username = normalize_login(username)
    credentials = {"username": username}
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise _locked_out()
    user = authenticate(request, username=username, password=password)
    if user is None:
        if getattr(request, "axes_locked_out", False):
            raise _locked_out()
        raise Unauthenticated(_("The name or the password is not right."), code="invalid_credentials")
    user_logged_in.send(sender=User, request=request, user=user)  # forgets the failures, and is logged
    return _open_session(user)


def _locked_out() -> TooMany:
    return TooMany(
        _("Too many failed logins. Please try again later."),
        code="login_locked",
        retry_after=int(settings.AXES_COOLOFF_TIME.total_seconds()),
    )


@transaction.atomic
def _open_session(user: User) -> IssuedTokens:
    session = UserSession(user=user, refresh_id=uuid.uuid4(), expires_at=clock.now() + settings.REFRESH_TOKEN_LIFETIME)
    session.save(force_insert=True)
    return _issue(session)


def refresh_tokens(*, refresh: str) -> IssuedTokens:
    """Exchange a refresh token for the next pair; it is good once.

    Raises:
        Unauthenticated: it is not valid, or was used before; then its whole line has ended.
    """
    claims = tokens.read_refresh(refresh)
    issued = _next_of_line(claims)
    if issued is None:  # raised outside the transaction, which has the end of the line to commit
        raise Unauthenticated(code="token_not_valid")
    return issued


@transaction.atomic
def _next_of_line(claims: tokens.RefreshClaims) -> IssuedTokens | None:
    session = (
        UserSession.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=claims.session_id, user_id=claims.user_id, ended_at__isnull=True, expires_at__gt=clock.now())
        .first()
    )
    if session is None:
        return None
    user = session.user
    copied = session.refresh_id != claims.refresh_id
    if copied or not user.is_active or claims.password_mark != tokens.password_mark(user):
        session.ended_at = clock.now()
        session.save(update_fields=["ended_at"])
        return None
    session.refresh_id = uuid.uuid4()
    session.expires_at = clock.now() + settings.REFRESH_TOKEN_LIFETIME
    session.save(update_fields=["refresh_id", "expires_at"])
    return _issue(session)


def _issue(session: UserSession) -> IssuedTokens:
    return IssuedTokens(
        access=issue_access_token(session.user),
        refresh=tokens.sign(
            use="refresh",
            user=session.user,
            lifetime=settings.REFRESH_TOKEN_LIFETIME,
            session=session.pk,
            refresh=session.refresh_id,
        ),
        expires_in=int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )


def issue_access_token(user: User) -> str:
    """A token with which `user` may call for ACCESS_TOKEN_LIFETIME."""
    return tokens.sign(use="access", user=user, lifetime=settings.ACCESS_TOKEN_LIFETIME)


def user_of_access_token(token: str) -> User:
    """The user who calls with a token.

    Raises:
        Unauthenticated: it is not valid, or its user may no longer come in.
    """
    claims = tokens.read_access(token)
    user = User.objects.filter(pk=claims.user_id, is_active=True).first()
    if user is None or claims.password_mark != tokens.password_mark(user):
        raise Unauthenticated(code="token_not_valid")
    return user


@transaction.atomic
def unlock_login(*, attempt: AccessAttempt, by: User | None) -> None:
    """Let a name in again before its quarter of an hour is over, from every address."""
    AccessAttempt.objects.filter(username=attempt.username).delete()


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
    key = ApiKey.objects.usable().select_related("user").filter(key_id=shown.key_id, is_live=shown.is_live).first()
    stored = key.secret_hash if key is not None else _NO_HASH
    if not constant_time_compare(shown.secret_hash, stored) or key is None or not key.user.is_active:
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


def forget_ended_sessions() -> int:
    """Remove logins whose last token has run out; gives how many."""
    removed, _per_model = UserSession.objects.filter(expires_at__lt=clock.now()).delete()
    return removed
