"""Run in the system under measurement: takes a report of so many orders out as CSV, and says how long that took and by how
much more memory than a short one.
"""

import json
import os
import resource
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.test import Client  # noqa: E402 - Django is set up now

from apps.accounts.models import User  # noqa: E402
from apps.core import clock  # noqa: E402
from apps.orders.models import Order  # noqa: E402
from tests.benchmarks.places import browser_of  # noqa: E402

FEW = 2_000


def memory_mb() -> float:
    """The most that this process has ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rows_of_file(client: Client, wanted: int) -> int:
    """Take out about so many orders, the newest; gives how many rows the file has."""
    moments = Order.objects.kept().filter(is_test=False).order_by("-created_at").values_list("created_at", flat=True)
    oldest = list(moments[wanted - 1 : wanted]) or [moments.last()]
    query = {"format": "csv-plain", "from": clock.local_day(oldest[0]).isoformat(), "to": clock.today().isoformat()}
    answer = client.get("/api/v1/reports/orders", query)
    lines = sum(piece.count(b"\r\n") for piece in answer.streaming_content)
    answer.close()
    return lines - 1


if __name__ == "__main__":
    client = browser_of(User.objects.filter(email__startswith="bench", is_superuser=True).first())
    rows_of_file(client, FEW)
    before, began = memory_mb(), time.monotonic()
    rows = rows_of_file(client, int(sys.argv[1]))
    told = {"rows": rows, "seconds": time.monotonic() - began, "memory_mb": memory_mb() - before}
    sys.stdout.write(json.dumps(told))
