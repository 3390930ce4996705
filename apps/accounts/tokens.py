"""Access and refresh tokens: signed (HS256), short of life, useless for anything but what they were issued for."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import jwt
from django.conf import settings

from apps.core import clock
from apps.core.errors import Unauthenticated

ALGORITHM = "HS256"
REQUIRED = ["exp", "sub", "use"]

C = TypeVar("C", bound="Claims")


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says, once its signature is checked."""

    user_id: UUID
    password_mark: str


@dataclass(frozen=True, kw_only=True)
class AccessClaims(Claims):
    """An access token of a login names its line, with which it ends."""

    session_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class RefreshClaims(Claims):
    """A refresh token also names its line and its own place in it."""

    session_id: UUID
    refresh_id: UUID


def sign(*, use: str, user: Any, lifetime: timedelta, **claims: UUID) -> str:
    """A token for `user` that ends after `lifetime`; `use` is access or refresh."""
    payload: dict[str, Any] = {
        "sub": str(user.pk),
        "use": use,
        "mark": password_mark(user),
        "exp": clock.now() + lifetime,
        **{name: str(value) for name, value in claims.items()},
    }
    return jwt.encode(payload, settings.SECRET_KEY, algorithm=ALGORITHM)


def read_access(token: str) -> AccessClaims:
    """What an access token says.

    Raises:
        Unauthenticated: it is not ours, has ended, or is of another use.
    """
    return _read(
        token,
        "access",
        lambda payload: AccessClaims(
            user_id=UUID(payload["sub"]),
            password_mark=payload["mark"],
            session_id=UUID(payload["session"]) if "session" in payload else None,
        ),
    )


def read_refresh(token: str) -> RefreshClaims:
    """What a refresh token says.

    Raises:
        Unauthenticated: it is not ours, has ended, or is of another use.
    """
    return _read(
        token,
        "refresh",
        lambda payload: RefreshClaims(
            user_id=UUID(payload["sub"]),
            password_mark=payload["mark"],
            session_id=UUID(payload["session"]),
            refresh_id=UUID(payload["refresh"]),
        ),
    )


def _read(token: str, use: str, claims_of: Callable[[dict[str, Any]], C]) -> C:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            payload = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"require": REQUIRED, "verify_exp": False})
            if payload["use"] == use and payload["exp"] > clock.now().timestamp():  # our clock, not the library's
                return claims_of(payload)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
            break
    raise Unauthenticated(code="token_not_valid")


def password_mark(user: Any) -> str:
    """Changes with the password and tells nothing about it: tokens of before the change end with it."""
    return hashlib.sha256(user.password.encode()).hexdigest()[:16]
