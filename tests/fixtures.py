"""The fixtures that `tests/conftest.py` describes."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from chargecars.runtime.swift_migrations import migrate_as_owner
from tests import concurrency, ground


def _point_to(database: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = database


def _build_template() -> None:
    """The tables, made by their owner; the application's rights; kept free of connections, or it cannot be cloned."""
    ground.create(ground.TEMPLATE)
    migrate_as_owner()
    call_command("apply_grants", verbosity=0)
    _point_to(ground.TEMPLATE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In place of pytest-django's: a clone of the template for this process."""
    database = f"chargecars_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{secrets.token_hex(4)}"
    with django_db_blocker.unblock(), ground.one_at_a_time():
        if not ground.exists(ground.TEMPLATE):
            _build_template()
        ground.create(database, ground.TEMPLATE)
    _point_to(database)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        ground.drop(database)


def _build_furnished() -> None:
    """The reference data, loaded once for all tests that begin with it."""
    ground.create(ground.FURNISHED, ground.TEMPLATE)
    _point_to(ground.FURNISHED)
    call_command("load_reference", verbosity=0)
    connections.close_all()


@contextmanager
def a_database_of_its_own(blocker: DjangoDbBlocker, *, furnished: bool = False) -> Iterator[str]:
    """A clone of the template, `furnished` with the reference data where that is asked, open to Django's connections and gone
    afterwards. Gives its name.
    """
    ours = connections["default"].settings_dict["NAME"]
    database = f"real_{secrets.token_hex(6)}"
    with blocker.unblock():
        with ground.one_at_a_time():
            if furnished and not ground.exists(ground.FURNISHED):
                _build_furnished()
            ground.create(database, ground.FURNISHED if furnished else ground.TEMPLATE)
        _point_to(database)
        try:
            yield database
        finally:
            _point_to(ours)
            ground.drop(database)


@pytest.fixture
def real_commits(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of this test's own, where commits are real. Gives its name."""
    if "db" in request.fixturenames:
        pytest.fail("real_commits replaces db; a test cannot have both")
    with a_database_of_its_own(django_db_blocker) as database:
        yield database


@pytest.fixture
def furnished_commits(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The same, with the reference data."""
    if "db" in request.fixturenames:
        pytest.fail("furnished_commits replaces db; a test cannot have both")
    with a_database_of_its_own(django_db_blocker, furnished=True) as database:
        yield database


@pytest.fixture(scope="module")
def reference_data(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The companies, policies, channels, templates and articles that every system starts with, for what follows in the file."""
    with a_database_of_its_own(django_db_blocker, furnished=True):
        yield


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    return concurrency.together


@pytest.fixture
def as_owner(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner to the test's database; it sees committed rows only."""
    request.getfixturevalue("real_commits" if "real_commits" in request.fixturenames else "db")
    with ground.owner(connections["default"].settings_dict["NAME"]) as connection:
        yield connection


@pytest.fixture
def deliver_events() -> Callable[[], int]:
    """Run due deliveries until none is left; gives how many ran. A delivery that failed fails the test."""
    from apps.events.choices import DeliveryState
    from apps.events.models import EventDelivery
    from apps.events.services import deliver_due

    def drain() -> int:
        total = 0
        while ran := deliver_due(limit=500):
            total += ran
        failed = EventDelivery.objects.exclude(state=DeliveryState.DONE).exclude(last_error="")
        errors = [f"{delivery.subscriber}: {delivery.last_error}" for delivery in failed]
        assert not errors, "\n".join(errors)
        return total

    return drain


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAILBOX_DIR = tmp_path / "mail"
    return tmp_path


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from chargecars.runtime.valkey import Valkey

    server = Valkey(tmp_path_factory.mktemp("valkey"), throwaway=True)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(settings: Any, valkey: str) -> str:
    import redis

    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    settings.REDIS_URL = valkey
    return valkey
