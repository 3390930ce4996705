"""What the platform asks: are you alive, can you work."""

from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core import grants
from apps.core.doors import open_to
from apps.events.queries import sending_is_held, standings


@open_to("everybody: it tells nothing of the business")
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked, so that a lost database does not restart every web process."""
    return JsonResponse({"status": "ok"})


@open_to("everybody: it tells nothing of the business")
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and is at the code's version. The rest is told and does not count: work goes on without."""
    required = {"database": check(database), "migrations": check(_migrations)}
    reported = {"redis": check(redis_server), "rights": check(_rights), "jobs": check(_jobs), "sending": check(_sending)}
    ok = all(state == "ok" for state in required.values())
    return JsonResponse({"status": "ok" if ok else "unavailable", **required, **reported}, status=200 if ok else 503)


def check(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except (DatabaseError, InterfaceError, redis.RedisError, OSError) as error:
        return f"unavailable: {type(error).__name__}"  # the kind only: an address or a name is nobody's business here


def database() -> str:
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


_rightly: set[str] = set()


def _rights() -> str:
    """Whether the application may do what it is to do, and no more; asked until it is so once."""
    if not _rightly:
        wrong = grants.differences("default")
        if wrong:
            return f"{len(wrong)} wrong, see manage.py check_grants"
        _rightly.add("all")
    return "ok"


def _jobs() -> str:
    troubled = [standing.job for standing in standings() if standing.needs_a_person]
    return f"in trouble: {', '.join(troubled)}" if troubled else "ok"


def _sending() -> str:
    return "held since a restore" if sending_is_held() else "ok"


def redis_server() -> str:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return "ok"
