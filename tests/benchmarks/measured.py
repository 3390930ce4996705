"""Rounds in turns, and what they came to: the machine drifts within minutes, so only ratios of one run count."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.load import Run, hammer
from tests.benchmarks.system import Server

ROUNDS = 3


@dataclass
class Contender:
    """One server in one act, with what it was asked and its rounds."""

    name: str
    server: Server
    next_request: Callable[[], bytes | None]
    runs: list[Run] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)

    def go(self, seconds: float) -> None:
        before = self.server.processor_seconds()
        run = hammer(self.server.port, self.next_request, seconds=seconds)
        used = self.server.processor_seconds() - before
        if not run.times or len(run.times) < run.seconds:  # what there was to ask ran out: such a round says nothing
            return
        self.runs.append(run)
        self.processor_ms.append(1000 * used / len(run.times))

    @property
    def rates(self) -> list[float]:
        return [run.rate for run in self.runs]

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu(self) -> float:
        return median(self.processor_ms)

    def p95(self) -> float:
        return median(run.percentile(0.95) for run in self.runs)

    @property
    def statuses(self) -> Counter[int]:
        return sum((run.statuses for run in self.runs), Counter[int]())

    def line(self) -> str:
        spread = f"{min(self.rates):.0f}-{max(self.rates):.0f}"
        p50 = median(run.percentile(0.5) for run in self.runs)
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"  {self.name:<22}{self.rate:>8.1f}/s  ({spread:>11})  p50 {p50:>6.1f} ms  p95 {self.p95():>6.1f} ms  "
            f"CPU {self.cpu:>5.2f} ms  [{answers}]"
        )


def in_turns(contenders: list[Contender], *, seconds: float, rounds: int = ROUNDS) -> None:
    """A short one to get warm, then each in turn, so many rounds; the order turns too."""
    for contender in contenders:
        hammer(contender.server.port, contender.next_request, seconds=min(2.0, seconds))
    for turn in range(rounds):
        shift = turn % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            contender.go(seconds)


@dataclass(frozen=True)
class Goal:
    """One promise: what was measured, what it must be at least (or at most), and whether it is."""

    act: str
    what: str
    value: float
    bound: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def line(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"  {self.act:<16}{self.what:<46}{self.value:>8.2f}  {sign} {self.bound:<8g}{'yes' if self.met else 'NO'}"
