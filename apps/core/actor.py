"""Who acts, for which request, from where, and why.

A door (middleware, task base, command) opens an `acting()` block. The first statement of each database transaction
inside it, and the first after a change, hands this to PostgreSQL, where the audit trigger reads it: the log needs no
cooperation of the code that writes.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any

from psycopg.pq import TransactionStatus


@dataclass(frozen=True, kw_only=True)
class Acting:
    """One actor at work. `kind` is user, api_key, task or system; id and label name it without a foreign key."""

    kind: str = "system"
    id: str = ""
    label: str = ""
    request_id: str = ""
    source: str = ""
    ip_address: str = ""
    reason: str = ""


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting:
    """Who acts now; the system, unknown, where no door said so."""
    return _current.get() or Acting()


@contextmanager
def acting(**who: str) -> Iterator[Acting]:
    """Act as `who` (fields of `Acting`) inside the block; what is not given stays as it was outside."""
    acting_now = replace(current(), **who)
    token = _current.set(acting_now)
    try:
        yield acting_now
    finally:
        _current.reset(token)


def become(**who: str) -> None:
    """Change the actor of the block that is open: a request learns who it is after it began.

    Without an open block nobody would ever take the actor back, so nothing changes.
    """
    if _current.get() is not None:
        _current.set(replace(current(), **who))


def stamp_connection(*, connection: Any, **_: Any) -> None:
    """Have every transaction of this connection tell PostgreSQL who acts."""
    connection.acting = None
    if _stamp_transaction not in connection.execute_wrappers:
        connection.execute_wrappers.append(_stamp_transaction)


def _stamp_transaction(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's own signature
    context: dict[str, Any],
) -> Any:
    connection = context["connection"]
    if not connection.in_atomic_block:
        return execute(sql, params, many, context)
    status = connection.connection.info.transaction_status
    if status == TransactionStatus.IDLE:
        # psycopg sends BEGIN with the first statement, so an idle connection inside atomic() is a transaction's beginning.
        connection.acting = None
    if status != TransactionStatus.INERROR and connection.acting != _current.get():
        connection.acting = _current.get()
        stamp = json.dumps(asdict(current())) if connection.acting else ""
        context["cursor"].cursor.execute("SELECT set_config('chargecars.acting', %s, true)", (stamp,))
    try:
        return execute(sql, params, many, context)
    finally:
        if isinstance(sql, str) and sql.startswith("ROLLBACK TO SAVEPOINT"):
            connection.acting = None  # the stamp may have gone with it
