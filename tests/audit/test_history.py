"""The readable history: who, why and what, without secrets and without a key to a user."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg import errors as pg

from apps.accounts.models import User
from apps.core.actor import acting
from apps.files.models import Attachment


@pytest.fixture
def versions(db):
    user = User(email="jan@example.com", first_name="Jan", password="a-hash")
    with acting(kind="user", id="7", label="Clerk", request_id="req-1", reason="new colleague"):
        user.save()
    with acting(kind="task", label="events.sweep"):
        user.first_name = "Piet"
        user.save()
    return list(user.history.order_by("history_id"))


def test_a_version_says_who_and_why(versions):
    told = [
        (row.history_type, row.history_user, row.history_user_id, row.actor_kind, row.request_id, row.history_change_reason)
        for row in versions
    ]

    assert told == [
        ("+", "Clerk", "7", "user", "req-1", "new colleague"),
        ("~", "events.sweep", "", "task", "", ""),
    ]


def test_versions_differ_by_the_field_that_changed(versions):
    first, second = versions

    changes = [(change.field, change.old, change.new) for change in second.diff_against(first).changes]

    assert changes == [("first_name", "Jan", "Piet")]


def test_a_version_holds_no_secret(versions):
    columns = {field.column for field in versions[0]._meta.fields}

    assert columns & {"password", "updated_at"} == set()


def test_a_write_past_the_model_makes_a_version_too(versions):
    with acting(kind="task", label="clean-up", reason="typing error"):
        User.objects.filter(email="jan@example.com").update(last_name="Puk")

    latest = User.objects.get(email="jan@example.com").history.latest()
    assert (latest.history_type, latest.last_name, latest.actor_label, latest.history_change_reason) == (
        "~", "Puk", "clean-up", "typing error",
    )  # fmt: skip


def test_rows_made_and_removed_in_bulk_have_their_versions(db):
    made = User.objects.bulk_create([User(email="an@example.com"), User(email="bo@example.com")])
    User.objects.filter(pk__in=[user.pk for user in made]).delete()

    kinds = User.history.filter(id__in=[user.pk for user in made]).values_list("email", "history_type")
    assert sorted(kinds) == [(email, kind) for email in ("an@example.com", "bo@example.com") for kind in "+-"]


def test_a_write_that_changes_nothing_makes_no_version(versions):
    user = User.objects.get(email="jan@example.com")

    user.save()

    assert user.history.count() == len(versions)


def test_a_secret_that_changes_makes_no_version(versions):
    user = User.objects.get(email="jan@example.com")

    user.password = "another-hash"
    user.save()

    assert user.history.count() == len(versions)


def test_a_history_table_has_two_indexes_and_no_trigger(db):
    table = Attachment.history.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [table])
        indexes = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass", [table])

        assert (indexes, cursor.fetchone()) == ((2,), (0,))


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET actor_label = ''", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} SELECT * FROM {}"]
)
def test_the_application_cannot_rewrite_history(versions, statement):
    table = versions[0]._meta.db_table

    with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, table))

    assert isinstance(refusal.value.__cause__, pg.InsufficientPrivilege)
