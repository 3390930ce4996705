"""What the platform is told, and what it must not be told."""

import psycopg
import pytest
from django.db import connection
from django.test import Client

from chargecars import health


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    health._migrated.clear()


def test_the_bare_address_leads_to_the_back_office(client: Client) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")


def test_alive_asks_nobody(client: Client) -> None:
    """No database in this test: a question would fail it."""
    assert client.get("/health/live").json() == {"status": "ok"}


def test_without_redis_the_system_is_ready_and_says_so(db: None, client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "redis": "unavailable: ConnectionError",
    }


def test_with_redis_all_is_well(db: None, client: Client, redis_url: str) -> None:
    assert client.get("/health/ready").json()["redis"] == "ok"


def test_tables_behind_the_code_are_not_ready(real_commits: str, as_owner: psycopg.Connection, client: Client) -> None:
    as_owner.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "1 to run"


def test_a_lost_database_is_not_ready_and_tells_no_address(real_commits: str, client: Client) -> None:
    connection.close()
    connection.settings_dict["NAME"] = "gone"

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "database": "unavailable: OperationalError",
        "migrations": "unavailable: OperationalError",
        "redis": "unavailable: ConnectionError",
    }


def test_metrics_count_requests_by_route_and_what_waits(db: None, client: Client) -> None:
    client.get("/health/live")

    told = client.get("/metrics").content.decode()

    assert 'chargecars_request_seconds_count{method="GET",route="health/live",status="200"}' in told
    for kind in ("event", "partner"):
        assert f'chargecars_waiting{{kind="{kind}",state="parked"}} 0.0' in told
    assert 'chargecars_waiting{kind="message",state="failed"} 0.0' in told
