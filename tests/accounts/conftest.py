import pytest


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    """Argon2 is slow on purpose; what these tests ask does not depend on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def roomy_limits(settings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
