"""What stands in the way of a load: triggers, and constraints and indexes that are cheaper made anew than kept up row by row.

All of it in the load's own transaction: whoever looks sees the tables whole, before it or after it, and a load that fails
changes nothing. CHECK and NOT NULL constraints stay, and foreign keys and keys hold for every row when they are made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE conparentid = 0 AND (
        contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
        OR contype IN ('p', 'u') AND conrelid = ANY(%(tables)s::regclass[])
    )
    ORDER BY contype <> 'f', contype = 'p', conrelid::regclass::text, conname
"""
INDEXES = """
    SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')  -- with the partitions' own
    FROM pg_index
    WHERE indrelid = ANY(%(tables)s::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
    ORDER BY 1
"""


@dataclass
class Quiet:
    """Tables without triggers, keys and indexes, until `restore`."""

    connection: "psycopg.Connection[Any]"
    tables: Sequence[str]
    keys: Sequence[tuple[str, str, str]] = ()
    indexes: Sequence[tuple[str, str]] = ()

    def silence(self) -> None:
        names = {"tables": [f'"{table}"' for table in self.tables]}
        self.keys = self.connection.execute(KEYS, names).fetchall()
        self.indexes = self.connection.execute(INDEXES, names).fetchall()
        for table in self.tables:
            self.connection.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table, name, _definition in self.keys:
            self.connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in self.indexes:
            self.connection.execute(f"DROP INDEX {name}")

    def restore(self) -> None:
        """Make everything again, foreign keys last; fails where a row breaks one."""
        for table, name, definition in reversed(self.keys):
            if not definition.startswith("FOREIGN KEY"):
                self.connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for _name, definition in self.indexes:
            self.connection.execute(definition)
        for table, name, definition in self.keys:
            if definition.startswith("FOREIGN KEY"):
                self.connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table in self.tables:
            self.connection.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
