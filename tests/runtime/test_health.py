"""What the platform is told, and what it must not be told."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.core.clock import now, today
from chargecars import health
from tests.factories.events import EventDeliveryFactory, JobRunFactory, SendingHoldFactory
from tests.factories.organizations import NumberSequenceFactory


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    health._migrated.clear()
    health._rightly.clear()


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
        "rights": "ok",
        "jobs": "ok",
        "sending": "ok",
    }


def test_what_needs_a_person_is_told_and_takes_nobody_off_duty(
    real_commits: str, as_owner: psycopg.Connection, client: Client
) -> None:
    as_owner.execute("GRANT UPDATE ON audit_logs TO chargecars_app")
    SendingHoldFactory()
    every = IntervalSchedule.objects.create(every=5, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="events-sweep", task="events.sweep", interval=every, enabled=False)

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["rights"] == "1 wrong, see manage.py check_grants"
    assert answer.json()["jobs"] == "in trouble: events-sweep"
    assert answer.json()["sending"] == "held since a restore"


def test_with_redis_all_is_well(db: None, client: Client, redis_url: str) -> None:
    assert client.get("/health/ready").json()["redis"] == "ok"


def test_tables_behind_the_code_are_not_ready(real_commits: str, as_owner: psycopg.Connection, client: Client) -> None:
    as_owner.execute("DELETE FROM django_migrations WHERE name = '0003_holds_on_sending'")

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
        "rights": "unavailable: OperationalError",
        "jobs": "unavailable: OperationalError",
        "sending": "unavailable: OperationalError",
    }

    told = client.get("/metrics").content.decode()
    assert 'chargecars_up{part="database"} 0.0' in told
    assert "chargecars_request_seconds_count" in told
    assert "chargecars_waiting" not in told


def test_a_page_and_an_address_of_the_api_without_a_database_say_when_to_come_back(real_commits: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = "gone"
    outside = Client(raise_request_exception=False)
    outside.cookies[settings.SESSION_COOKIE_NAME] = "a-session-that-cannot-be-looked-up"

    page, machine = outside.get("/admin/"), outside.get("/api/v1/orders")

    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in (page, machine)] == [(503, "5"), (503, "5")]
    assert page.headers["Content-Type"].startswith("text/html")
    assert (machine.headers["Content-Type"], machine.json()["code"]) == ("application/problem+json", "unavailable")
    assert Client().get("/health/live").status_code == 200


def test_metrics_count_requests_by_route_and_what_waits(db: None, client: Client) -> None:
    client.get("/health/live")

    told = client.get("/metrics").content.decode()

    assert 'chargecars_request_seconds_count{method="GET",route="health/live",status="200"}' in told
    for kind in ("event", "partner"):
        assert f'chargecars_waiting{{kind="{kind}",state="parked"}} 0.0' in told
    assert 'chargecars_waiting{kind="message",state="failed"} 0.0' in told


def test_metrics_tell_how_long_the_oldest_is_due(db: None, client: Client) -> None:
    EventDeliveryFactory(next_attempt_at=now() - timedelta(minutes=10))
    EventDeliveryFactory(next_attempt_at=now() + timedelta(minutes=10))

    told = client.get("/metrics").content.decode()

    assert 'chargecars_waiting{kind="event",state="todo"} 2.0' in told
    (age,) = re.findall(r'chargecars_oldest_due_seconds{kind="event"} (\S+)', told)
    assert 600 <= float(age) < 630
    assert 'chargecars_oldest_due_seconds{kind="message"} 0.0' in told


def test_metrics_tell_how_the_jobs_fare(db: None, client: Client) -> None:
    every = IntervalSchedule.objects.create(every=5, period=IntervalSchedule.SECONDS)
    for name in ("events-sweep", "partners-send-due"):
        PeriodicTask.objects.create(name=name, task=name, interval=every)
    ended = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    JobRunFactory(job="events-sweep", state="done", started_at=ended, ended_at=ended)

    told = client.get("/metrics").content.decode()

    assert 'chargecars_job_last_success_timestamp_seconds{job="events-sweep"} 1.7747784e+09' in told
    assert 'chargecars_job_last_success_timestamp_seconds{job="partners-send-due"} 0.0' in told
    assert 'chargecars_job_trouble{job="events-sweep",kind="late"} 1.0' in told
    assert 'chargecars_job_trouble{job="partners-send-due",kind="late"} 0.0' in told
    assert "chargecars_sending_held 0.0" in told


def test_metrics_tell_how_full_a_series_is(db: None, client: Client) -> None:
    series = NumberSequenceFactory(current_value=90_000, year=today().year, document_type="order")

    told = client.get("/metrics").content.decode()

    code = series.business_entity.entity_code
    assert f'chargecars_numbers_given{{business_entity="{code}",document_type="order"}} 90000.0' in told


def test_metrics_tell_the_version_and_what_answers(db: None, client: Client, redis_url: str) -> None:
    told = client.get("/metrics").content.decode()

    assert re.search(r'chargecars_build_info{version="\d+\.\d+', told)
    assert 'chargecars_up{part="database"} 1.0' in told
    assert 'chargecars_up{part="redis"} 1.0' in told


COUNT = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
from prometheus_client import Histogram
Histogram("chargecars_request_seconds", "", ["method", "route", "status"]).labels("GET", "somewhere", "200").observe(0.1)
"""


def test_metrics_add_up_what_several_processes_counted(
    db: None, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _process in range(2):
        subprocess.run([sys.executable, "-c", COUNT, str(tmp_path)], check=True)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    told = client.get("/metrics").content.decode()

    assert 'chargecars_request_seconds_count{method="GET",route="somewhere",status="200"} 2.0' in told


def test_metrics_cost_few_statements_however_much_waits(db: None, client: Client, django_assert_max_num_queries: object) -> None:
    EventDeliveryFactory.create_batch(20)

    with django_assert_max_num_queries(14):
        client.get("/metrics")
