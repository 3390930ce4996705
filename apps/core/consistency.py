"""Checks of what the tables say about each other: each app adds its own in `ready()`, `manage.py verify` runs them.

A check reads with SQL over whole tables and yields only what is wrong, so that a million orders take minutes and no
memory. All checks of a run see the same snapshot.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

import psycopg
from django.db import connections

EXAMPLES = 20
PATIENCE = "2h"  # of one statement; a check that takes longer is broken off
MEMORY = "128MB"  # of one sort or hash; what is larger goes to disk

Parameters = Sequence[Any] | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that is not as it must be: where, what should stand there and what does."""

    record: str
    expected: str
    found: str


@dataclass
class Snapshot:
    """The database as it was when the run began, for one check to read; counts the rows that the check looked at."""

    connection: "psycopg.Connection[Any]"
    looked_at: int = 0
    _cursors: Iterator[int] = field(default_factory=count)

    def look_at(self, counting: str, parameters: Parameters = None) -> None:
        """Add the number that a query gives to the rows looked at."""
        (rows,) = self.connection.execute(counting, parameters).fetchone()
        self.looked_at += rows

    def differences(self, query: str, parameters: Parameters = None) -> Iterator[Difference]:
        """Stream what a query of three text columns finds wrong: record, expected, found."""
        with self.connection.cursor(name=f"differences_{next(self._cursors)}") as cursor:
            for record, expected, found in cursor.execute(query, parameters):
                yield Difference(record=record, expected=expected, found=found)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that always holds. `run` yields what does not; `name` is what `--only` takes."""

    name: str
    label: str
    run: Callable[[Snapshot], Iterator[Difference]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a check found: how many differences, and the first of them. `error` says why it could not be carried out."""

    name: str
    label: str
    looked_at: int
    differences: int
    examples: tuple[Difference, ...]
    seconds: float
    error: str = ""

    @property
    def ok(self) -> bool:
        return not self.differences and not self.error

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ok": self.ok}


class Checks:
    """All that apps have registered; `checks` is the one instance."""

    def __init__(self) -> None:
        self._by_name: dict[str, Check] = {}
        self._listeners: list[Callable[[Sequence[Result]], None]] = []

    def add(self, *added: Check) -> None:
        for check in added:
            if check.name in self._by_name:
                raise ValueError(f"two checks are called {check.name}")
            self._by_name[check.name] = check

    def listen(self, listener: Callable[[Sequence[Result]], None]) -> None:
        """Have somebody hear what a run found."""
        self._listeners.append(listener)

    def tell(self, results: Sequence[Result]) -> None:
        for listener in self._listeners:
            listener(results)

    def names(self) -> list[str]:
        return list(self._by_name)

    def run(self, connection: "psycopg.Connection[Any]", *, only: Sequence[str] = ()) -> Iterator[Result]:
        """Carry out all checks, or those named, one after the other on a connection with an open transaction.

        Raises:
            KeyError: there is no check of a name in `only`.
        """
        for name in only or self.names():
            yield _carry_out(self._by_name[name], connection)


checks = Checks()


@contextmanager
def snapshot(alias: str = "default") -> "Iterator[psycopg.Connection[Any]]":
    """A connection of its own that sees one moment, writes nothing and may take its time."""
    with psycopg.connect(**connections[alias].get_connection_params()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        yield connection


def _carry_out(check: Check, connection: "psycopg.Connection[Any]") -> Result:
    began, view, examples, differences, error = time.monotonic(), Snapshot(connection), [], 0, ""
    try:
        with connection.transaction():  # a savepoint: a check that fails takes no other with it
            for difference in check.run(view):
                differences += 1
                if differences <= EXAMPLES:
                    examples.append(difference)
    except psycopg.Error as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Result(
        name=check.name,
        label=check.label,
        looked_at=view.looked_at,
        differences=differences,
        examples=tuple(examples),
        seconds=round(time.monotonic() - began, 3),
        error=error,
    )
