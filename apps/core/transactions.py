"""Transactions: parts that join one, and the retry around a whole one."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg import errors as pg

from apps.core.errors import Unavailable
from apps.core.prepared import execute

Result = TypeVar("Result")
Given = ParamSpec("Given")

PASSING = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable)
ATTEMPTS = 3


def in_transaction(service: Callable[Given, Result]) -> Callable[Given, Result]:
    """Have a service run in its caller's transaction; where there is none, in one of its own.

    Unlike a nested `transaction.atomic` it sets no savepoint, which is two statements each time. So a refusal that passes
    through here ends the whole transaction: whoever means to go on after one calls inside an `atomic` of its own.
    """

    @wraps(service)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        with transaction.atomic(savepoint=not _inside_ours()):
            return service(*args, **kwargs)

    return run


def _inside_ours() -> bool:
    """Whether a transaction of ours is open. That of a test is none: a refusal must not end it."""
    open_blocks = transaction.get_connection().atomic_blocks
    return bool(open_blocks) and not open_blocks[-1]._from_testcase


def lock_name(name: str) -> None:
    """Have this name to ourselves until our transaction ends, where there may be no row to lock yet."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def retrying(work: Callable[[], Result]) -> Result:
    """Run `work`, which opens its own transaction, again when the database broke it off for another's sake: deadlocks and
    serialization failures are nobody's fault and pass at once.

    Raises:
        Unavailable: it was broken off three times; nothing was changed.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            # Inside an outer transaction only the outermost caller can repeat: the whole of it is lost.
            if not isinstance(error.__cause__, PASSING) or transaction.get_connection().in_atomic_block:
                raise
            if attempt == ATTEMPTS:
                raise Unavailable from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311  # spreads rivals, guards nothing
    raise AssertionError("unreachable")
