"""How often a caller may call. Counted in Redis by one script, so that no two calls are counted as one.

While Redis does not answer, a row in the database counts, at half the limit: stricter, never open.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import redis
import structlog
from django.conf import settings
from django.db import connection, transaction

from apps.core import clock
from apps.core.errors import TooMany

log = structlog.get_logger(__name__)

REDIS_WAITS = 0.5  # seconds; the limiter stands before every call
SECONDS_WITHOUT_REDIS = 5.0
BUCKET_LENGTH = 200

# Counting and setting the end of the window are one step; two would let a crash between them count for ever.
TAKE = """
local taken = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {taken, left}
"""

TAKE_ROW = """
INSERT INTO rate_bucket AS b (id, bucket, window_ends_at, taken)
VALUES (gen_random_uuid(), %(bucket)s, %(ends)s, 1)
ON CONFLICT (bucket) DO UPDATE SET
    taken = CASE WHEN b.window_ends_at <= %(now)s THEN 1 ELSE least(b.taken + 1, 1000000000) END,
    window_ends_at = CASE WHEN b.window_ends_at <= %(now)s THEN %(ends)s ELSE b.window_ends_at END
RETURNING taken, window_ends_at
"""


def sign_in_bucket(ip_address: str) -> str:
    """What is counted of an address at the doors where people come to be known: the API's and the back office's are one."""
    return f"sign_in:{ip_address}"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is left in the window after a call was counted."""

    limit: int
    remaining: int
    resets_in: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.resets_in),
        }


class _Counter:
    """The script on one Redis, left alone for some seconds after it failed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = redis.Redis.from_url(
            url, socket_timeout=REDIS_WAITS, socket_connect_timeout=REDIS_WAITS, max_connections=64
        )
        self._script = self._client.register_script(TAKE)
        self._rest_until = 0.0

    def take(self, bucket: str, seconds: int) -> tuple[int, float] | None:
        """How many were taken and the seconds left in the window; None while Redis does not answer."""
        if time.monotonic() < self._rest_until:
            return None
        try:
            taken, left = self._script(keys=[f"rate:{bucket}"], args=[seconds * 1000])
        except (redis.RedisError, OSError) as error:
            self._rest_until = time.monotonic() + SECONDS_WITHOUT_REDIS
            log.warning("limiter_without_redis", error=type(error).__name__)
            return None
        return int(taken), int(left) / 1000


_counters: dict[str, _Counter] = {}
_lock = threading.Lock()


def _counter() -> _Counter:
    with _lock:
        if settings.REDIS_URL not in _counters:
            _counters[settings.REDIS_URL] = _Counter(settings.REDIS_URL)
        return _counters[settings.REDIS_URL]


def take_token(bucket: str, *, limit: int, seconds: int) -> Allowance:
    """Count one call of `bucket` in its window.

    Raises:
        TooMany: the window's calls are used up; it says when the next one begins.
    """
    bucket = bucket[:BUCKET_LENGTH]
    counted = _counter().take(bucket, seconds)
    if counted is None:
        limit = max(1, limit // 2)
        counted = _take_row(bucket, seconds)
    taken, left = counted
    resets_in = max(1, round(left + 0.5))
    if taken > limit:
        raise TooMany(retry_after=resets_in, limit=limit, remaining=0)
    return Allowance(limit=limit, remaining=limit - taken, resets_in=resets_in)


@transaction.atomic
def _take_row(bucket: str, seconds: int) -> tuple[int, float]:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE_ROW, {"bucket": bucket, "now": now, "ends": now + timedelta(seconds=seconds)})
        taken, ends_at = cursor.fetchone()
    return taken, (ends_at - now).total_seconds()
