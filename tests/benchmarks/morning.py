"""Run in the system under measurement: `home` reads what a manager is to do next, `mail` writes the manager's daily letter.

Says how long each took, and how long the database alone takes for the very same statements.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.db import connection  # noqa: E402 - Django is set up now

from apps.accounts.models import User  # noqa: E402
from apps.core import clock  # noqa: E402
from apps.core.contributions import Viewer  # noqa: E402
from apps.core.once import one_page  # noqa: E402
from apps.reporting.documents.letter import letter_for  # noqa: E402
from apps.reporting.work import my_work  # noqa: E402

TIMES = {"home": 40, "mail": 8}
Statement = tuple[str, Any]


def reader() -> User:
    """Somebody who sees everything."""
    return User.objects.filter(is_superuser=True, is_active=True).order_by("created_at")[0]


def home(user: User) -> None:
    with one_page():
        my_work(Viewer(user=user), {})


def mail(user: User) -> None:
    letter_for(user, "daily", clock.today(), is_late=False)


@contextmanager
def noted(statements: list[Statement]):
    def note(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def bare(statements: list[Statement]) -> float:
    """Seconds for the statements alone, their rows read and thrown away."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()
    return time.perf_counter() - began


def in_the_database(statements: list[Statement]) -> float:
    """Milliseconds that the database says it works on the statements."""
    total = 0.0
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            total += cursor.fetchone()[0][0]["Execution Time"]
    return total


def timed(act: Callable[[], Any], times: int) -> list[float]:
    found = []
    for _turn in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return found


def main(name: str) -> None:
    act, user = {"home": home, "mail": mail}[name], reader()
    statements: list[Statement] = []
    act(user)  # what is only read once is read
    with noted(statements):
        act(user)
    selects = [each for each in statements if each[0].lstrip().upper().startswith(("SELECT", "WITH"))]
    ours = timed(lambda: act(user), TIMES[name])
    told = {
        "statements": len(statements),
        "p95": quantiles(ours, n=20)[-1],
        "median": sorted(ours)[len(ours) // 2],
        "bare": sorted(bare(selects) for _turn in range(TIMES[name]))[TIMES[name] // 2],
        "database_ms": min(in_the_database(selects) for _turn in range(3)),
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
