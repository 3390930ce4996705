"""Logging in through the API: tokens for a name, a password and, where the person has one, a second factor."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts import tokens
from apps.accounts.models import User, UserSession, normalize_login
from apps.accounts.services.factors import check_code, has_factor, locked_out, must_set_up_factor
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.actor import current
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.prepared import Prepared
from apps.core.records import ref_to


@dataclass(frozen=True, kw_only=True)
class IssuedTokens:
    """What a login gives: a token to call with and one to get the next pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


def log_in(*, request: HttpRequest, username: str, password: str, otp: str = "") -> IssuedTokens:
    """Exchange a name, a password and a code for tokens. The limit counts before the password is hashed.

    Raises:
        TooMany: too many failures for this name from this address, or too many wrong codes from anywhere.
        Unauthenticated: the two do not belong together, or the user may not log in; otp_required, otp_invalid.
        Forbidden: mfa_setup_required, when staff must have a second factor and this person has none yet.
    """
    username = normalize_login(username)
    credentials = {"username": username}
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise locked_out()
    user = authenticate(request, username=username, password=password)
    if user is None:
        if getattr(request, "axes_locked_out", False):
            raise locked_out()
        raise Unauthenticated(_("The name or the password is not right."), code="invalid_credentials")
    _ask_second_factor(request, user, otp)
    user_logged_in.send(sender=User, request=request, user=user)  # forgets the failures, and is logged
    return _open_session(user, user_agent=request.headers.get("User-Agent", ""))


def _ask_second_factor(request: HttpRequest, user: User, otp: str) -> None:
    if has_factor(user):
        if not otp:
            raise Unauthenticated(_("A code of the second factor is needed as well."), code="otp_required")
        check_code(request=request, user=user, code=otp).record_usage()
    elif must_set_up_factor(user):
        raise Forbidden(_("Set up a second factor in the back office first."), code="mfa_setup_required")


@transaction.atomic
def _open_session(user: User, *, user_agent: str = "") -> IssuedTokens:
    session = UserSession(
        user=user,
        refresh_id=uuid.uuid4(),
        expires_at=clock.now() + settings.REFRESH_TOKEN_LIFETIME,
        ip_address=current().ip_address,
        user_agent=user_agent[:200],
    )
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
    if session.refresh_id != claims.refresh_id or not _may_go_on(session.user, claims):  # the first: it was copied
        session.ended_at = clock.now()
        session.save(update_fields=["ended_at"])
        return None
    session.refresh_id = uuid.uuid4()
    session.expires_at = clock.now() + settings.REFRESH_TOKEN_LIFETIME
    session.save(update_fields=["refresh_id", "expires_at"])
    return _issue(session)


def _may_go_on(user: User, claims: tokens.Claims) -> bool:
    return user.is_active and claims.password_mark == tokens.password_mark(user) and not must_set_up_factor(user)


def _issue(session: UserSession) -> IssuedTokens:
    return IssuedTokens(
        access=tokens.sign(use="access", user=session.user, lifetime=settings.ACCESS_TOKEN_LIFETIME, session=session.pk),
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
    """A token with which `user` may call for ACCESS_TOKEN_LIFETIME, of no login that could be ended before."""
    return tokens.sign(use="access", user=user, lifetime=settings.ACCESS_TOKEN_LIFETIME)


_USER = Prepared(lambda key: User.objects.filter(pk=key).order_by(), samples=[uuid.UUID(int=1)])
_USER_OF_LOGIN = Prepared(
    lambda key, session_id: User.objects.filter(UserSession.goes_on(session_id), pk=key).order_by(),
    samples=[uuid.UUID(int=1), uuid.UUID(int=2)],
)


def user_of_access_token(token: str) -> User:
    """The user who calls with a token.

    Raises:
        Unauthenticated: it is not valid, its login was ended, or its user may no longer come in.
    """
    claims = tokens.read_access(token)
    user = _USER.first(claims.user_id) if claims.session_id is None else _USER_OF_LOGIN.first(claims.user_id, claims.session_id)
    if user is None or not user.is_active or claims.password_mark != tokens.password_mark(user):
        raise Unauthenticated(code="token_not_valid")
    return user


@transaction.atomic
def unlock_login(*, attempt: AccessAttempt, by: User | None) -> None:
    """Let a name in again before its quarter of an hour is over, from every address; wrong codes are forgotten too."""
    AccessAttempt.objects.filter(username=attempt.username).delete()
    user = User.objects.filter(email=attempt.username).first()
    log_act(AuditAction.LOGIN_UNLOCKED, ref_to(user) if user else None, context={"username": attempt.username})
