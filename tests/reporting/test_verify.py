"""The checks find what is wrong, each thing planted by the tables' owner, and nothing in a world that the services made."""

import json
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.consistency import Check, Checks, Difference, checks
from tests import ground
from tests.fixtures import a_database_of_its_own
from tests.reporting.worlds import build

ALL = {
    "audit",
    "current_status",
    "transitions",
    "clocks",
    "order_totals",
    "order_numbers",
    "test_orders",
    "holds",
    "order_words",
    "partner_references",
    "partner_deliveries",
    "figures",
}
AN_ORDER = """(SELECT order_id FROM partner_order_reference WHERE last_sync_at IS NOT NULL)"""


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The name of a database with a small world in it."""
    with a_database_of_its_own(django_db_blocker, furnished=True) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DATA_DIR", tmp_path_factory.mktemp("data"))
        build()
        yield database


@pytest.fixture
def owner(world):
    """The owner's connection, in a transaction that is undone."""
    with ground.owner(world) as connection, connection.transaction(force_rollback=True):
        yield connection


def plant(owner: psycopg.Connection, *statements: str, tables: tuple[str, ...]) -> None:
    """Do what no service does, with nobody watching."""
    for table in tables:
        owner.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    for statement in statements:
        assert owner.execute(statement).rowcount != 0


def found(owner: psycopg.Connection) -> dict[str, tuple[Difference, ...]]:
    results = list(checks.run(owner))
    assert [result.error for result in results] == [""] * len(results)
    return {result.name: result.examples for result in results if not result.ok}


def test_there_is_a_check_of_everything(world):
    assert set(checks.names()) >= ALL


def test_a_world_made_by_the_services_differs_nowhere(world):
    said = StringIO()
    call_command("verify", stdout=said)

    *lines, last = said.getvalue().splitlines()
    assert last == f"{len(checks.names())} checks, no differences"
    assert [line.split()[0] for line in lines] == checks.names()
    assert [line for line in lines if int(line.split()[1]) == 0] == []


def test_machines_read_it_as_json(world):
    said = StringIO()
    call_command("verify", json=True, only=["holds", "transitions"], stdout=said)

    holds, transitions = json.loads(said.getvalue())
    assert (holds["name"], holds["ok"], holds["differences"], holds["examples"]) == ("holds", True, 0, [])
    assert transitions["looked_at"] > 50


def test_an_unknown_check_is_refused(world):
    with pytest.raises(CommandError, match="No check is called hold"):
        call_command("verify", only=["hold"])


def test_it_fails_and_names_what_differs(world):
    said = StringIO()
    with ground.owner(world) as owner:
        owner.execute("""UPDATE number_sequence SET current_value = current_value + 2 WHERE is_test""")
        try:
            with pytest.raises(CommandError, match="1 checks, differences in 1: order_numbers"):
                call_command("verify", only=["order_numbers"], stdout=said)
        finally:
            owner.execute("ALTER TABLE number_sequence DISABLE TRIGGER USER")
            owner.execute("""UPDATE number_sequence SET current_value = current_value - 2 WHERE is_test""")
            owner.execute("ALTER TABLE number_sequence ENABLE TRIGGER USER")

    assert "expected numbers 1 to 3 once each, found 1 documents with 1 numbers up to 1, without 2, 3" in said.getvalue()


def test_a_check_that_breaks_stops_no_other_and_is_no_success(owner):
    broken = Checks()
    broken.add(
        Check(name="broken", label="", run=lambda view: view.differences("SELECT 1 / 0")),
        Check(name="whole", label="", run=lambda view: view.differences("SELECT '', '', '' WHERE false")),
    )

    first, second = broken.run(owner)

    assert (first.ok, first.differences, first.error.split(":")[0]) == (False, 0, "DivisionByZero")
    assert second.ok


def test_of_many_differences_the_first_twenty_are_kept(owner):
    many = Checks()
    many.add(
        Check(name="many", label="", run=lambda view: view.differences("SELECT n::text, '', '' FROM generate_series(1, 50) n"))
    )

    (result,) = many.run(owner)

    assert (result.differences, [difference.record for difference in result.examples]) == (50, [str(n) for n in range(1, 21)])


FAULTS = {
    "an order that is found by another word": (
        {"order_words"},
        (),
        [f"""UPDATE order_words SET text = replace(text, E'\\n', 'x') WHERE order_id = {AN_ORDER}"""],
    ),
    "an order that nobody finds": ({"order_words"}, (), [f"""DELETE FROM order_words WHERE order_id = {AN_ORDER}"""]),
    "a status past the engine": (
        {"current_status"},
        ("order",),
        [f"""UPDATE "order" SET status = 'scheduled' WHERE id = {AN_ORDER}"""],
    ),
    "a current status that is not the last step": (
        {"current_status"},
        ("entity_current_status",),
        [f"""UPDATE entity_current_status SET current_status = 'scheduled' WHERE entity_id = {AN_ORDER}"""],
    ),
    "a current status since another moment": (
        {"current_status", "clocks"},
        ("entity_current_status",),
        [f"""UPDATE entity_current_status SET status_since = status_since - interval '1 s' WHERE entity_id = {AN_ORDER}"""],
    ),
    "a record that the engine does not know": (
        {"current_status"},
        ("entity_current_status",),
        [f"""DELETE FROM entity_current_status WHERE entity_id = {AN_ORDER}"""],
    ),
    "a step that was taken out": (
        {"transitions", "partner_deliveries"},
        ("status_transitions",),
        [f"""DELETE FROM status_transitions WHERE entity_id = {AN_ORDER} AND sequence = 8"""],
    ),
    "a step from elsewhere": (
        {"transitions"},
        ("status_transitions",),
        [f"""UPDATE status_transitions SET from_status = 'quote_sent' WHERE entity_id = {AN_ORDER} AND sequence = 4"""],
    ),
    "a creation in the middle": (
        {"transitions", "partner_deliveries"},
        ("status_transitions",),
        [
            f"""UPDATE status_transitions SET to_status = 'intake_sent' WHERE entity_id = {AN_ORDER} AND sequence = 1""",
            f"""UPDATE status_transitions SET from_status = 'intake_sent' WHERE entity_id = {AN_ORDER} AND sequence = 2""",
        ],
    ),
    "a way out of a hold that is none": (
        {"transitions", "clocks"},
        ("status_transitions",),
        [
            """UPDATE status_transitions SET from_status = 'quote_draft' WHERE to_status = 'on_hold' AND entity_id IN
                (SELECT entity_id FROM status_transitions WHERE from_status = 'on_hold' AND to_status = 'new_lead')""",
            """UPDATE status_transitions SET to_status = 'quote_draft' WHERE sequence = 1 AND entity_id IN
                (SELECT entity_id FROM status_transitions WHERE from_status = 'on_hold' AND to_status = 'new_lead')""",
        ],
    ),
    "a deadline while held": (
        {"clocks"},
        ("entity_current_status",),
        [
            """UPDATE entity_current_status SET sla_deadline = tomorrow, reminder_at = tomorrow, warning_at = tomorrow,
                escalates_at = tomorrow FROM (SELECT now() + interval '1 day' AS tomorrow) AS later
                WHERE current_status = 'on_hold'"""
        ],
    ),
    "a deadline before its clock began": (
        {"clocks"},
        ("entity_current_status",),
        [f"""UPDATE entity_current_status SET sla_deadline = status_since - interval '1 s' WHERE entity_id = {AN_ORDER}"""],
    ),
    "a line past its order": (
        {"order_totals", "audit"},
        ("line_item",),
        [f"""DELETE FROM line_item WHERE order_id = {AN_ORDER} AND line_order = 1"""],
    ),
    "VAT rounded per line": (
        {"order_totals"},
        ("order",),
        [
            """UPDATE "order" SET total_vat = total_vat + 0.01, total_incl_vat = total_incl_vat + 0.01
                WHERE source = 'api' AND business_entity_id = (SELECT id FROM business_entity WHERE number_prefix = 'ZS')"""
        ],
    ),
    "a number that no document has": (
        {"order_numbers"},
        (),
        ["""UPDATE number_sequence SET current_value = current_value + 1 WHERE document_type = 'order' AND current_value > 2"""],
    ),
    "a number of another company": (
        {"order_numbers", "order_words"},
        ("order",),
        [f"""UPDATE "order" SET order_number = replace(order_number, 'CC-', 'LT-9') WHERE id = {AN_ORDER}"""],
    ),
    "a test in the live series": (
        {"order_numbers", "test_orders", "clocks"},
        ("order",),
        [
            """ALTER TABLE "order" DROP CONSTRAINT order_test_number""",
            """UPDATE "order" SET is_test = false WHERE is_test""",
        ],
    ),
    "on hold without a hold": (
        {"holds"},
        ("order_hold_details",),
        ["""UPDATE order_hold_details SET is_active = false, resolved_at = now() WHERE is_active"""],
    ),
    "a hold of an order that goes on": (
        {"holds"},
        ("order_hold_details",),
        [
            """UPDATE order_hold_details SET is_active = true, resolved_at = NULL, resolution_notes = '', resolved_by_id = NULL
                WHERE NOT is_active"""
        ],
    ),
    "held from another status": (
        {"holds"},
        ("order",),
        ["""UPDATE "order" SET held_from = 'quote_sent' WHERE status = 'on_hold'"""],
    ),
    "told of a step that was not taken": (
        {"partner_references"},
        ("partner_order_reference",),
        [f"""UPDATE partner_order_reference SET queued_sequence = 99 WHERE order_id = {AN_ORDER}"""],
    ),
    "a reference of another partner": (
        {"partner_references"},
        ("partner_order_reference",),
        [
            f"""UPDATE partner_order_reference SET partner_organization_id = (SELECT id FROM organization WHERE slug = 'essent')
                WHERE order_id = {AN_ORDER}"""
        ],
    ),
    "a partner's order without its reference": (
        {"partner_references"},
        ("order",),
        ["""UPDATE "order" SET source = 'partner' WHERE source = 'api'"""],
    ),
    "a message of another step": (
        {"partner_deliveries"},
        (),
        [
            """UPDATE partner_delivery SET body = replace(body, '"to_status": "scheduled"', '"to_status": "planning"')
            WHERE body LIKE '%"to_status": "scheduled"%'"""
        ],
    ),
    "a message that overtook another": (
        {"partner_deliveries"},
        (),
        [
            """UPDATE partner_delivery SET state = 'todo', delivered_at = NULL
            WHERE state = 'done' AND sequence = (SELECT min(sequence) FROM partner_delivery WHERE state = 'done')"""
        ],
    ),
    "a change that nobody logged": (
        {"audit"},
        ("organization",),
        ["""UPDATE organization SET name = 'Anders', updated_at = clock_timestamp() WHERE slug = 'essent'"""],
    ),
    "a row that nobody logged": (
        {"audit"},
        ("address",),
        [
            """INSERT INTO address SELECT (jsonb_populate_record(address, jsonb_build_object('id', gen_random_uuid()))).*
                FROM address LIMIT 1"""
        ],
    ),
    "a log that was thinned out": (
        {"audit"},
        ("audit_logs",),
        [f"""DELETE FROM audit_logs WHERE table_name = 'order' AND action = 'update' AND record_id = {AN_ORDER}::text"""],
    ),
    "a version that vanished": (
        {"audit"},
        (),
        [f"""DELETE FROM orders_historicalorder WHERE id = {AN_ORDER} AND status = 'quote_sent'"""],
    ),
    "a version too many": (
        {"audit"},
        (),
        [
            f"""INSERT INTO orders_historicalorder SELECT (jsonb_populate_record(was, '{{"history_id": -1}}')).*
                FROM orders_historicalorder AS was WHERE id = {AN_ORDER} AND history_type = '~' LIMIT 1"""
        ],
    ),
    "a record that vanished": (
        {"audit"},
        ("membership",),
        ["""DELETE FROM membership WHERE id = (SELECT min(id::text)::uuid FROM membership)"""],
    ),
}


@pytest.mark.parametrize(("expected", "tables", "statements"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(owner, expected, tables, statements):
    plant(owner, *statements, tables=tables)

    # What is planted past the triggers is past the figures too.
    assert set(found(owner)) - {"figures"} == expected
