"""Which fault comes when: decided by the seed alone, before anything starts."""

import random
from dataclasses import dataclass
from typing import Literal, get_args

Fault = Literal["web_process", "web_group", "pool_process", "worker_group", "postgres", "flush", "valkey"]
A_MINUTE: dict[Fault, int] = {
    "web_process": 28,
    "web_group": 1,
    "pool_process": 4,
    "worker_group": 2,
    "postgres": 2,
    "flush": 2,
    "valkey": 1,
}
FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(frozen=True, order=True)
class Strike:
    at: float  # seconds since the storm began
    fault: Fault


def forecast(seed: int, seconds: float) -> list[Strike]:
    """Each kind of fault at least once, and as often as its rate says; spread over the storm, at chance moments."""
    chance = random.Random(f"weather {seed}")
    strikes = []
    for fault, a_minute in A_MINUTE.items():
        count = max(1, round(a_minute * seconds / 60))
        strikes += [Strike(round((turn + chance.uniform(0.15, 0.85)) * seconds / count, 2), fault) for turn in range(count)]
    return sorted(strikes)
