"""Production refuses to start half configured, and says what is missing."""

import os
import secrets
import subprocess
import sys

import pytest

from chargecars.environment import BASE_DIR

COMPLETE = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://app@db/chargecars",
    "REDIS_URL": "redis://cache/0",
    "SECRET_KEY": "k" * 60,
    "FIELD_ENCRYPTION_KEYS": "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "ALLOWED_HOSTS": "backoffice.example",
    "PUBLIC_BASE_URL": "https://backoffice.example",
}
TELL = (
    "from django.conf import settings as s; print(s.DEBUG, s.REQUIRE_MFA, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE,"
    " s.SECURE_HSTS_SECONDS, s.OUTBOUND_ALLOW_HOSTS, s.ALLOWED_HOSTS)"
)


def check_deployment(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def load(variables: dict[str, str], tell: str = TELL) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "chargecars.settings", **variables}
    return subprocess.run(
        [sys.executable, "-c", tell], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_production_is_strict() -> None:
    assert load(COMPLETE).stdout == "False True True True 63072000 [] ['backoffice.example']\n"


def test_production_passes_djangos_own_checks_without_a_warning() -> None:
    checked = check_deployment({**COMPLETE, "SECRET_KEY": secrets.token_urlsafe(48)})

    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_what_would_be_a_warning_fails() -> None:
    checked = check_deployment({**COMPLETE, "SECRET_KEY": "short"})

    assert checked.returncode == 1
    assert "security.W009" in checked.stderr


def test_the_cookies_of_production_are_bound_to_host_and_tls() -> None:
    told = load(
        COMPLETE,
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE,"
        " s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SESSION_IDLE_TIME, s.SESSION_MAX_TIME)",
    )

    assert told.stdout == "__Host-sid __Host-csrf True True True Lax 0:30:00 12:00:00\n"


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "ENVIRONMENT"])
def test_production_names_what_is_missing(name: str) -> None:
    refused = load({key: value for key, value in COMPLETE.items() if key != name})

    assert refused.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set" in refused.stderr


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"OUTBOUND_ALLOW_HOSTS": "erp.example,127.0.0.1"}, "OUTBOUND_ALLOW_HOSTS lists a loopback address"),
        ({"DEMO": "1"}, "DEMO is on, which production refuses"),
        ({"EMAIL_PROVIDER": "postmark"}, "EMAIL_API_KEY is not set; EMAIL_PROVIDER=postmark needs it"),
        ({"EMAIL_PROVIDER": "pigeon"}, "EMAIL_PROVIDER is 'pigeon'"),
        ({"REQUIRE_MFA": "perhaps"}, "REQUIRE_MFA is 'perhaps'"),
    ],
)
def test_production_refuses_what_is_not_for_it(variables: dict[str, str], text: str) -> None:
    refused = load({**COMPLETE, **variables})

    assert refused.returncode == 1
    assert text in refused.stderr
