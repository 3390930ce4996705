"""Logging in through the API, and everything that may stand in its way."""

import uuid
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.test import Client

from apps.accounts import services, tokens
from apps.accounts.models import User, UserSession
from apps.accounts.services import logins
from apps.audit.models import AuditLog
from apps.core import clock
from tests.concurrency import together
from tests.factories.accounts import PASSWORD, UserFactory, user_with_password

pytestmark = pytest.mark.urls("tests.core.urls_of_tests")


@pytest.fixture
def sanne(db) -> User:
    return user_with_password()


def log_in(client: Client, username: str = "sanne@example.org", password: str = PASSWORD, **more: object):
    body = {"username": username, "password": password, **more}
    return client.post("/api/v1/auth/token", body, content_type="application/json")


def refresh(client: Client, token: str):
    return client.post("/api/v1/auth/token/refresh", {"refresh": token}, content_type="application/json")


def ask_with(client: Client, bearer: str):
    return client.get("/api/v1/people-only", headers={"authorization": f"Bearer {bearer}"})


def test_a_login_gives_tokens_that_open_the_api(client, sanne) -> None:
    issued = log_in(client).json()

    assert set(issued) == {"access", "refresh", "expires_in"}
    assert issued["expires_in"] == settings.ACCESS_TOKEN_LIFETIME.total_seconds()
    assert ask_with(client, issued["access"]).json() == {"user": str(sanne.pk)}


@pytest.mark.parametrize("typed", ["SANNE@Example.ORG", " sanne@example.org ", "ｓａｎｎｅ@example.org"])
def test_the_name_may_be_typed_in_any_case(client, sanne, typed: str) -> None:
    assert log_in(client, typed).status_code == 200


def test_a_password_of_composed_and_decomposed_letters_is_the_same(client, db) -> None:
    user = user_with_password(email="zoe@example.org")
    user.set_password("Laadpa\u00e1l-geheim")
    user.save()

    assert log_in(client, "zoe@example.org", "Laadpaa\u0301l-geheim").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("sanne@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("ѕanne@example.org", PASSWORD),  # a Cyrillic letter
        ("sanne", PASSWORD),
        ("sanne@example.org", PASSWORD + " "),
    ],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client, sanne, username: str, password: str) -> None:
    response = log_in(client, username, password)

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert UserSession.objects.count() == 0


def test_neither_an_inactive_nor_a_service_user_logs_in(client, db) -> None:
    user_with_password(email="gone@example.org", is_active=False)
    user_with_password(email="machine@example.org", is_service=True)

    assert log_in(client, "gone@example.org").json()["code"] == "invalid_credentials"
    assert log_in(client, "machine@example.org").json()["code"] == "invalid_credentials"


def test_a_text_longer_than_any_password_is_not_hashed(client, sanne) -> None:
    response = log_in(client, password="x" * 129)
    page = client.post("/admin/login/", {"username": "sanne@example.org", "password": "x" * 129})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/password"
    assert page.status_code == 200


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": 1, "password": "x"}, {"username": "a", "password": ""}])
def test_half_a_login_is_malformed(client, sanne, body: dict) -> None:
    response = client.post("/api/v1/auth/token", body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


class TestLock:
    def test_five_failures_shut_the_door_for_the_right_password_too(self, client, sanne) -> None:
        failures = [log_in(client, password="wrong") for _ in range(5)]
        locked = log_in(client)

        assert [failure.status_code for failure in failures] == [401, 401, 401, 401, 429]
        assert failures[4].json()["code"] == "login_locked"
        assert (locked.status_code, locked.json()["code"]) == (429, "login_locked")
        assert locked.headers["Retry-After"] == "900"

    def test_the_same_name_in_other_letters_is_the_same_name(self, client, sanne) -> None:
        for spelling in [
            "sanne@example.org",
            "Sanne@example.org",
            "SANNE@example.org",
            " sanne@example.org",
            "sannE@example.org",
        ]:
            log_in(client, spelling, "wrong")

        assert log_in(client).status_code == 429

    def test_the_admin_and_the_api_share_the_lock(self, client, sanne) -> None:
        pages = [client.post("/admin/login/", {"username": "Sanne@example.org", "password": "wrong"}) for _ in range(5)]

        assert [page.status_code for page in pages] == [200, 200, 200, 200, 429]
        assert "15 minut" in pages[4].text
        assert log_in(client).status_code == 429

    def test_another_name_is_not_locked(self, client, sanne) -> None:
        user_with_password(email="piet@example.org")
        for _ in range(5):
            log_in(client, password="wrong")

        assert log_in(client, "piet@example.org").status_code == 200

    def test_the_door_opens_again_after_a_quarter_of_an_hour(self, client, sanne) -> None:
        for _ in range(5):
            log_in(client, password="wrong")

        with time_machine.travel(clock.now() + timedelta(minutes=16)):
            assert log_in(client).status_code == 200

    def test_success_forgets_the_failures(self, client, sanne) -> None:
        for _ in range(4):
            log_in(client, password="wrong")
        log_in(client)
        for _ in range(4):
            log_in(client, password="wrong")

        assert log_in(client).status_code == 200

    def test_staff_can_unlock(self, client, sanne) -> None:
        from axes.models import AccessAttempt

        for _ in range(5):
            log_in(client, password="wrong")
        services.unlock_login(attempt=AccessAttempt.objects.get(), by=None)

        assert log_in(client).status_code == 200


class TestRefresh:
    def test_each_refresh_token_is_good_once(self, client, sanne) -> None:
        first = log_in(client).json()
        second = refresh(client, first["refresh"]).json()
        third = refresh(client, second["refresh"]).json()

        assert ask_with(client, third["access"]).status_code == 200
        assert len({first["refresh"], second["refresh"], third["refresh"]}) == 3

    def test_a_token_that_comes_back_ends_its_whole_line(self, client, sanne) -> None:
        stolen = log_in(client).json()["refresh"]
        owners = refresh(client, stolen).json()["refresh"]
        thiefs = refresh(client, stolen)
        afterwards = refresh(client, owners)

        assert (thiefs.status_code, thiefs.json()["code"]) == (401, "token_not_valid")
        assert (afterwards.status_code, afterwards.json()["code"]) == (401, "token_not_valid")
        assert UserSession.objects.get().ended_at is not None

    def test_other_logins_of_the_same_person_go_on(self, client, sanne) -> None:
        phone, laptop = log_in(client).json(), log_in(client).json()
        refresh(client, phone["refresh"])
        refresh(client, phone["refresh"])

        assert refresh(client, laptop["refresh"]).status_code == 200

    def test_it_ends_after_a_week_without_use(self, client, sanne) -> None:
        issued = log_in(client).json()

        with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)):
            assert refresh(client, issued["refresh"]).status_code == 401

    def test_it_ends_with_the_password_and_with_the_user(self, client, sanne) -> None:
        before, inactive = log_in(client).json(), log_in(client).json()
        sanne.set_password("Een-ander-wachtwoord-9")
        sanne.save()
        after_change = refresh(client, before["refresh"])
        User.objects.filter(pk=sanne.pk).update(is_active=False)

        assert after_change.status_code == 401
        assert ask_with(client, before["access"]).status_code == 401
        assert refresh(client, inactive["refresh"]).status_code == 401

    def test_the_two_tokens_do_not_replace_each_other(self, client, sanne) -> None:
        issued = log_in(client).json()

        assert refresh(client, issued["access"]).status_code == 401
        assert ask_with(client, issued["refresh"]).status_code == 401

    def test_32_at_once_with_one_token_give_one_pair_and_end_the_line(self, real_commits) -> None:
        user = UserFactory()
        issued = logins._open_session(user)

        results = together([lambda: services.refresh_tokens(refresh=issued.refresh)] * 32)

        assert sum(isinstance(result, services.IssuedTokens) for result in results) == 1
        assert {type(result).__name__ for result in results} == {"IssuedTokens", "Unauthenticated"}
        assert UserSession.objects.get().ended_at is not None

    def test_ended_lines_are_forgotten(self, sanne) -> None:
        logins._open_session(sanne)

        with time_machine.travel(clock.now() + timedelta(days=8)):
            assert services.forget_ended_sessions() == 1


class TestAccess:
    def test_it_ends_in_time(self, client, sanne) -> None:
        token = services.issue_access_token(sanne)

        with time_machine.travel(clock.now() + settings.ACCESS_TOKEN_LIFETIME + timedelta(seconds=1)):
            assert ask_with(client, token).json()["code"] == "token_not_valid"

    def test_a_token_signed_with_the_key_before_the_last_still_opens(self, client, sanne, settings) -> None:
        token = services.issue_access_token(sanne)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]

        assert ask_with(client, token).status_code == 200

    def forged(self, sanne, **changes: object) -> list[str]:
        payload = {"sub": str(sanne.pk), "use": "access", "mark": tokens.password_mark(sanne), "exp": clock.now() + timedelta(1)}
        return [
            jwt.encode(payload, "another secret of at least 32 bytes!!", algorithm="HS256"),
            jwt.encode(payload, None, algorithm="none"),
            jwt.encode(payload, settings.SECRET_KEY * 2, algorithm="HS512"),
            jwt.encode({**payload, "sub": "1"}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({**payload, "sub": str(uuid.uuid4())}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({**payload, "use": ["access"]}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({**payload, "exp": "tomorrow"}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({name: payload[name] for name in ("sub", "use", "mark")}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({**payload, "mark": 5}, settings.SECRET_KEY, algorithm="HS256"),
        ]

    def test_no_forged_token_opens(self, client, sanne) -> None:
        answers = [ask_with(client, token) for token in self.forged(sanne)]

        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "token_not_valid")}

    @pytest.mark.parametrize(
        "header",
        [
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b.c",
            "Bearer é",
            "bearer  x y",
            "Bearer x, Bearer y",
            "Bearer " + "x" * 5000,
        ],
    )
    def test_no_nonsense_opens(self, client, sanne, header: str) -> None:
        assert client.get("/api/v1/people-only", headers={"authorization": header}).status_code == 401

    @pytest.mark.parametrize("header", ["Basic c2FubmU6eA==", "Token x", ""])
    def test_another_scheme_is_no_credential(self, client, sanne, header: str) -> None:
        response = client.get("/api/v1/people-only", headers={"authorization": header})

        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")

    def test_a_bad_token_is_refused_in_spite_of_a_good_session(self, client, sanne) -> None:
        client.force_login(sanne, backend="apps.accounts.backends.LoginBackend")

        assert client.get("/api/v1/people-only").status_code == 200
        assert ask_with(client, "x").status_code == 401

    def test_a_write_by_session_needs_the_csrf_token(self, sanne) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(sanne, backend="apps.accounts.backends.LoginBackend")

        response = browser.post("/api/v1/write", {"name": "x"}, content_type="application/json")

        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


def test_logins_and_failures_stand_in_the_audit_log(client, sanne) -> None:
    User.objects.filter(pk=sanne.pk).update(is_staff=True)
    log_in(client, password="wrong")
    log_in(client)
    client.post("/admin/login/", {"username": "sanne@example.org", "password": PASSWORD})
    rows = AuditLog.objects.filter(action__startswith="login").order_by("id")

    assert [(row.action, row.actor_id) for row in rows] == [
        ("login_failed", ""),
        ("login", str(sanne.pk)),
        ("login", str(sanne.pk)),
    ]
    assert rows[0].context["username"] == "sanne@example.org"
    assert PASSWORD not in str([row.context for row in rows])
