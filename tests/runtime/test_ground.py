"""What every other test stands on."""

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, connection, transaction


def query(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_tests_run_as_the_applications_role_which_owns_nothing(db: None) -> None:
    assert query("SELECT current_user") == "chargecars_app"
    assert query("SELECT count(*) FROM pg_class WHERE relowner = 'chargecars_app'::regrole") == 0
    assert query("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is False


def test_the_application_may_not_change_tables(db: None) -> None:
    for statement in ("TRUNCATE django_session", "DROP TABLE django_session", "CREATE TABLE mine (id int)"):
        with pytest.raises(ProgrammingError), transaction.atomic():
            query(statement)


def test_real_commits_are_seen_by_others(real_commits: str, as_owner: psycopg.Connection) -> None:
    ContentType.objects.create(app_label="seen", model="by others")
    assert as_owner.execute("SELECT count(*) FROM django_content_type WHERE app_label = 'seen'").fetchone() == (1,)


def test_real_commits_do_not_stay(db: None) -> None:
    assert not ContentType.objects.filter(app_label="seen").exists()
