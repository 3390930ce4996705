"""The acts of the figures, seen from outside."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.benchmarks import acts
from tests.benchmarks.measured import Contender
from tests.benchmarks.system import Server, System

ADDRESSES = {
    "dashboard metrics": ["/api/v1/dashboard/metrics"],
    "dashboard alerts": ["/api/v1/dashboard/alerts"],
    "dashboard page": ["/admin/dashboard/"],
    "home page": ["/admin/"],
}
MOST_TIMES_FEW, MOST_DATABASE_MS = 1.5, 5.0
ROWS, MOST_MEMORY_MB = 100_000, 32.0

GoalOf = Callable[..., None]


def dashboard(
    system: System,
    databases: tuple[str, str],
    ours: Server,
    measure: Callable[[str, list[Contender]], dict[str, Contender]],
    goal: GoalOf,
) -> None:
    """The same questions to many orders and to few, in turns; and what one costs the database's processors."""
    many_in, few_in = databases
    many = told(system, "tests.benchmarks.figures.reads")
    with ExitStack() as to_stop:
        system.use(few_in)
        few = told(system, "tests.benchmarks.figures.reads")
        server = to_stop.enter_context(system.server("few", "chargecars.asgi:application", interface="asginl", threads=2))
        system.use(many_in)
        for name, addresses in ADDRESSES.items():
            found = measure(
                name,
                [
                    Contender("many", ours, acts.pages(addresses, many["cookies"])),
                    Contender("few", server, acts.pages(addresses, few["cookies"])),
                ],
            )
            goal(name, "p95 of few orders'", found["many"].p95() / found["few"].p95(), MOST_TIMES_FEW, at_most=True)
            goal(name, "CPU of the database in ms", many["database_ms"][addresses[0]], MOST_DATABASE_MS, at_most=True)


def export(system: System, say: Callable[[str], None], goal: GoalOf) -> None:
    """A report of very many orders as CSV: how fast, and how much memory it takes beyond that of a short one."""
    found = told(system, "tests.benchmarks.figures.file", str(ROWS))
    say(
        f"\nReport of orders as CSV\n  {found['rows']} rows in {found['seconds']:.1f} s:"
        f" {found['rows'] / found['seconds']:.0f}/s, {found['memory_mb']:.1f} MB beyond a short one"
    )
    goal("export", "MB beyond a short one", found["memory_mb"], MOST_MEMORY_MB, at_most=True)


def told(system: System, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(system.run(*arguments))
    return found
