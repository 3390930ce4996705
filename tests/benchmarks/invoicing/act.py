"""Invoices singly and by the run, ledger postings, papers and the companies' months, beside the same rows by SQL alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.invoicing import months
from tests.benchmarks.probe import probe
from tests.benchmarks.system import System

INSIDE = "tests.benchmarks.invoicing.inside"


@dataclass
class InvoicingAct:
    """One system and how it is measured: rounds, the invoices of a run, and those that are issued singly in a round."""

    system: System
    say: Callable[[str], None]
    rounds: int
    run: int
    singly: int

    def inside(self, act: str, title: str, goal: Callable[..., None]) -> None:
        """An act that calls our own code, in a process of the system's."""
        sizes = (str(each) for each in (self.rounds, self.run, self.singly))
        told = json.loads(self.system.run(INSIDE, act, *sizes))
        self.say(f"\n{title}   ({probe(self.system.folder)})")
        for line in told["lines"]:
            self.say(line)
        for name, what, value, bound, at_most in told["goals"]:
            goal(name, what, value, bound, at_most=at_most)

    def summary(self, goal: Callable[..., None]) -> None:
        with self.system.connect("chargecars_owner") as owner:
            supplied = months.supply(owner)
        told = json.loads(self.system.run("tests.benchmarks.invoicing.months", str(self.rounds)))
        self.say(f"\nMonths of {supplied} invoices   ({probe(self.system.folder)})")
        for line in told["lines"]:
            self.say(line)
        goal("daily summary", "times the SQL", told["ratio"], 2.0, at_most=True)
