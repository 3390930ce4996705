"""`make bench`: what the system does per second beside two yardsticks, in one run, on as many orders as asked for.

python -m tests.benchmarks [--orders 1000000] [--seconds 8] [--rounds 3] [--folder DIR]
    [--only intake,status,numbers,lists,outbox,invoices,ledger,pdf,summary,bank,sla,home,daily_mail,dashboard,export,notifications]
    [--invoices 1000,200] [--bank-lines 100000,10000,1000000] [--notifications 10000]
    [--sla-rows 1000000]
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from chargecars.environment import data_dir
from tests.benchmarks import acts
from tests.benchmarks.bank.act import BankAct
from tests.benchmarks.figures import act as figures
from tests.benchmarks.invoicing.act import InvoicingAct
from tests.benchmarks.load import hammer
from tests.benchmarks.loopback import partner_on_loopback, wait_until_heard
from tests.benchmarks.measured import ROUNDS, Contender, Goal, in_turns
from tests.benchmarks.notifications.act import NotificationsAct
from tests.benchmarks.probe import probe
from tests.benchmarks.sla.act import SlaAct
from tests.benchmarks.supply import top_up
from tests.benchmarks.system import Server, System

DATABASE, SMALL_DATABASE, SMALL = "bench", "bench_small", 10_000
EVENTS = 10_000
SUPPLIED_PER_SECOND = 900  # a third for us, the rest for bare, which is twice as fast
ALL = "intake,status,numbers,lists,outbox,invoices,ledger,pdf,summary,bank,sla,home,daily_mail,dashboard,export,notifications"
INVOICES = "1000,200"  # of a run, and issued singly in a round
SLA_ROWS = 1_000_000
BANK_LINES = "100000,10000,1000000"  # beside bare; the few and the many of the rates, 0: not asked


@dataclass
class Bench:
    """One run: the system, its servers and callers, and the goals it is held against."""

    system: System
    seconds: float
    rounds: int
    servers: dict[str, Server] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    plain_token: str = ""
    counted: dict[str, Any] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    orders: int = 0
    issued: tuple[int, int] = (0, 0)
    bank_lines: tuple[int, int, int] = (0, 0, 0)
    sla_rows: int = 0
    told: int = 10_000
    intake_rate: float = 0.0

    @property
    def api_key(self) -> str:
        return self.system.secrets["partners"]["groendus"]["api_key"]

    def start(self, to_stop: ExitStack) -> None:
        system = self.system
        scripts = system.folder / "scripts"
        scripts.mkdir(exist_ok=True)
        system.environment |= {
            "BENCH_SCRIPTS": str(scripts),
            "PLAIN_DATABASE_URL": system.cluster.url("chargecars_owner", "plain"),
        }
        os.environ.update(system.environment)
        system.cluster.prepare_database("plain")
        self.tokens = json.loads(system.run("tests.benchmarks.people"))
        self.plain_token = system.run("tests.benchmarks.plain.prepare")
        self.counted = json.loads(
            system.run("tests.benchmarks.scripts", json.dumps({"api_key": self.api_key, "token": self.tokens[0]}))
        )
        for name, application, interface in (
            ("ours", "chargecars.asgi:application", "asginl"),
            ("bare", "tests.benchmarks.bare:application", "wsgi"),
            ("plain", "tests.benchmarks.plain.wsgi:application", "wsgi"),
        ):
            server = system.server(name, application, interface=interface, threads=2)
            self.servers[name] = to_stop.enter_context(server)

    def measure(self, act: str, contenders: list[Contender]) -> dict[str, Contender]:
        say(f"\n{act}   ({probe(self.system.folder)})")
        in_turns(contenders, seconds=self.seconds, rounds=self.rounds)
        for contender in contenders:
            say(contender.line())
        return {contender.name: contender for contender in contenders}

    def goal(self, act: str, what: str, value: float, bound: float, *, at_most: bool = False) -> None:
        self.goals.append(Goal(act, what, value, bound, at_most))

    def intake(self) -> None:
        ours = acts.Locked(acts.intake(self.api_key, acts.new_word()) for _ in repeat(None))
        words = [acts.new_word() for _ in range(200)]
        first = acts.Locked(iter([acts.intake(self.api_key, word) for word in words]))
        hammer(self.servers["ours"].port, first, seconds=60)
        found = self.measure(
            "Partner order in",
            [
                Contender("ours", self.servers["ours"], ours),
                Contender("bare", self.servers["bare"], acts.Locked(acts.bare("intake") for _ in repeat(None))),
                Contender("plain", self.servers["plain"], acts.Locked(acts.intake_plain(self.plain_token) for _ in repeat(None))),
                Contender("ours, same key again", self.servers["ours"], acts.replays(self.api_key, words)),
            ],
        )
        rate = found["ours"].rate
        self.goal("order in", "of bare", rate / found["bare"].rate, 0.30)
        self.goal("order in", "of plain", rate / found["plain"].rate, 1.8)
        self.goal("order in", "app CPU of plain's", found["ours"].cpu / found["plain"].cpu, 0.6, at_most=True)
        self.intake_rate = rate
        self.goal("same key again", "of order in", found["ours, same key again"].rate / rate, 2.0)

    def status(self) -> None:
        with self.system.connect() as connection:
            orders = top_up(connection, int(SUPPLIED_PER_SECOND * self.seconds * (self.rounds + 1)))
        with psycopg.connect(self.system.environment["PLAIN_DATABASE_URL"]) as connection:
            plain = [key for (key,) in connection.execute("SELECT id FROM plain_order WHERE status = 'new'").fetchall()]
        recorded = self.counted["status"]["order"]
        third = len(orders) // 3
        bare = (acts.bare("status", known={recorded: order}) for order in orders[third:])
        found = self.measure(
            "Status change",
            [
                Contender(
                    "ours", self.servers["ours"], acts.status_changes(self.tokens, iter(orders[:third]), "intake_completed")
                ),
                Contender("bare", self.servers["bare"], acts.Locked(bare)),
                Contender("plain", self.servers["plain"], acts.status_changes_plain(self.plain_token, iter(plain))),
            ],
        )
        self.goal("status change", "of bare", found["ours"].rate / found["bare"].rate, 0.25)
        self.goal("status change", "of plain", found["ours"].rate / found["plain"].rate, 1.2)

    def numbers(self) -> None:
        rates: dict[int, list[float]] = {4: [], 16: []}
        gapless = True
        for _turn in range(self.rounds):
            for writers, found in rates.items():
                told = json.loads(self.system.run("tests.benchmarks.numbers", str(writers), str(self.seconds)))
                found.append(told["rate"])
                gapless &= told["gapless"]
        say(f"\nNumbers of one series   ({probe(self.system.folder)})")
        for writers, found in rates.items():
            say(f"  {writers:>2} writers{median(found):>18.1f}/s  ({min(found):.0f}-{max(found):.0f})")
        self.goal("number", "16 writers of 4 writers", median(rates[16]) / median(rates[4]), 0.6)
        self.goal("number", "gaps and doubles", 0 if gapless else 1, 0, at_most=True)

    def outbox(self) -> None:
        with partner_on_loopback(self.system) as port:
            wanted = int(self.system.run("tests.benchmarks.events", str(EVENTS), f"http://127.0.0.1:{port}/"))
            with self.system.worker():
                began = time.monotonic()
                heard = wait_until_heard(port, wanted)
                seconds = time.monotonic() - began
        rate = heard["heard"] / seconds
        say(f"\nOutbox   ({probe(self.system.folder)})\n  {heard['heard']} of {wanted} events in {seconds:.1f} s: {rate:.0f}/s")
        self.goal("outbox", "lost", wanted - heard["heard"], 0, at_most=True)
        self.goal("outbox", "out of order", heard["out_of_order"], 0, at_most=True)
        if self.intake_rate:
            self.goal("outbox", "of order in", rate / self.intake_rate, 2.0)

    def lists(self) -> None:
        """The same questions to many orders and to few, in turns."""
        big, small = self.places(self.orders // 2), {}
        with ExitStack() as to_stop:
            system = self.system
            system.use(SMALL_DATABASE)
            say(system.fill(SMALL))
            json.loads(system.run("tests.benchmarks.people"))
            small = self.places(SMALL // 2)
            server = to_stop.enter_context(system.server("small", "chargecars.asgi:application", interface="asginl", threads=2))
            system.use(DATABASE)
            for name, questions in big["addresses"].items():
                found = self.measure(
                    name,
                    [
                        Contender("many", self.servers["ours"], acts.pages(questions, big["cookies"])),
                        Contender("few", server, acts.pages(small["addresses"][name], small["cookies"])),
                    ],
                )
                self.goal(name, "p95 of few orders'", found["many"].p95() / found["few"].p95(), 1.3, at_most=True)
        self.goal("order page", "statements", big["page"], 25, at_most=True)

    @property
    def invoicing(self) -> InvoicingAct:
        return InvoicingAct(self.system, say, self.rounds, *self.issued)

    def invoices(self) -> None:
        self.invoicing.inside("invoices", "Invoices", self.goal)

    def ledger(self) -> None:
        self.invoicing.inside("ledger", "Ledger postings", self.goal)

    def pdf(self) -> None:
        self.invoicing.inside("pdf", "An invoice as PDF with its UBL", self.goal)

    def summary(self) -> None:
        self.invoicing.summary(self.goal)

    def bank(self) -> None:
        lines, few, many = self.bank_lines
        act = BankAct(self.system, DATABASE, say, lines=lines, few=few, many=many, rounds=self.rounds)
        act.run(self.goal)

    def sla(self) -> None:
        SlaAct(self.system, say, self.sla_rows, self.rounds).run(self.goal)

    def home(self) -> None:
        """What to do next, of many orders and of few."""
        many = self.morning("home")
        self.system.use(SMALL_DATABASE)
        say(self.system.fill(SMALL))
        few = self.morning("home")
        self.system.use(DATABASE)
        say(f"\nMy work   ({probe(self.system.folder)})\n  many {many}\n  few {few}")
        self.goal("my work", "p95 of few orders'", many["p95"] / few["p95"], 1.5, at_most=True)
        self.goal("my work", "ms of the database", many["database_ms"], 5.0, at_most=True)

    def daily_mail(self) -> None:
        told = self.morning("mail")
        say(f"\nDaily mail   ({probe(self.system.folder)})\n  {told}")
        self.goal("daily mail", "times its bare SQL", told["median"] / told["bare"], 5.0, at_most=True)

    def morning(self, name: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.system.run("tests.benchmarks.morning", name).splitlines()[-1])
        return told

    def dashboard(self) -> None:
        self.system.use(SMALL_DATABASE)
        say(self.system.fill(SMALL))
        self.system.run("tests.benchmarks.people")
        self.system.use(DATABASE)
        figures.dashboard(self.system, (DATABASE, SMALL_DATABASE), self.servers["ours"], self.measure, self.goal)

    def export(self) -> None:
        figures.export(self.system, say, self.goal)

    def notifications(self) -> None:
        NotificationsAct(self.system, say, self.told).run(self.goal)

    def places(self, at: int) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.system.run("tests.benchmarks.places", str(at)))
        return told

    def table(self) -> Iterator[str]:
        yield "\nGoals"
        yield from (goal.line() for goal in self.goals)
        yield f"\nStatements: {json.dumps({name: each['statements'] for name, each in self.counted.items()})}"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", type=Path, default=data_dir() / "bench")
    parser.add_argument("--only", default=ALL)
    parser.add_argument("--invoices", default=INVOICES)
    parser.add_argument("--bank-lines", default=BANK_LINES)
    parser.add_argument("--sla-rows", type=int, default=SLA_ROWS)
    parser.add_argument("--notifications", type=int, default=10_000)
    options = parser.parse_args()
    run, singly = (int(each) for each in options.invoices.split(","))
    lines, few, many = (int(each) for each in options.bank_lines.split(","))
    with System.running(options.folder) as system, ExitStack() as to_stop:
        system.use(DATABASE)
        say(system.fill(options.orders))
        bench = Bench(system, options.seconds, options.rounds, orders=options.orders, issued=(run, singly))
        bench.bank_lines, bench.told = (lines, few, many), options.notifications
        bench.sla_rows = options.sla_rows
        bench.start(to_stop)
        for name in filter(None, options.only.split(",")):
            getattr(bench, name)()
        for line in bench.table():
            say(line)


if __name__ == "__main__":
    main()
