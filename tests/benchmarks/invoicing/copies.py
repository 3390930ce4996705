"""What invoicing left behind, written again by SQL alone for as many other orders: the yardstick of the act `invoices`.

The rows are those of every table that invoicing writes to, with keys, numbers and orders of their own; the triggers write
the history and the audit log of them too. What is written twice is so here: an invoice, and where it stands, comes in as a
draft and is then approved. Working the rows out is done beforehand and not counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

OF_INVOICE = "(coalesce(payload->>'invoice_id', payload->>'entity_id'))"
# Each table with the columns that hold keys made here, how its rows are found, and of which invoice each is.
COPIED = {
    "invoice": (("id",), "order_id IN (SELECT old FROM copy_order)", "id"),
    "invoice_line": (("id", "invoice_id"), "invoice_id IN (SELECT id FROM copy_invoice)", "invoice_id"),
    "invoice_tax": (("id", "invoice_id"), "invoice_id IN (SELECT id FROM copy_invoice)", "invoice_id"),
    "status_transitions": (
        ("id", "entity_id"),
        "entity_type = 'invoice' AND entity_id IN (SELECT id FROM copy_invoice)",
        "entity_id",
    ),
    "entity_current_status": (
        ("id", "entity_id", "last_transition_id"),
        "entity_type = 'invoice' AND entity_id IN (SELECT id FROM copy_invoice)",
        "entity_id",
    ),
    "events_outboxevent": (
        ("id",),
        f"occurred_at >= %(since)s AND {OF_INVOICE} IN (SELECT id::text FROM copy_invoice)",
        f"md5({OF_INVOICE} || %(salt)s)::uuid",
    ),
    "events_eventdelivery": (
        ("id", "event_id"),
        "event_id IN (SELECT id FROM copy_events_outboxevent)",
        "(SELECT owner FROM copy_events_outboxevent AS told WHERE told.id = event_id)",
    ),
    "journal_entry": (
        ("id", "source_id"),
        "source_type = 'invoice' AND source_id IN (SELECT id FROM copy_invoice)",
        "source_id",
    ),
    "journal_line": (
        ("id", "entry_id"),
        "entry_id IN (SELECT id FROM copy_journal_entry)",
        "(SELECT owner FROM copy_journal_entry AS entry WHERE entry.id = entry_id)",
    ),
}
# What a draft and where it stands have in these columns before the approval.
AS_DRAFT = {
    "invoice": {
        "status": "'draft'",
        "version": "1",
        "invoice_number": "NULL",
        "payment_reference": "''",
        "invoice_date": "NULL::date",
        "due_date": "NULL::date",
        "approved_at": "NULL::timestamptz",
    },
    "entity_current_status": {
        "current_status": "'draft'",
        "last_transition_id": (
            "(SELECT first.id FROM copy_status_transitions AS first"
            " WHERE first.entity_id = copied.entity_id AND first.from_status IS NULL)"
        ),
    },
}
TAKE = """
    UPDATE number_sequence SET current_value = current_value + {count} WHERE document_type = 'invoice'
    AND year = extract(year FROM now()) AND NOT is_test AND business_entity_id = '{company}'
"""
INVOICED = """UPDATE "order" SET billing_status = 'invoiced' WHERE id IN (SELECT new FROM copy_order)"""


class Copies:
    """The rows of the invoices of some orders, made ready in temporary tables for other orders, one for one."""

    def __init__(self, connection: psycopg.Connection, orders: Sequence[UUID], others: Sequence[UUID], *, since: Any) -> None:
        self.connection, self.salt = connection, uuid4().hex
        for table in ["order", *COPIED]:
            connection.execute(f"DROP TABLE IF EXISTS copy_{table}")
        connection.execute(
            "CREATE TEMP TABLE copy_order AS SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS pair (old, new)",
            (list(orders), list(others)),
        )
        for table, (_keys, found, _owner) in COPIED.items():
            self._run(f"CREATE TEMP TABLE copy_{table} AS SELECT * FROM {table} WHERE {found}", since)
        for table, (keys, _found, owner) in COPIED.items():
            anew = ", ".join(f"{key} = md5({key}::text || %(salt)s)::uuid" for key in keys)
            self._run(f"UPDATE copy_{table} SET {anew}", since)
            self._run(f"ALTER TABLE copy_{table} ADD owner uuid", since)
            self._run(f"UPDATE copy_{table} SET owner = {owner}", since)
            self._run(f"CREATE INDEX ON copy_{table} (id); CREATE INDEX ON copy_{table} (owner); ANALYZE copy_{table}", since)
        self._run(
            "UPDATE copy_invoice SET order_id = pair.new, invoice_number = 'BARE-' || left(md5(invoice_number || %(salt)s), 20)"
            " FROM copy_order AS pair WHERE pair.old = order_id",
            since,
        )
        self.companies = connection.execute("SELECT business_entity_id, count(*) FROM copy_invoice GROUP BY 1").fetchall()

    def _run(self, statement: str, since: Any) -> None:
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(statement, {"salt": self.salt, "since": since})

    def columns(self, table: str) -> list[str]:
        found = self.connection.execute(f"SELECT * FROM copy_{table} LIMIT 0").description or ()
        return [column.name for column in found if column.name not in {"created_at", "updated_at", "owner"}]

    def write_together(self) -> None:
        """All rows by one statement, and one more that approves: nothing can change in a statement what it put there."""
        inserts = ", ".join(f"made_{table} AS ({self._insert(table)})" for table in COPIED)
        taken = ", ".join(
            f"taken_{place} AS ({TAKE.format(count=count, company=company)})"
            for place, (company, count) in enumerate(self.companies)
        )
        updates = ", ".join(f"kept_{table} AS ({self._approve(table)})" for table in AS_DRAFT)
        with self.connection.transaction():
            self.connection.execute(f"WITH {taken}, {inserts}, invoiced AS ({INVOICED}) SELECT 1")
            self.connection.execute(f"WITH {updates} SELECT 1")

    def _insert(self, table: str) -> str:
        columns = self.columns(table)
        values = ", ".join(AS_DRAFT.get(table, {}).get(column, f"copied.{column}") for column in columns)
        return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM copy_{table} AS copied"

    def _approve(self, table: str) -> str:
        columns = ", ".join(f"{column} = copied.{column}" for column in AS_DRAFT[table])
        return f"UPDATE {table} AS kept SET {columns} FROM copy_{table} AS copied WHERE copied.id = kept.id"

    def scripts(self) -> list[list[tuple[str, list[Any]]]]:
        """The statements of each invoice by itself, with their values, in the order in which they are made."""
        first = dict(
            self.connection.execute("SELECT owner, id FROM copy_status_transitions WHERE from_status IS NULL").fetchall()
        )
        rows: dict[str, dict[UUID, list[dict[str, Any]]]] = {table: self._rows(table) for table in COPIED}
        return [self._script(invoice, rows, first[invoice]) for invoice in rows["invoice"]]

    def _rows(self, table: str) -> dict[UUID, list[dict[str, Any]]]:
        columns = self.columns(table)
        rows: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for owner, *values in self.connection.execute(f"SELECT owner, {', '.join(columns)} FROM copy_{table}"):
            rows[owner].append(
                {name: Jsonb(value) if isinstance(value, dict) else value for name, value in zip(columns, values, strict=True)}
            )
        return rows

    def _script(
        self, invoice: UUID, rows: dict[str, dict[UUID, list[dict[str, Any]]]], first: UUID
    ) -> list[tuple[str, list[Any]]]:
        of = {table: rows[table][invoice] for table in COPIED}
        [document], [standing] = of["invoice"], of["entity_current_status"]
        steps = sorted(of["status_transitions"], key=lambda row: row["sequence"])
        draft = {**document, "status": "draft", "version": 1, "payment_reference": ""}
        draft |= dict.fromkeys(("invoice_number", "invoice_date", "due_date", "approved_at"))
        arrived = {**standing, "current_status": "draft", "last_transition_id": first}
        approved = {name: document[name] for name in AS_DRAFT["invoice"]}
        moved = {name: standing[name] for name in AS_DRAFT["entity_current_status"]}
        return [
            _insert("invoice", [draft]),
            _insert("invoice_line", of["invoice_line"]),
            _insert("invoice_tax", of["invoice_tax"]),
            _insert("status_transitions", steps[:1]),
            _insert("entity_current_status", [arrived]),
            (TAKE.format(count=1, company=document["business_entity_id"]), []),
            _update("invoice", approved, document["id"]),
            _insert("status_transitions", steps[1:]),
            _update("entity_current_status", moved, standing["id"]),
            _insert("events_outboxevent", of["events_outboxevent"]),
            _insert("events_eventdelivery", of["events_eventdelivery"]),
            _insert("journal_entry", of["journal_entry"]),
            _insert("journal_line", of["journal_line"]),
            _update('"order"', {"billing_status": "invoiced"}, document["order_id"]),
        ]


def _insert(table: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    values = [value for each in rows for value in each.values()]
    return f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES {', '.join([row] * len(rows))}", values


def _update(table: str, values: dict[str, Any], key: UUID) -> tuple[str, list[Any]]:
    return f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in values)} WHERE id = %s", [*values.values(), key]
