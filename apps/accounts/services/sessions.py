"""Ending sessions: of a browser its row is the session, of the API the line of refresh tokens."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.accounts.models import BrowserSession, User, UserSession
from apps.accounts.queries import live_sessions
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.records import ref_to


@transaction.atomic
def end_session(*, user: User, handle: str) -> None:
    """End one of a person's own sessions.

    Raises:
        NotFound: it is not there (any more), or is somebody else's.
    """
    found = next((session for session in live_sessions(user) if session.handle == handle), None)
    if found is None:
        raise NotFound
    ended = _end_browsers(user, key=found.key) if isinstance(found.key, str) else _end_lines(user, key=found.key)
    _log(user, ended)


@transaction.atomic
def end_other_sessions(*, user: User, but: str | None) -> None:
    """End all of a person's sessions but the one of this browser."""
    drop_sessions(user, but=but)


@transaction.atomic
def end_sessions(*, user: User, by: User | None) -> None:
    """End all sessions of a person, as an administrator does."""
    drop_sessions(user)


def drop_sessions(user: User, *, but: str | None = None) -> None:
    """End all sessions of a person, as a part of another act; `but` is the key of a browser that stays."""
    _log(user, _end_browsers(user, but=but) + _end_lines(user))


def _end_browsers(user: User, *, key: str | None = None, but: str | None = None) -> int:
    sessions = BrowserSession.objects.filter(user=user).exclude(session_key=but or "")
    removed, _per_model = (sessions.filter(session_key=key) if key else sessions).delete()
    return removed


def _end_lines(user: User, *, key: UUID | None = None) -> int:
    lines = UserSession.objects.filter(user=user, ended_at__isnull=True)
    return (lines.filter(pk=key) if key else lines).update(ended_at=clock.now())


def _log(user: User, ended: int) -> None:
    if ended:
        log_act(AuditAction.SESSIONS_ENDED, ref_to(user), context={"ended": ended})


def forget_ended_sessions() -> int:
    """Remove sessions that have run out, of browsers and of the API; gives how many."""
    now = clock.now()
    removed = [
        UserSession.objects.filter(expires_at__lt=now).delete(),
        BrowserSession.objects.filter(expire_date__lt=now).delete(),
    ]
    return sum(count for count, _per_model in removed)
