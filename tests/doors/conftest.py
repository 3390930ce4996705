from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.doors.world import World, build, undone

ROOMY = {"user": 1_000_000, "public": 1_000_000, "sign_in": 1_000_000, "stranger": 1_000_000}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """Built once for a module, since every call on it is undone."""
    with django_db_blocker.unblock(), override_settings(RATE_LIMITS=ROOMY), undone():
        yield build()
