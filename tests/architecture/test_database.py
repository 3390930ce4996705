"""What the database itself must guard, whoever writes to it."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from apps.core import grants
from tests import ground
from tests.architecture import house

TRIGGERS = """
SELECT c.relname, p.proname, t.tgname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled = 'O'
"""
RIGHTS = """
SELECT privilege_type FROM information_schema.role_table_grants
WHERE grantee = current_user AND table_schema = 'public' AND table_name = %s
"""


@pytest.fixture
def triggers(db: None) -> set[tuple[str, str]]:
    """(table, function) of every trigger that is switched on."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        return {(table, function) for table, function, _ in cursor.fetchall()}


def rights(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS, [table])
        return {name for (name,) in cursor.fetchall()}


def test_updated_at_is_kept_by_the_database(triggers: set[tuple[str, str]]) -> None:
    tables = {
        model._meta.db_table
        for model in house.our_models()
        if model._meta.managed and any(field.name == "updated_at" for field in model._meta.concrete_fields)
    }

    assert tables - {table for table, function in triggers if function == "chargecars_set_updated_at"} == set()


def test_every_model_with_history_has_its_audit_trigger(triggers: set[tuple[str, str]]) -> None:
    tables = {model._meta.db_table for model in house.models_with_history()}

    assert tables != set()
    assert tables - {table for table, function in triggers if function == "chargecars_write_audit"} == set()


def test_every_model_with_history_has_its_history_trigger(triggers: set[tuple[str, str]]) -> None:
    tables = {model._meta.db_table for model in house.models_with_history()}

    assert tables - {table for table, function in triggers if function.startswith("pgtrigger_write_history_")} == set()


def test_no_trigger_can_be_switched_off_by_a_session(db: None) -> None:
    """pgtrigger's own functions ask a setting first, which anybody may set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosrc LIKE '%%pgtrigger.ignore%%'")
        assert cursor.fetchall() == []


def test_functions_that_act_as_the_owner_fix_their_search_path(db: None) -> None:
    """Otherwise a caller's own table of the same name would be used with the owner's rights."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            " AND NOT coalesce(array_to_string(proconfig, ','), '') LIKE '%%search_path%%'"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_the_application_may_do_what_the_model_says_and_no_more(db: None, model: type[models.Model]) -> None:
    said = getattr(model, "app_privileges", "SELECT, INSERT, UPDATE, DELETE")

    assert rights(model._meta.db_table) == {right.strip() for right in said.split(",")}


def test_the_log_and_the_transitions_cannot_be_rewritten(db: None) -> None:
    assert rights("audit_logs") == {"SELECT"}
    assert rights("status_transitions") == {"SELECT", "INSERT"}


def test_history_is_written_by_the_database_alone(db: None) -> None:
    tables = [model.history.model._meta.db_table for model in house.models_with_history()]

    assert {table: rights(table) for table in tables} == {table: {"SELECT"} for table in tables}


def test_the_application_may_do_what_it_is_to_do_and_no_more(db: None) -> None:
    """On tables, sequences, functions, columns and the schema, by ownership or membership, or as a superuser."""
    assert grants.differences("default") == []


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("GRANT UPDATE ON audit_logs TO chargecars_app", "audit_logs: may SELECT, UPDATE; is to SELECT"),
        ("GRANT DELETE ON status_transitions TO PUBLIC", "status_transitions: may DELETE, INSERT, SELECT; is to INSERT, SELECT"),
        ("GRANT SELECT ON audit_logs_default TO PUBLIC", "audit_logs_default: may SELECT; is to do nothing"),
        ("GRANT USAGE ON SEQUENCE audit_logs_id_seq TO PUBLIC", "audit_logs_id_seq: may USAGE; is to do nothing"),
        ("REVOKE INSERT ON line_item FROM chargecars_app", "line_item: may DELETE, SELECT, UPDATE; is to DELETE, INSERT, SELECT, UPDATE"),
        ("CREATE TABLE stray (id int); GRANT ALL ON stray TO PUBLIC", "stray: may DELETE, INSERT"),
        ("GRANT UPDATE (reason) ON audit_logs TO PUBLIC", "the role has rights on single columns of audit_logs"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "the role may make tables in the schema"),
        ("CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'", "stray(): may be called, and is not to be"),
        ("REVOKE ALL ON FUNCTION chargecars_log_act FROM chargecars_app", "chargecars_log_act(): may not be called, and is to be"),
        ("ALTER TABLE line_item OWNER TO chargecars_app", "the role owns line_item"),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
def test_a_right_too_much_or_too_little_is_told(real_commits: str, act: str, told: str) -> None:
    with ground.admin_of(real_commits) as superuser:
        superuser.execute(act)

    assert any(text.startswith(told) for text in grants.differences("default"))
    with pytest.raises(CommandError, match="differences"):
        call_command("check_grants", stdout=io.StringIO())

    with ground.admin_of(real_commits) as superuser:
        superuser.execute("ALTER TABLE line_item OWNER TO chargecars_owner")
        superuser.execute("DROP TABLE IF EXISTS stray; DROP FUNCTION IF EXISTS stray")
    call_command("apply_grants", verbosity=0)
    left = [text for text in grants.differences("default") if "schema" not in text and "columns" not in text]
    assert left == []
