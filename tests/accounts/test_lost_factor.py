"""Lost factors, taken away by an administrator; and the key under which all of them are kept."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client

from apps.accounts import services
from apps.accounts.models import User
from apps.audit.models import AuditLog
from apps.core.errors import Refused
from tests.accounts.factors import SECRET, shown, with_app, with_recovery_codes
from tests.factories.accounts import PASSWORD, UserFactory, user_with_password


@pytest.fixture
def sanne(db) -> User:
    return user_with_password(is_staff=True, is_superuser=True)


@pytest.fixture
def app(sanne) -> Authenticator:
    return with_app(sanne)


def log_in(client: Client, code: str = ""):
    answer = client.post("/admin/login/", {"username": "sanne@example.org", "password": PASSWORD})
    return client.post("/admin/login/code/", {"code": code}) if code else answer


@pytest.fixture
def admin(client, db) -> Client:
    client.force_login(UserFactory(superuser=True), backend="apps.accounts.backends.LoginBackend")
    return client


def test_an_administrator_takes_it_away_and_says_why(admin, sanne, app) -> None:
    with_recovery_codes(sanne)
    elsewhere = Client()
    log_in(elsewhere, shown())

    page = admin.get(f"/admin/accounts/user/{sanne.pk}/change/")
    admin.post(f"/admin/accounts/user/{sanne.pk}/do/remove-factors/", {"reason": "Phone stolen; seen on video."})
    rows = AuditLog.objects.filter(action="factor_removed").order_by("id")

    assert "/do/remove-factors/" in page.text
    assert Authenticator.objects.count() == 0
    assert [(row.record_id, row.reason, row.context["kind"]) for row in rows] == [
        (str(sanne.pk), "Phone stolen; seen on video.", "totp"),
        (str(sanne.pk), "Phone stolen; seen on video.", "recovery_codes"),
    ]
    assert elsewhere.get("/admin/").status_code == 302
    assert log_in(Client()).headers["Location"] == "/admin/"


def test_without_a_reason_it_stays(admin, sanne, app) -> None:
    admin.post(f"/admin/accounts/user/{sanne.pk}/do/remove-factors/", {"reason": " "})

    assert Authenticator.objects.count() == 1


def test_nobody_takes_away_their_own_like_that(sanne, app) -> None:
    with pytest.raises(Refused) as refusal:
        services.remove_factors(user=sanne, reason="x", by=sanne)

    assert refusal.value.code == "own_factors"
    assert Authenticator.objects.count() == 1


def test_there_must_be_something_to_take_away(sanne) -> None:
    with pytest.raises(Refused) as refusal:
        services.remove_factors(user=sanne, reason="x", by=None)

    assert refusal.value.code == "no_factor"


def test_the_factors_move_to_a_new_key(client, sanne, app, settings, capsys) -> None:
    with_recovery_codes(sanne)
    settings.FIELD_ENCRYPTION_KEYS = ["new:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", *settings.FIELD_ENCRYPTION_KEYS]

    call_command("reencrypt_secrets", database="default")
    first = capsys.readouterr().out
    call_command("reencrypt_secrets", database="default")
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]

    assert "mfa.Authenticator: 2 moved to the first key" in first
    assert "mfa.Authenticator: 0 moved to the first key" in capsys.readouterr().out
    assert log_in(client, shown()).headers["Location"] == "/admin/"
    assert SECRET not in str(list(Authenticator.objects.values_list("data", flat=True)))
