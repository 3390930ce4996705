"""Sessions of browsers and of the API: over in time, seen by their owner, ended by owner and administrator."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from apps.accounts import services
from apps.accounts.models import BrowserSession, User, UserSession
from apps.accounts.queries import LiveSession, live_sessions
from apps.accounts.services import logins
from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.errors import NotFound
from tests.factories.accounts import PASSWORD, BrowserSessionFactory, UserFactory, user_with_password

BACKEND = "apps.accounts.backends.LoginBackend"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
def sanne(db) -> User:
    return user_with_password(is_staff=True, is_superuser=True)


def browser(agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post("/admin/login/", {"username": "sanne@example.org", "password": PASSWORD})
    return client


def tokens_of(user: User) -> dict[str, str]:
    issued = logins._open_session(user)
    return {"access": issued.access, "refresh": issued.refresh}


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def refreshes(refresh: str) -> bool:
    return Client().post("/api/v1/auth/token/refresh", {"refresh": refresh}, content_type="application/json").status_code == 200


def calls(access: str) -> bool:
    return Client().get("/api/v1/orders", headers={"authorization": f"Bearer {access}"}).status_code == 200


class TestTime:
    def test_half_an_hour_of_silence_ends_it(self, sanne) -> None:
        start = clock.now()
        with time_machine.travel(start, tick=False) as now:
            client = browser()
            now.move_to(start + timedelta(minutes=29))
            assert is_in(client)
            now.move_to(start + timedelta(minutes=58))
            assert is_in(client)
            now.move_to(start + timedelta(minutes=88, seconds=1))
            assert not is_in(client)

    def test_how_long_is_a_setting(self, sanne, settings) -> None:
        settings.SESSION_IDLE_TIME = timedelta(minutes=5)
        client = browser()

        with time_machine.travel(clock.now() + timedelta(minutes=6)):
            assert not is_in(client)

    def test_twelve_hours_end_it_however_busy(self, sanne) -> None:
        start = clock.now()
        with time_machine.travel(start, tick=False) as now:
            client = browser()
            for quarter in range(1, 48):
                now.move_to(start + timedelta(minutes=15 * quarter))
                assert is_in(client)
            now.move_to(start + timedelta(hours=12, seconds=1))
            assert not is_in(client)

    def test_being_seen_is_written_once_a_minute(self, sanne) -> None:
        client = browser()
        first = BrowserSession.objects.get().seen_at
        is_in(client)
        second = BrowserSession.objects.get().seen_at
        with time_machine.travel(clock.now() + timedelta(seconds=61)):
            is_in(client)

        assert second == first
        assert BrowserSession.objects.get().seen_at > first

    def test_a_new_login_in_the_same_browser_starts_anew(self, sanne) -> None:
        start = clock.now()
        with time_machine.travel(start, tick=False) as now:
            client = browser()
            before = client.session.session_key
            now.move_to(start + timedelta(minutes=20))
            client.post("/admin/login/", {"username": "sanne@example.org", "password": PASSWORD})

            assert BrowserSession.objects.get().began_at == start + timedelta(minutes=20)
            assert client.session.session_key != before

    def test_what_has_run_out_is_forgotten(self, sanne) -> None:
        browser()
        tokens_of(sanne)

        with time_machine.travel(clock.now() + timedelta(days=8)):
            assert services.forget_ended_sessions() == 2
        assert BrowserSession.objects.count() == UserSession.objects.count() == 0

    def test_the_api_leaves_no_session_of_a_browser(self, client, sanne) -> None:
        body = {"username": "sanne@example.org", "password": PASSWORD}
        client.post("/api/v1/auth/token", body, content_type="application/json", headers={"user-agent": "curl/8"})

        assert BrowserSession.objects.count() == 0
        assert UserSession.objects.get().user_agent == "curl/8"

    def test_a_page_that_nobody_logged_in_to_leaves_none(self, client, db) -> None:
        client.get("/admin/login/")
        client.post("/admin/login/", {"username": "x@example.org", "password": "wrong"})

        assert BrowserSession.objects.count() == 0


class TestEnding:
    def test_a_person_sees_where_they_are_logged_in(self, sanne) -> None:
        here, _there = browser(FIREFOX), browser(CHROME)
        tokens_of(sanne)
        BrowserSessionFactory(expire_date=clock.now() + timedelta(hours=1), user_agent="of somebody else")
        page = here.get("/admin/security/")

        assert [(session.program, session.is_browser) for session in page.context["sessions"]] == [
            ("Chrome, Windows", True),
            ("Firefox, Linux", True),
            ("?", False),
        ]
        assert here.session.session_key not in page.text
        assert "of somebody else" not in page.text

    def test_one_is_ended(self, sanne) -> None:
        here, there, third = browser(), browser(CHROME), browser(CHROME)
        handle = next(each.handle for each in live_sessions(sanne) if each.key == there.session.session_key)
        here.post("/admin/security/sessions/end/", {"session": handle})

        assert [is_in(client) for client in (here, there, third)] == [True, False, True]
        assert AuditLog.objects.get(action="sessions_ended").context == {"ended": 1}

    def test_a_login_through_the_api_is_ended_at_once(self, sanne) -> None:
        here, issued, other = browser(), tokens_of(sanne), tokens_of(sanne)
        first = UserSession.objects.order_by("created_at").first()
        handle = next(each.handle for each in live_sessions(sanne) if each.key == first.pk)
        assert calls(issued["access"])
        here.post("/admin/security/sessions/end/", {"session": handle})

        assert [calls(issued["access"]), refreshes(issued["refresh"])] == [False, False]
        assert [calls(other["access"]), refreshes(other["refresh"])] == [True, True]

    def test_all_others_are_ended(self, sanne) -> None:
        here, there, issued = browser(), browser(), tokens_of(sanne)
        here.post("/admin/security/sessions/end/")

        assert [is_in(here), is_in(there), refreshes(issued["refresh"])] == [True, False, False]

    def test_nobody_ends_the_session_of_another(self, sanne) -> None:
        other = BrowserSessionFactory(expire_date=clock.now() + timedelta(hours=1))
        foreign = LiveSession(key=other.session_key, user_agent="", ip_address="", began_at=None, seen_at=None)
        with pytest.raises(NotFound):
            services.end_session(user=sanne, handle=foreign.handle)

        assert BrowserSession.objects.filter(pk=other.pk).exists()

    def test_an_administrator_ends_all_of_a_person(self, sanne) -> None:
        there, issued = browser(), tokens_of(sanne)
        admin = Client()
        admin.force_login(UserFactory(superuser=True), backend=BACKEND)
        admin.post(f"/admin/accounts/user/{sanne.pk}/do/end-sessions/")

        assert [is_in(there), calls(issued["access"]), refreshes(issued["refresh"]), is_in(admin)] == [False, False, False, True]

    def test_a_disabled_person_is_out_for_good(self, sanne) -> None:
        there, issued = browser(), tokens_of(sanne)
        admin = Client()
        admin.force_login(UserFactory(superuser=True), backend=BACKEND)
        form = {"email": sanne.email, "first_name": "Sanne", "last_name": "", "language": "nl", "is_staff": "on"}
        admin.post(f"/admin/accounts/user/{sanne.pk}/change/", form)
        disabled = User.objects.get(pk=sanne.pk).is_active
        User.objects.filter(pk=sanne.pk).update(is_active=True)

        assert disabled is False
        assert [is_in(there), calls(issued["access"]), refreshes(issued["refresh"])] == [False, False, False]

    def test_a_person_disabled_by_whatever_door_is_out(self, sanne) -> None:
        there, issued = browser(), tokens_of(sanne)
        User.objects.filter(pk=sanne.pk).update(is_active=False)

        assert [is_in(there), calls(issued["access"]), refreshes(issued["refresh"])] == [False, False, False]

    def test_a_new_password_ends_all_but_the_browser_that_set_it(self, sanne) -> None:
        here, there, issued = browser(), browser(), tokens_of(sanne)
        new = "Een-ander-wachtwoord-9"
        here.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

        assert [is_in(here), is_in(there), calls(issued["access"]), refreshes(issued["refresh"])] == [True, False, False, False]
        assert BrowserSession.objects.count() == 1
        assert UserSession.objects.get().ended_at is not None

    def test_so_does_one_from_an_administrator(self, sanne) -> None:
        there, issued = browser(), tokens_of(sanne)
        admin = Client()
        admin.force_login(UserFactory(superuser=True), backend=BACKEND)
        new = "Een-ander-wachtwoord-9"
        admin.post(f"/admin/accounts/user/{sanne.pk}/password/", {"usable_password": "true", "password1": new, "password2": new})

        assert User.objects.get(pk=sanne.pk).check_password(new)
        assert [is_in(there), refreshes(issued["refresh"]), is_in(admin)] == [False, False, True]
        assert not BrowserSession.objects.filter(user=sanne).exists()

    def test_logging_out_leaves_nothing_behind(self, sanne) -> None:
        here = browser()
        left = here.post("/admin/logout/")

        assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert BrowserSession.objects.count() == 0
        assert AuditLog.objects.filter(action="logout", record_id=str(sanne.pk)).count() == 1
        assert not is_in(here)

    def test_looking_at_the_way_out_clears_no_browser(self, sanne) -> None:
        assert "Clear-Site-Data" not in browser().get("/admin/logout/").headers


def test_the_cookie_goes_with_the_browser(sanne) -> None:
    cookie = browser().cookies[settings.SESSION_COOKIE_NAME]

    assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == ("", "", True, "Lax")
