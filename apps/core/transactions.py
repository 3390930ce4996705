"""One retry around a whole transaction: deadlocks and serialization failures are nobody's fault and pass at once."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg import errors as pg

from apps.core.errors import Unavailable

Result = TypeVar("Result")

PASSING = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable)
ATTEMPTS = 3


def retrying(work: Callable[[], Result]) -> Result:
    """Run `work`, which opens its own transaction, again when the database broke it off for another's sake.

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
