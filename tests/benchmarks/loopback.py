"""Starts the partner on loopback and asks it what it heard."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from chargecars.environment import BASE_DIR
from chargecars.runtime import process
from tests.benchmarks.load import Line, request_of
from tests.benchmarks.system import System

PATIENCE = 300.0


@contextmanager
def partner_on_loopback(system: System) -> Iterator[int]:
    port = process.free_port()
    with (system.folder / "partner.log").open("wb") as log:
        child = process.start([sys.executable, "-m", "tests.benchmarks.partner", str(port)], log=log, cwd=BASE_DIR)
    try:
        while process.port_is_free(port):
            time.sleep(0.05)
        yield port
    finally:
        process.stop(child)


def wait_until_heard(port: int, wanted: int) -> dict[str, int]:
    """What the partner has heard once that is all, or nothing new came for a while."""
    told, last_new = {"heard": 0, "out_of_order": 0}, time.monotonic()
    with Line(port) as line:
        while told["heard"] < wanted and time.monotonic() - last_new < PATIENCE:
            now: dict[str, int] = json.loads(line.ask(request_of("GET", "/", headers={})).body)
            if now["heard"] != told["heard"]:
                last_new = time.monotonic()
            told = now
            time.sleep(0.1)
    return told
