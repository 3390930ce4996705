"""When to try again. One ladder for everything that may fail for a while: three days of patience, then a person looks."""

import random
from datetime import timedelta

LADDER = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(LADDER)
SPREAD = 0.2
LONGEST_WAIT = timedelta(hours=24)


def next_attempt_after(attempts: int, retry_after: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many failed attempts, spread by a fifth; None when it is time to park.

    Args:
        attempts: how many were made; the first comes at once.
        retry_after: the least that the other side asked for, honoured up to a day.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    wait = LADDER[attempts] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - spreads rivals, guards nothing
    return max(wait, min(retry_after or timedelta(0), LONGEST_WAIT))
