"""What the platform asks: are you alive, can you work."""

from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.doors import open_to


@open_to("everybody: it tells nothing of the business")
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked, so that a lost database does not restart every web process."""
    return JsonResponse({"status": "ok"})


@open_to("everybody: it tells nothing of the business")
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and is at the code's version. Redis is told but does not count: all work goes on without."""
    required = {"database": _check(_database), "migrations": _check(_migrations)}
    reported = {"redis": _check(_redis)}
    ok = all(state == "ok" for state in required.values())
    return JsonResponse({"status": "ok" if ok else "unavailable", **required, **reported}, status=200 if ok else 503)


def _check(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"unavailable: {type(error).__name__}"  # the kind only: an address or a name is nobody's business here


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


_migrated: set[Any] = set()


def _migrations() -> str:
    """Asked until it is so once: a process never goes back to older tables."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return f"{len(missing)} to run"
        _migrated.add("all")
    return "ok"


def _redis() -> str:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return "ok"
