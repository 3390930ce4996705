"""Run in the system under measurement: `advance` is one run of the SLA monitoring, `idle` some that find nothing to do."""

import json
import os
import sys
import time
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from apps.core import clock  # noqa: E402 - Django is set up now
from apps.core.actor import acting  # noqa: E402
from apps.workflow import services  # noqa: E402

IDLE_RUNS = 15


def timed() -> tuple[int, float]:
    with acting(kind="task", label="sla"):
        began = time.perf_counter()
        moved = services.process_deadlines(clock.now())
        return moved, time.perf_counter() - began


def main(name: str) -> dict[str, Any]:
    if name == "advance":
        moved, seconds = timed()
        return {"moved": moved, "seconds": seconds}
    runs = [timed() for _turn in range(IDLE_RUNS)]
    return {"moved": sum(moved for moved, _seconds in runs), "seconds": median(seconds for _moved, seconds in runs)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
