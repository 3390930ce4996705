from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.doors.world import World, build, undone
from tests.fixtures import a_database_of_its_own

ROOMY = {"user": 1_000_000, "public": 1_000_000, "sign_in": 1_000_000, "stranger": 1_000_000}

# A password is to be compared, but not slowly: it is offered at the door hundreds of times.
FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """Built once for all tests here, since every call on it is undone."""
    with (
        a_database_of_its_own(django_db_blocker, furnished=True),
        override_settings(RATE_LIMITS=ROOMY, PASSWORD_HASHERS=FAST),
        undone(),
    ):
        yield build()
