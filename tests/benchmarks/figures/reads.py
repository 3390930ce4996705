"""Run in the system under measurement: does what the clock would have done, logs browsers in, and says what each page of
figures costs the database: processor time of the one connection that serves it.
"""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django is set up now
from django.db import connection  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.core import clock  # noqa: E402
from apps.reporting.services import add_changes  # noqa: E402
from apps.workflow.services.monitoring import process_deadlines  # noqa: E402
from tests.benchmarks.figures.act import ADDRESSES  # noqa: E402
from tests.benchmarks.places import browser_of  # noqa: E402

COOKIE = settings.SESSION_COOKIE_NAME
TIMES = 200
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
BROWSERS = 8


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def database_ms(address: str) -> float:
    client = browser_of(users[0])
    client.get(address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    before = ticks(pid)
    for _ in range(TIMES):
        client.get(address)
    return (ticks(pid) - before) * TICK_MS / TIMES


if __name__ == "__main__":
    process_deadlines(clock.now())
    add_changes()
    users = list(User.objects.filter(email__startswith="bench", is_superuser=True)[:BROWSERS])
    cookies = [f"{COOKIE}={browser_of(user).cookies[COOKIE].value}" for user in users]
    costs = {address: database_ms(address) for addresses in ADDRESSES.values() for address in addresses}
    sys.stdout.write(json.dumps({"cookies": cookies, "database_ms": costs}))
