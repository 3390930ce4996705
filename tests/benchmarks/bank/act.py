"""A bank file imported, matched and allocated, beside the set-based SQL that writes the same rows; the same lines again; and
whether many go as fast as few.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from apps.core import clock
from tests.benchmarks.bank import yardstick
from tests.benchmarks.bank.supply import Open, lines_for, open_invoices, write_file
from tests.benchmarks.probe import probe
from tests.benchmarks.system import System

SUBSCRIBERS = ["partners.partner_status_sync"]
A_FILE = 100_000  # more than fit into 128 MB come in several files
OURS = "tests.benchmarks.bank.ours"


@dataclass
class BankAct:
    """One system, its world and how it is measured: lines of the main ratio, of the few and of the many, and how often."""

    system: System
    database: str
    say: Callable[[str], None]
    lines: int
    few: int
    many: int
    rounds: int
    made: dict[str, Any] = field(default_factory=dict)

    def run(self, goal: Callable[..., None]) -> None:
        self.made = json.loads(self.system.run(OURS, "pattern"))
        ratios, again = self._beside_bare()
        goal("bank file", "of bare", median(ratios), 0.3)
        goal("bank file", "the same again, of its time", median(again), 0.3, at_most=True)
        if self.many:
            few = median([self._rate(self.few) for _turn in range(self.rounds)])
            many = self._rate(self.many)
            self.say(f"  {self.few} lines {few:.0f}/s, {self.many} lines {many:.0f}/s")
            goal("bank file", f"rate at {self.many} of that at {self.few}", many / few, 0.8)

    def _beside_bare(self) -> tuple[list[float], list[float]]:
        ratios, again = [], []
        for turn in range(self.rounds):
            self.say(f"\nBank file of {self.lines} lines   ({probe(self.system.folder)})")
            told: dict[str, Any] = {}
            for name in ("ours", "bare") if turn % 2 == 0 else ("bare", "ours"):
                told[name] = self._ours() if name == "ours" else self._bare()
            ours, bare = told["ours"]["seconds"], told["bare"]["seconds"]
            ratios.append(bare / ours)
            again.append(told["ours"]["again"] / ours)
            self.say(
                f"  ours {ours:.1f} s (read and booked in {told['ours']['reading']:.1f} s), {self.lines / ours:.0f}/s\n"
                f"  bare {bare:.1f} s, {self.lines / bare:.0f}/s; ours is {ratios[-1]:.2f} of it\n"
                f"  again {told['ours']['again']:.1f} s, {again[-1]:.2f} of its time"
            )
            if told["ours"]["rows"] != told["bare"]["rows"]:
                self.say(f"  rows differ: ours {told['ours']['rows']}\n               bare {told['bare']['rows']}")
        return ratios, again

    def _ours(self) -> dict[str, Any]:
        file = self._file(self._supply(self.lines))
        told, rows = self._counted(lambda: self._read(file))
        file.write_text(f"{file.read_text()}\n")  # other bytes, the same lines: each has to be looked up
        again = self._read(file, new=False)
        file.unlink()
        return {**told, "rows": rows, "again": again["seconds"]}

    def _bare(self) -> dict[str, Any]:
        lines = list(lines_for(self._supply(self.lines)))
        given = {
            "file": uuid4(),
            "statement": uuid4(),
            "entity": self.made["entity"],
            "account": self.made["account"],
            "subscribers": SUBSCRIBERS,
        }
        with self.system.connect() as connection:
            seconds, rows = self._counted(lambda: yardstick.write(connection, lines, given, clock.today()))
        return {"seconds": seconds, "rows": rows}

    def _rate(self, lines: int) -> float:
        files = [self._file(self._supply(min(A_FILE, lines - done))) for done in range(0, lines, A_FILE)]
        seconds = sum(self._read(file)["seconds"] for file in files)
        for file in files:
            file.unlink()
        return lines / seconds

    def _supply(self, count: int) -> list[Open]:
        with self.system.cluster.connect(self.database) as superuser:
            return open_invoices(superuser, self.made["invoice"], count)

    def _file(self, invoices: list[Open]) -> Path:
        number = uuid4().hex
        path = self.system.folder / f"bank-{number}.xml"
        write_file(path, self.made["iban"], invoices, clock.today(), number)
        return path

    def _read(self, file: Path, *, new: bool = True) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.system.run(OURS, str(file)).splitlines()[-1])
        if told["state"] != "imported" or bool(told["matched"]) is not new:
            raise RuntimeError(f"the bank file was not matched: {told}")
        return told

    def _counted(self, act: Callable[[], Any]) -> tuple[Any, dict[str, int]]:
        with self.system.connect("owner") as connection:
            before = yardstick.rows(connection)
            done = act()
            after = yardstick.rows(connection)
        return done, {table: after[table] - before[table] for table in after}
