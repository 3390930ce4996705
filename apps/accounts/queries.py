"""Where a person is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.crypto import salted_hmac

from apps.accounts.models import BrowserSession, User, UserSession
from apps.core import clock

# The first name that the text holds, since a browser names those that it takes after too.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux"}
UNKNOWN_LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """A browser or a program that is logged in. A browser's key opens the door, so a page names it by its handle."""

    key: str | UUID
    user_agent: str
    ip_address: str
    began_at: datetime | None
    seen_at: datetime | None

    @property
    def handle(self) -> str:
        return salted_hmac("accounts.session", str(self.key), algorithm="sha256").hexdigest()[:32]

    @property
    def program(self) -> str:
        """What people call the browser and its system; a program that is no browser says its own name."""
        named = [next((name for mark, name in names.items() if mark in self.user_agent), "") for names in (BROWSERS, SYSTEMS)]
        return ", ".join(filter(None, named)) if named[0] else self.user_agent[:UNKNOWN_LENGTH] or "?"

    @property
    def is_browser(self) -> bool:
        return isinstance(self.key, str)


def live_sessions(user: User) -> list[LiveSession]:
    """Every session of this person that is still good: browsers, then logins through the API, the latest first."""
    now = clock.now()
    browsers = BrowserSession.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at")
    lines = UserSession.objects.filter(user=user, ended_at__isnull=True, expires_at__gt=now).order_by("-created_at")
    return [*map(_of_browser, browsers), *map(_of_line, lines)]


def _of_browser(session: BrowserSession) -> LiveSession:
    return LiveSession(
        key=session.session_key,
        user_agent=session.user_agent,
        ip_address=session.ip_address,
        began_at=session.began_at,
        seen_at=session.seen_at,
    )


def _of_line(line: UserSession) -> LiveSession:
    return LiveSession(
        key=line.pk,
        user_agent=line.user_agent,
        ip_address=line.ip_address,
        began_at=line.created_at,
        seen_at=line.updated_at,
    )
