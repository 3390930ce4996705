"""Access and refresh tokens: signed (HS256), short of life, useless for anything but what they were issued for."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from apps.core import clock
from apps.core.errors import Unauthenticated

ALGORITHM = "HS256"
REQUIRED = ["exp", "sub", "use"]


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says, once its signature is checked. A refresh token names its line and its own place in it."""

    user_id: UUID
    password_mark: str
    session_id: UUID | None = None
    refresh_id: UUID | None = None


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


def read(token: str, *, use: str) -> Claims:
    """What a token says.

    Raises:
        Unauthenticated: it is not ours, has ended, or was issued for another use.
    """
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            payload = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"require": REQUIRED, "verify_exp": False})
            if payload["use"] != use or datetime.fromtimestamp(payload["exp"], tz=UTC) <= clock.now():
                break
            return Claims(
                user_id=UUID(payload["sub"]),
                password_mark=payload["mark"],
                session_id=UUID(payload["session"]) if use == "refresh" else None,
                refresh_id=UUID(payload["refresh"]) if use == "refresh" else None,
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
            break
    raise Unauthenticated(code="token_not_valid")


def password_mark(user: Any) -> str:
    """Changes with the password and tells nothing about it: tokens of before the change end with it."""
    return hashlib.sha256(user.password.encode()).hexdigest()[:16]
