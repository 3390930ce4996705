"""How the machine is at this moment: what one commit and a million turns of a loop cost. Rates mean little without it."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Probe:
    fsync_ms: float
    spin_ms: float

    def __str__(self) -> str:
        return f"fsync {self.fsync_ms:.2f} ms, spin {self.spin_ms:.0f} ms"


def probe(folder: Path) -> Probe:
    return Probe(fsync_ms=_fsync(folder), spin_ms=_spin())


def _fsync(folder: Path) -> float:
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _turn in range(50):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return 1000 * median(times)


def _spin() -> float:
    began = time.perf_counter()
    turns = 0
    while turns < 1_000_000:
        turns += 1
    return 1000 * (time.perf_counter() - began)
