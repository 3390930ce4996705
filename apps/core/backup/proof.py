"""What a copy must have in common with its original: every row of every table, every counter, every trigger and rule."""

from typing import Any

import psycopg
from psycopg import sql

# So that a row is written the same way whatever the server's own settings are.
READ_ALIKE = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres';
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
# A sum does not depend on the order of rows; the hash of PostgreSQL is the cheapest that tells any two rows apart.
ROWS = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t"
COUNTERS = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
RULES = {
    "triggers": "SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    # By name: PostgreSQL words the same condition in another way once it has read its own words.
    "constraints": "SELECT conrelid::regclass || ' ' || conname || ' ' || contype::text || convalidated FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename || ' ' || indexname FROM pg_indexes WHERE schemaname = 'public'",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS"
    " (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')",
}

Proof = dict[str, dict[str, Any]]


def of(connection: "psycopg.Connection[tuple]") -> Proof:
    """The proof of what a transaction sees."""
    connection.execute(READ_ALIKE)
    tables = {}
    for (name,) in connection.execute(TABLES).fetchall():
        tables[name] = list(connection.execute(sql.SQL(ROWS).format(sql.Identifier(name))).fetchone() or ())
    return {
        "tables": tables,
        "counters": dict(connection.execute(COUNTERS).fetchall()),
        "rules": {kind: _one_line(connection, query) for kind, query in RULES.items()},
    }


def _one_line(connection: "psycopg.Connection[tuple]", query: str) -> list[Any]:
    summed = "SELECT count(*), coalesce(md5(string_agg(line, chr(10) ORDER BY line COLLATE \"C\")), '') FROM ({}) AS lines (line)"
    return list(connection.execute(sql.SQL(summed).format(sql.SQL(query))).fetchone() or ())  # type: ignore[arg-type]


def differences(wanted: Proof, found: Proof, *, same_version: bool) -> list[str]:
    """Where a copy is not its original. Sums are only comparable between servers of one major version."""
    told = []
    for part, entries in wanted.items():
        for name in sorted({*entries, *found[part]}):
            one, other = entries.get(name), found[part].get(name)
            if isinstance(one, list) and isinstance(other, list) and not same_version:
                one, other = one[:1], other[:1]
            if one != other:
                told.append(f"{part}: {name}: {_words(one)} in the backup, {_words(other)} here")
    return told


def _words(value: Any) -> str:
    return "absent" if value is None else str(value)


def rows_in(proof: Proof) -> int:
    return sum(int(rows) for rows, _sum in proof["tables"].values())
