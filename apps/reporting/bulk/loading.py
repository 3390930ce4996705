"""The run: one transaction of the tables' owner, some thousands of orders at a time."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connections, models

from apps.audit.models import AuditedModel
from apps.organizations.choices import DocumentType
from apps.reporting.bulk import chunk_customers, chunk_messages, chunk_orders, chunk_partners, world
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.plan import Plan
from apps.reporting.bulk.quiet import Quiet
from apps.reporting.bulk.tables import creation, draft_of, literal, make_draft, store_draft, with_maker, write_history, write_log

CHUNK = 20_000
MODELS: tuple[type[models.Model], ...] = (
    *chunk_customers.MODELS,
    *chunk_orders.MODELS,
    *chunk_partners.MODELS,
    *chunk_messages.MODELS,
)
AUDITED = tuple(model for model in MODELS if issubclass(model, AuditedModel))
# These three live on after they were made; their chunks say how.
CHANGING = {"order", "order_hold_details", "partner_order_reference"}
PLAIN = tuple(model for model in AUDITED if model._meta.db_table not in CHANGING)
TABLES = (
    *(model._meta.db_table for model in MODELS),
    *(model.history.model._meta.db_table for model in AUDITED),
    "audit_logs",
    "order_words",
)
MEMORY = (
    "work_mem = '256MB'",
    "maintenance_work_mem = '1GB'",
    "temp_buffers = '256MB'",
    "TimeZone = 'UTC'",
    "lock_timeout = '1min'",
)
CHUNK_TABLES = """
    CREATE TEMP TABLE bulk_chunk (LIKE bulk_order);
    CREATE TEMP TABLE bulk_person AS SELECT *, ''::text AS first_name, ''::text AS last_name, ''::text AS trade, ''::text AS street,
        ''::text AS city, ''::text AS province, ''::text AS postal_code, 0 AS house_number, ''::text AS addition,
        ''::text AS phone, ''::text AS email FROM bulk_chunk;
    CREATE TEMP TABLE bulk_sum (id uuid, excl_vat numeric, vat numeric, kind text);
    CREATE TEMP TABLE bulk_step (n bigint, order_id uuid, id uuid, workflow text, sequence integer, from_status text, to_status text,
        held_from text, resumes boolean, at timestamptz, since timestamptz, deadline timestamptz, allowed interval, late boolean,
        milestone boolean, planned date, is_last boolean, actor integer, reason text, left_since timestamptz, left_deadline timestamptz,
        left_overdue boolean, planned_before date, held_before text, category text, escalates_after integer, resume_on date,
        next_at timestamptz, code text);
    CREATE TEMP TABLE bulk_heard (n bigint, order_id uuid, id uuid, integration_id uuid, sequence integer, from_status text,
        to_status text, at timestamptz, reason text, planned date, is_last boolean, is_told boolean, said text,
        told_at timestamptz, synced_at timestamptz, sequence_before integer, said_before text, synced_before timestamptz);
"""
OWN_TABLES = ("bulk_chunk", "bulk_person", "bulk_sum", "bulk_step", "bulk_heard")
PARTITIONS = "SELECT chargecars_make_audit_partition(month::date) FROM generate_series(%s::date, %s::date, '1 month') AS month"
NUMBERS = f"""
    INSERT INTO number_sequence (id, business_entity_id, document_type, year, is_test, current_value)
    SELECT gen_random_uuid(), entity_id, '{DocumentType.ORDER.value}', year, false, max(value)
    FROM bulk_order GROUP BY entity_id, year
    ON CONFLICT (business_entity_id, document_type, year, is_test) DO UPDATE SET current_value = excluded.current_value
"""

# What the order's triggers would have kept; once, over tables that have no index for a look-up per row.
WORDS = """
    INSERT INTO order_words (order_id, text, partner_id)
    SELECT order_id, text, partner_id FROM words_of_order
    WHERE NOT EXISTS (SELECT FROM order_words AS kept WHERE kept.order_id = words_of_order.order_id)
"""

Tell = Callable[[str], None]


@dataclass
class Report:
    """How many rows went into each table, and how long each phase took."""

    rows: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[phase] += time.monotonic() - began


def load(plan: Plan, *, tell: Tell) -> Report:
    """Write the orders of a plan and all that belongs to them, or nothing.

    Raises:
        psycopg.Error: a row did not fit; nothing was written.
    """
    report = Report()
    parameters = connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**parameters) as connection:
        _load(connection, plan, report, tell)
        with report.timed("commit"):
            connection.commit()
        connection.autocommit = True
        with report.timed("vacuum and analyze"):
            tell("vacuum and analyze")
            connection.execute(f"VACUUM (ANALYZE) {', '.join(map(_quoted, TABLES))}")
    return report


def vacuum(*tables: str) -> None:
    """Have the database know how full these tables are, and that all of their rows are there for everybody."""
    parameters = connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**parameters, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(map(_quoted, tables))}")


def _load(connection: "psycopg.Connection[Any]", plan: Plan, report: Report, tell: Tell) -> None:
    for setting in MEMORY:
        connection.execute(f"SET LOCAL {setting}")
    quiet = Quiet(connection, TABLES)
    with report.timed("plan"):
        tell("plan")
        (already,) = connection.execute('SELECT count(*) FROM "order"').fetchone()
        chance = Chance(seed=plan.seed, run=f"{plan.seed}:{already}")
        world.prepare(connection, plan, chance)
        connection.execute(CHUNK_TABLES)
        for model in MODELS:
            connection.execute(make_draft(model))
    with report.timed("triggers, keys and indexes off"):
        connection.execute(PARTITIONS, (plan.first_day.replace(day=1), plan.until))
        quiet.silence()
    for first in range(1, plan.orders + 1, CHUNK):
        last = min(first + CHUNK - 1, plan.orders)
        _load_chunk(connection, first, last, chance, plan, report)
        tell(f"{last:>9} of {plan.orders} orders, {sum(report.seconds.values()):.0f} s")
    with report.timed("numbers"):
        connection.execute(NUMBERS)
    with report.timed("words"):
        report.rows["order_words"] += connection.execute(WORDS).rowcount
    with report.timed("keys and indexes"):
        tell("keys and indexes")
        quiet.restore()


def _load_chunk(connection: "psycopg.Connection[Any]", first: int, last: int, chance: Chance, plan: Plan, report: Report) -> None:
    connection.execute(f"TRUNCATE {', '.join([*OWN_TABLES, *map(draft_of, MODELS)])}")
    connection.execute(f"INSERT INTO bulk_chunk SELECT * FROM bulk_order WHERE n BETWEEN {first} AND {last}")
    connection.execute("ANALYZE bulk_chunk")
    for phase, statements in _phases(chance, literal(plan.now)):
        with report.timed(phase):
            for statement in statements:
                cursor, table = connection.execute(statement), _target(statement)
                report.rows[table] += cursor.rowcount
                if table.startswith(("bulk_", "new_")):  # nobody else counts a temporary table, and a guess costs minutes
                    connection.execute(f"ANALYZE {table}")


def _phases(chance: Chance, now: str) -> Iterator[tuple[str, list[str]]]:
    yield "customers", chunk_customers.statements(chance)
    yield "orders and steps", chunk_orders.statements(chance, now)
    yield "partners", chunk_partners.statements(chance)
    yield "messages", chunk_messages.statements(chance)
    yield "rows", [store_draft(model) for model in MODELS]
    plain = [write_history(model, source=with_maker(model), at="made.created_at", kind="'+'") for model in PLAIN]
    yield "histories", [*plain, *chunk_orders.histories(), *chunk_partners.histories()]
    yield "log", [write_log([*(creation(model) for model in PLAIN), *chunk_orders.log(), *chunk_partners.log()])]


def _target(statement: str) -> str:
    """The table that a statement writes to."""
    return statement.split(maxsplit=3)[2].strip('"')


def _quoted(table: str) -> str:
    return f'"{table}"'
