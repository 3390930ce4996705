"""Every write is in the log, by whatever road it came, and nobody can take it out again."""

import pgtrigger
import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg import errors as pg

from apps.accounts.models import User
from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.audit.services import log_act
from apps.core.actor import acting
from apps.core.records import RecordRef
from tests.transactions import undone

CLERK = {"kind": "user", "id": "7", "label": "Clerk", "request_id": "req-1", "source": "admin", "ip_address": "10.0.0.1"}


def log_of(record: User) -> list[AuditLog]:
    return list(AuditLog.objects.filter(table_name="user_account", record_id=str(record.pk)).order_by("id"))


def last_log(record: User) -> AuditLog:
    return log_of(record)[-1]


@pytest.fixture
def user(db):
    user = User(email="jan@example.com", first_name="Jan", password="a-hash")
    user.save()
    return user


def by_save(user):
    user.first_name = "Piet"
    user.save(update_fields=["first_name"])


def by_whole_save(user):
    user.first_name = "Piet"
    user.save()


def by_queryset_update(user):
    User.objects.filter(pk=user.pk).update(first_name="Piet")


def by_bulk_update(user):
    user.first_name = "Piet"
    User.objects.bulk_update([user], ["first_name"])


def by_raw_sql(user):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE user_account SET first_name = 'Piet' WHERE id = %s", [user.pk])


def by_raw_sql_while_pgtrigger_ignores(user):
    with pgtrigger.ignore("accounts.User:write_audit"):
        by_raw_sql(user)


def by_upsert(user):
    row = User(pk=user.pk, email=user.email, password=user.password, first_name="Piet")
    User.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["first_name"])


@pytest.mark.parametrize(
    "write",
    [
        by_save,
        by_whole_save,
        by_queryset_update,
        by_bulk_update,
        by_raw_sql,
        by_raw_sql_while_pgtrigger_ignores,
        by_upsert,
    ],
)
def test_a_change_is_logged_with_old_and_new_value_and_who_and_why(user, write):
    with acting(**CLERK, reason="married"):
        write(user)

    created, changed = log_of(user)
    assert created.action == AuditAction.CREATE
    assert (changed.action, changed.old_values, changed.new_values) == (
        AuditAction.UPDATE,
        {"first_name": "Jan"},
        {"first_name": "Piet"},
    )
    assert changed.changed_fields == ["first_name"]
    assert (changed.actor_kind, changed.actor_id, changed.actor_label, changed.reason) == (
        "user",
        "7",
        "Clerk",
        "married",
    )
    assert (changed.request_id, changed.source, changed.ip_address) == ("req-1", "admin", "10.0.0.1")


def test_each_row_of_a_bulk_write_is_logged_in_one_transaction(db):
    users = [User(email=f"user{number}@example.com", password="a-hash") for number in range(3)]

    User.objects.bulk_create(users)
    User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=False)

    actions = [[row.action for row in log_of(user)] for user in users]
    assert actions == [["create", "update"]] * 3
    assert len({row.transaction_id for user in users for row in log_of(user)}) == 1


def test_a_deleted_row_is_kept_whole_in_the_log(user):
    key = str(user.pk)

    user.delete()

    deleted = AuditLog.objects.get(record_id=key, action=AuditAction.DELETE)
    assert (deleted.old_values["email"], deleted.old_values["first_name"]) == ("jan@example.com", "Jan")
    assert deleted.new_values is None


def test_a_secret_shows_that_it_was_set_and_changed_but_never_its_value(user):
    User.objects.filter(pk=user.pk).update(password="another-hash")
    User.objects.filter(pk=user.pk).update(password="")
    user.delete()

    created, changed, cleared, deleted = AuditLog.objects.filter(table_name="user_account").order_by("id")
    assert created.new_values["password"] == "***"
    assert (changed.old_values, changed.new_values) == ({"password": "***"}, {"password": "***"})
    assert (cleared.old_values, cleared.new_values) == ({"password": "***"}, {"password": ""})
    assert deleted.old_values["password"] == ""


def test_an_empty_secret_shows_that_it_is_empty(as_owner):
    redacted = as_owner.execute("SELECT chargecars_redact('{\"a\": null, \"b\": 1}', '{a,b,c}')").fetchone()

    assert redacted == ({"a": None, "b": "***"},)


def test_a_write_that_nobody_claims_is_the_systems_and_unknown(user):
    created = last_log(user)

    assert (created.actor_kind, created.actor_label, created.actor_id, created.reason) == ("system", "unknown", "", "")


def test_a_rolled_back_write_is_not_in_the_log(user):
    with undone():
        by_save(user)

    assert [row.action for row in log_of(user)] == ["create"]


def test_who_acts_may_change_within_a_transaction(user):
    with acting(**CLERK):
        with acting(reason="first"):
            by_queryset_update(user)
        with undone(), acting(reason="undone"):
            User.objects.filter(pk=user.pk).delete()
        User.objects.filter(pk=user.pk).update(first_name="Klaas")
    User.objects.filter(pk=user.pk).update(first_name="Kees")

    assert [(row.actor_label, row.reason) for row in log_of(user)[1:]] == [
        ("Clerk", "first"),
        ("Clerk", ""),
        ("unknown", ""),
    ]


def test_a_savepoint_that_takes_the_actor_back_with_it_does_not_leave_the_next_write_unsigned(user):
    with acting(**CLERK):
        with undone():
            by_queryset_update(user)  # the stamp is set inside the savepoint
        by_queryset_update(user)

    assert last_log(user).actor_label == "Clerk"


def test_a_part_is_found_under_the_record_it_is_part_of(real_commits, as_owner):
    as_owner.execute(
        """
        CREATE TABLE part (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), whole_id uuid);
        CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON part
            FOR EACH ROW EXECUTE FUNCTION chargecars_write_audit('', 'whole', 'whole_id');
        """
    )
    whole = "11111111-1111-1111-1111-111111111111"

    as_owner.execute("INSERT INTO part (whole_id) VALUES (%s), (NULL)", [whole])

    roots = AuditLog.objects.filter(table_name="part").order_by("id").values_list("root_type", "root_id")
    assert list(roots) == [("whole", whole), ("whole", "")]


def test_a_record_that_is_no_part_is_its_own_root(user):
    created = last_log(user)

    assert (created.root_type, created.root_id) == ("user_account", str(user.pk))


def test_an_act_without_a_write_is_logged(user):
    with acting(**CLERK):
        log_act(AuditAction.EXPORT, RecordRef(entity_type="order", entity_id=user.pk), context={"rows": 3})

    act = AuditLog.objects.get(action=AuditAction.EXPORT)
    assert (act.table_name, act.record_id, act.root_type, act.root_id) == ("order", str(user.pk), "order", str(user.pk))
    assert (act.context, act.actor_label) == ({"rows": 3}, "Clerk")


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_write_cannot_be_claimed_without_writing(db, action):
    with pytest.raises(ProgrammingError) as refusal:
        log_act(AuditAction(action))

    assert isinstance(refusal.value.__cause__, pg.InsufficientPrivilege)


FORBIDDEN = [
    "UPDATE audit_logs SET reason = 'none'",
    "DELETE FROM audit_logs",
    "TRUNCATE audit_logs",
    "INSERT INTO audit_logs (action) VALUES ('login')",
    "UPDATE audit_logs_default SET reason = 'none'",
    "DELETE FROM audit_logs_default",
    "SELECT * FROM audit_logs_default",
    "DROP TABLE audit_logs",
    "ALTER TABLE audit_logs DETACH PARTITION audit_logs_default",
    "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
    "ALTER TABLE user_account DISABLE TRIGGER ALL",
    "ALTER TABLE user_account DISABLE TRIGGER USER",
    "TRUNCATE user_account CASCADE",
    "SET session_replication_role = replica",
    "DROP FUNCTION chargecars_write_audit CASCADE",
    "CREATE OR REPLACE FUNCTION chargecars_write_audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SELECT chargecars_append_audit('login', '', '', '', '', NULL, NULL, NULL)",
    "CREATE TABLE public.mine (id int)",
    "SET ROLE chargecars_owner",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_touch_the_log_or_silence_it(user, statement):
    with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert isinstance(refusal.value.__cause__, pg.InsufficientPrivilege)
    assert [row.action for row in log_of(user)] == ["create"]


@pytest.mark.parametrize("statement", ["UPDATE audit_logs SET reason = ''", "DELETE FROM audit_logs", "TRUNCATE audit_logs"])
def test_even_the_owner_does_not_change_the_log_by_mistake(real_commits, as_owner, statement):
    User(email="jan@example.com", password="a-hash").save()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_owner.execute(statement)

    assert AuditLog.objects.filter(table_name="user_account").count() == 1


def test_a_table_of_the_same_name_in_front_of_the_search_path_catches_nothing(user):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE audit_logs (LIKE public.audit_logs)")
        cursor.execute("UPDATE user_account SET first_name = 'Piet' WHERE id = %s", [user.pk])
        cursor.execute("SELECT count(*) FROM pg_temp.audit_logs")
        caught = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM public.audit_logs WHERE record_id = %s", [str(user.pk)])

        assert (caught, cursor.fetchone()) == ((0,), (2,))


def test_updated_at_is_true_by_raw_sql_too(user):
    before = user.updated_at

    by_raw_sql(user)

    user.refresh_from_db()
    assert user.updated_at > before
