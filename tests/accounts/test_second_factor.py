"""The second factor through the API and the back office: asked for, good once, tried five times, lost and found."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.test import Client

from apps.accounts import services
from apps.accounts.models import BrowserSession, User, UserSession
from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.errors import TooMany, Unauthenticated
from tests.accounts.factors import shown, with_app, with_recovery_codes, wrong
from tests.concurrency import together
from tests.factories.accounts import PASSWORD, UserFactory, user_with_password

BACKEND = "apps.accounts.backends.LoginBackend"
CODE_PAGE = "/admin/login/code/"


@pytest.fixture
def sanne(db) -> User:
    return user_with_password(is_staff=True, is_superuser=True)


@pytest.fixture
def app(sanne) -> Authenticator:
    return with_app(sanne)


def call(client: Client, **more: object):
    body = {"username": "sanne@example.org", "password": PASSWORD, **more}
    return client.post("/api/v1/auth/token", body, content_type="application/json")


def log_in(client: Client, code: str | None = None):
    answer = client.post("/admin/login/?next=/admin/orders/order/", {"username": "sanne@example.org", "password": PASSWORD})
    return answer if code is None else client.post(CODE_PAGE, {"code": code})


def acts(user: User) -> list[tuple[str, str]]:
    rows = AuditLog.objects.filter(record_id=str(user.pk), action__startswith="factor").order_by("id")
    return [(row.action, row.context["kind"]) for row in rows]


class TestApi:
    def test_a_code_is_asked_for(self, client, app) -> None:
        refused = call(client)

        assert (refused.status_code, refused.json()["code"]) == (401, "otp_required")
        assert UserSession.objects.count() == 0

    def test_the_right_code_opens(self, client, app) -> None:
        assert set(call(client, otp=shown()).json()) == {"access", "refresh", "expires_in"}

    @pytest.mark.parametrize("steps", [-1, 1])
    def test_a_clock_may_be_half_a_minute_off(self, client, app, steps: int) -> None:
        assert call(client, otp=shown(steps=steps)).status_code == 200

    @pytest.mark.parametrize("steps", [-3, -2, 2, 3])
    def test_but_no_more(self, client, app, steps: int) -> None:
        assert call(client, otp=shown(steps=steps)).json()["code"] == "otp_invalid"

    def test_a_code_is_good_once_and_those_before_it_no_more(self, client, app) -> None:
        codes = shown(), shown(steps=-1), shown(steps=1)

        answers = [call(client, otp=code) for code in (codes[0], *codes)]

        assert [answer.status_code for answer in answers] == [200, 401, 401, 200]
        assert answers[1].json()["code"] == "otp_invalid"

    def test_a_recovery_code_opens_once(self, client, sanne, app) -> None:
        code = with_recovery_codes(sanne)[3]

        answers = [call(client, otp=code), call(client, otp=code)]

        assert [answer.status_code for answer in answers] == [200, 401]
        assert answers[1].json()["code"] == "otp_invalid"

    @pytest.mark.parametrize("otp", ["", "      ", "12345", "abcdef", "１２３４５６", "0" * 10, "é" * 6, "'; --", "-------"])
    def test_nonsense_opens_nothing(self, client, app, otp: str) -> None:
        refused = call(client, otp=otp)

        assert (refused.status_code, refused.json()["code"] in {"otp_required", "otp_invalid"}) == (401, True)
        assert UserSession.objects.count() == 0

    def test_a_wrong_password_does_not_tell_of_the_factor(self, client, app) -> None:
        refused = call(client, password="wrong", otp=shown())

        assert refused.json()["code"] == "invalid_credentials"
        assert call(client, otp=shown()).status_code == 200  # the code was not used up by it

    def test_wrong_codes_count_as_wrong_passwords(self, client, app) -> None:
        for _ in range(2):
            call(client, password="wrong")
        refused = [call(client, otp=wrong()) for _ in range(3)]
        locked = call(client, otp=shown())

        assert [answer.status_code for answer in refused] == [401, 401, 429]
        assert (locked.status_code, locked.json()["code"]) == (429, "login_locked")
        assert locked.headers["Retry-After"] == "900"

    def test_wrong_codes_are_counted_whatever_the_address(self, client, app) -> None:
        answers = [call(Client(REMOTE_ADDR=f"10.0.0.{last}"), otp=wrong()) for last in range(1, 7)]
        right = call(Client(REMOTE_ADDR="10.0.0.99"), otp=shown())

        assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 401, 429]
        assert (right.status_code, right.json()["code"]) == (429, "login_locked")
        with time_machine.travel(clock.now() + timedelta(minutes=16)):
            assert call(Client(REMOTE_ADDR="10.0.0.99"), otp=shown()).status_code == 200

    def test_an_administrator_unlocks_the_name(self, client, app) -> None:
        for last in range(1, 6):
            call(Client(REMOTE_ADDR=f"10.0.0.{last}"), otp=wrong())
        services.unlock_login(attempt=AccessAttempt.objects.first(), by=None)

        assert AccessAttempt.objects.count() == 0
        assert AuditLog.objects.get(action="login_unlocked").context == {"username": "sanne@example.org"}
        assert call(client, otp=shown()).status_code == 200

    def test_a_login_forgets_the_wrong_codes(self, client, app) -> None:
        for last in range(1, 5):
            call(Client(REMOTE_ADDR=f"10.0.0.{last}"), otp=wrong())
        call(client, otp=shown(steps=-1))
        for last in range(1, 5):
            call(Client(REMOTE_ADDR=f"10.0.1.{last}"), otp=wrong())

        assert call(client, otp=shown()).status_code == 200

    def test_where_it_is_required_staff_without_one_get_nothing(self, client, sanne, settings) -> None:
        settings.REQUIRE_MFA = True
        refused = call(client)

        assert (refused.status_code, refused.json()["code"]) == (403, "mfa_setup_required")
        assert UserSession.objects.count() == 0

    def test_who_is_no_staff_needs_none(self, client, db, settings) -> None:
        settings.REQUIRE_MFA = True
        user_with_password()

        assert call(client).status_code == 200

    def test_a_refresh_ends_where_the_factor_is_gone(self, client, sanne, app, settings) -> None:
        settings.REQUIRE_MFA = True
        issued = call(client, otp=shown()).json()
        app.delete()

        refused = client.post("/api/v1/auth/token/refresh", {"refresh": issued["refresh"]}, content_type="application/json")

        assert refused.status_code == 401
        assert UserSession.objects.get().ended_at is not None

    def test_sixteen_at_once_with_one_code_open_one_door(self, real_commits, rf) -> None:
        user = UserFactory()
        with_app(user)
        code = shown()

        results = together([lambda: services.check_code(request=rf.post("/"), user=user, code=code)] * 16)

        assert sum(isinstance(result, Authenticator) for result in results) == 1
        assert {type(result) for result in results} == {Authenticator, Unauthenticated, TooMany}
        assert acts(user) == [("factor_failed", "code")] * 5


class TestBackOffice:
    def test_after_the_password_the_code_is_asked_for(self, client, sanne, app) -> None:
        asked = log_in(client)
        before = client.get("/admin/")
        done = client.post(CODE_PAGE, {"code": shown()})

        assert (asked.status_code, asked.headers["Location"]) == (302, CODE_PAGE)
        assert before.headers["Location"] == "/admin/login/?next=/admin/"
        assert (done.status_code, done.headers["Location"]) == (302, "/admin/orders/order/")
        assert client.get("/admin/").status_code == 200

    def test_without_a_factor_the_password_is_enough(self, client, sanne) -> None:
        assert log_in(client).headers["Location"] == "/admin/orders/order/"
        assert client.get("/admin/").status_code == 200

    def test_a_wrong_code_opens_nothing_and_is_logged(self, client, sanne, app) -> None:
        refused = log_in(client, wrong())

        assert refused.status_code == 200
        assert client.get("/admin/").status_code == 302
        assert acts(sanne) == [("factor_failed", "code")]

    def test_five_wrong_codes_shut_the_door(self, client, sanne, app) -> None:
        log_in(client)
        answers = [client.post(CODE_PAGE, {"code": wrong()}) for _ in range(6)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
        assert "15 minut" in answers[5].text
        assert client.post(CODE_PAGE, {"code": shown()}).status_code == 429
        assert log_in(client).status_code == 429

    def test_the_code_page_is_nothing_without_a_password(self, client, app) -> None:
        assert client.get(CODE_PAGE).headers["Location"] == "/admin/login/"
        assert client.post(CODE_PAGE, {"code": shown()}).headers["Location"] == "/admin/login/"

    def test_the_code_page_waits_a_quarter_of_an_hour(self, client, sanne, app) -> None:
        log_in(client)

        with time_machine.travel(clock.now() + timedelta(minutes=16)):
            assert client.post(CODE_PAGE, {"code": shown()}).headers["Location"] == "/admin/login/"

    @pytest.mark.parametrize(
        "credential",
        ["", "x", "5", "[]", "{}", '{"id": 5}', '{"response": {"userHandle": 1}}', "null", '{"id": "AA", "rawId": "AA"}'],
    )
    def test_a_passkey_of_another_shape_is_refused(self, client, sanne, app, credential: str) -> None:
        log_in(client)

        assert client.post(CODE_PAGE, {"credential": credential}).status_code == 200
        assert client.get("/admin/").status_code == 302

    @pytest.mark.parametrize("credential", ["", "5", "[]", "{}", '{"id": 5, "response": []}', "null"])
    def test_nor_is_one_added(self, client, sanne, credential: str) -> None:
        log_in(client)

        assert client.post("/admin/security/passkeys/add/", {"name": "x", "credential": credential}).status_code == 200
        assert Authenticator.objects.count() == 0

    def test_a_session_of_before_is_another_after_the_login(self, client, sanne, app) -> None:
        log_in(client)
        before = client.session.session_key
        client.post(CODE_PAGE, {"code": shown()})

        assert client.session.session_key != before
        assert list(BrowserSession.objects.values_list("session_key", "user")) == [(client.session.session_key, sanne.pk)]


@pytest.fixture
def set_up(django_capture_on_commit_callbacks) -> Callable[[Client], str]:
    """Set up an app as a person does; gives its secret."""

    def act(client: Client) -> str:
        client.get("/admin/security/app/")
        secret = client.session["mfa.totp.secret"]
        with django_capture_on_commit_callbacks(execute=True):
            done = client.post("/admin/security/app/", {"code": shown(secret)})
        assert done.headers["Location"] == "/admin/security/codes/"
        return secret

    return act


class TestSetUp:
    def test_an_app_is_set_up_and_its_secret_kept_unreadable(self, client, sanne, set_up) -> None:
        log_in(client)
        secret = set_up(client)
        app, codes = Authenticator.objects.order_by("pk")

        assert acts(sanne) == [("factor_added", "totp"), ("factor_added", "recovery_codes")]
        assert (app.user, app.type, codes.user, codes.type) == (sanne, "totp", sanne, "recovery_codes")
        assert secret not in str(app.data)
        assert "mfa.totp.secret" not in client.session

    def test_the_code_of_the_set_up_logs_nobody_in(self, client, sanne, set_up) -> None:
        log_in(client)
        secret = set_up(client)

        assert call(client, otp=shown(secret)).json()["code"] == "otp_invalid"
        assert call(client, otp=shown(secret, steps=1)).status_code == 200

    def test_recovery_codes_are_shown_once(self, client, sanne, set_up) -> None:
        log_in(client)
        set_up(client)
        codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        first, second = client.get("/admin/security/codes/"), client.get("/admin/security/codes/")

        assert len(codes) == 10
        assert all(code in first.text for code in codes)
        assert not any(code in second.text for code in codes)

    def test_it_asks_again_who_you_are_when_the_login_is_a_while_ago(self, client, sanne) -> None:
        log_in(client)
        with time_machine.travel(clock.now() + timedelta(minutes=6)):
            asked = client.get("/admin/security/app/")
            refused = client.post(asked.headers["Location"], {"password": "wrong"})
            still = client.get("/admin/security/app/")
            done = client.post(asked.headers["Location"], {"password": PASSWORD})

            assert asked.headers["Location"] == "/admin/security/again/?next=%2Fadmin%2Fsecurity%2Fapp%2F"
            assert (refused.status_code, still.status_code) == (200, 302)
            assert done.headers["Location"] == "/admin/security/app/"
            assert client.get("/admin/security/app/").status_code == 200
        assert AuditLog.objects.filter(action="login_failed").count() == 1

    def test_sessions_that_knew_the_password_alone_end(self, client, sanne, set_up) -> None:
        elsewhere = Client()
        log_in(elsewhere)
        token = call(Client()).json()
        log_in(client)
        set_up(client)

        assert elsewhere.get("/admin/").status_code == 302
        assert client.get("/admin/").status_code == 200
        assert UserSession.objects.get().ended_at is not None
        assert Client().get("/api/v1/orders", headers={"authorization": f"Bearer {token['access']}"}).status_code == 401

    def test_it_is_removed_again(self, client, sanne, app) -> None:
        log_in(client, shown())
        client.post("/admin/security/app/remove/")

        assert Authenticator.objects.count() == 0
        assert acts(sanne) == [("factor_removed", "totp")]

    def test_nobody_touches_the_passkey_of_another(self, client, sanne) -> None:
        other = Authenticator.objects.create(user=UserFactory(), type="webauthn", data={"name": "Key", "credential": {}})
        log_in(client)

        answers = [client.post(f"/admin/security/passkeys/{other.pk}/{rest}", {"name": "x"}) for rest in ("", "remove/")]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert Authenticator.objects.get().data["name"] == "Key"


class TestRequired:
    @pytest.fixture(autouse=True)
    def required(self, settings) -> None:
        settings.REQUIRE_MFA = True

    @pytest.mark.parametrize(
        "path", ["/admin/", "/admin/orders/order/", "/admin/search/?s=x", "/admin/mailbox/", "/admin/nothing/"]
    )
    def test_staff_without_a_factor_see_the_set_up_alone(self, client, sanne, path: str) -> None:
        log_in(client)

        assert client.get(path).headers["Location"] == "/admin/security/"
        assert client.get("/admin/security/").status_code == 200
        assert client.get("/admin/security/app/").status_code == 200

    def test_nor_does_their_session_open_the_api(self, client, sanne) -> None:
        log_in(client)
        refused = client.get("/api/v1/orders")

        assert (refused.status_code, refused.json()["code"]) == (403, "mfa_setup_required")

    def test_with_a_factor_the_doors_open(self, client, sanne, app) -> None:
        log_in(client, shown())

        assert client.get("/admin/").status_code == 200
        assert client.get("/api/v1/orders").status_code == 200

    def test_they_can_leave(self, client, sanne) -> None:
        log_in(client)

        assert client.post("/admin/logout/").status_code == 200
        assert BrowserSession.objects.count() == 0
