"""Writes down every statement that a request of ours makes, for `bare` to make again and for the table to count."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg


@dataclass
class Statement:
    """One statement as it went to PostgreSQL, with the rows that came back where it gave any."""

    sql: str
    parameters: list[Any]


@dataclass
class Recording:
    statements: list[Statement] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)


@contextmanager
def recording() -> Iterator[Recording]:
    """Inside, every statement of every connection of this process is written down."""
    kept = Recording()
    plain: Callable[..., Any] = psycopg.Cursor.execute

    def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        kept.statements.append(Statement(_text(cursor, query), list(params or ())))
        return plain(cursor, query, params, **options)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        yield kept
    finally:
        psycopg.Cursor.execute = plain  # type: ignore[method-assign]


def _text(cursor: Any, query: Any) -> str:
    return query if isinstance(query, str) else query.as_string(cursor)
