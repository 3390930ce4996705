"""Sessions of browsers: in the database (losing Redis must not log staff out), and over in time.

A session ends SESSION_IDLE_TIME after it was last seen and SESSION_MAX_TIME after the login, whatever happens in between:
both stand in the row's own end, so no request has to be refused by anything but its absence. Being seen is written once a
minute at most; a page left open asks for nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from apps.accounts.models import BrowserSession
from apps.core import clock
from apps.core.middleware import client_ip
from apps.core.prepared import Prepared

_LIVE = Prepared(
    lambda key, moment: BrowserSession.objects.filter(session_key=key, expire_date__gt=moment).order_by(),
    samples=["-key-", datetime.fromisoformat("2000-01-01T00:00:00+00:00")],
)
SEEN_AGAIN_AFTER = timedelta(minutes=1)
BEGAN, SEEN, ADDRESS, AGENT = "began_at", "seen_at", "ip_address", "user_agent"


class SessionStore(DatabaseStore):
    """Django's own, with a row that knows whose it is and when it is over."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def _get_session_from_db(self) -> BrowserSession | None:
        """Asked by every page and every call from a browser: as Django does, by a look-up that is prepared."""
        row = _LIVE.first(self.session_key, clock.now())
        if row is None:
            self._session_key = None
        return row

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        until = clock.now() + settings.SESSION_IDLE_TIME
        began = moment(self.get(BEGAN))
        return min(until, began + settings.SESSION_MAX_TIME) if began else until

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        row: BrowserSession = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        row.began_at, row.seen_at = moment(data.get(BEGAN)), moment(data.get(SEEN))
        row.ip_address, row.user_agent = data.get(ADDRESS, ""), data.get(AGENT, "")
        return row


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def began_at(request: HttpRequest) -> datetime | None:
    """When the login of this session was complete."""
    return moment(request.session.get(BEGAN))


def begin_anew(request: HttpRequest) -> None:
    """A login on top of another has a key and a clock of its own: for the same person, Django would keep both."""
    if SESSION_KEY in request.session:
        request.session.pop(BEGAN, None)
        request.session.cycle_key()


def touch(request: HttpRequest) -> None:
    """Note that a session was seen, and at first from where."""
    session, now = request.session, clock.now()
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now.isoformat()
        session[ADDRESS] = client_ip(request)
        session[AGENT] = request.headers.get("User-Agent", "")[:200]
    elif now - datetime.fromisoformat(session[SEEN]) >= SEEN_AGAIN_AFTER:
        session[SEEN] = now.isoformat()
