"""Holds the tables against each other and tells what does not agree."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.consistency import EXAMPLES, Result, checks, snapshot


class Command(BaseCommand):
    help = (
        "Carries out every check that the apps have registered, in one snapshot, beside a system that runs. "
        "Ends with exit code 1 when anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this check alone; may be repeated")
        parser.add_argument("--json", action="store_true", help="print the results as JSON")
        parser.add_argument("--database", default="default", help="alias of the connection")

    def handle(self, *, only: list[str], database: str, **options: Any) -> None:
        if unknown := sorted(set(only) - set(checks.names())):
            raise CommandError(f"No check is called {', '.join(unknown)}; there are {', '.join(checks.names())}")
        results = []
        with snapshot(database) as connection:
            for result in checks.run(connection, only=only):
                results.append(result)
                if not options["json"]:
                    self._tell(result)
        checks.tell(results)
        if options["json"]:
            self.stdout.write(json.dumps([result.as_dict() for result in results], indent=2))
        elif all(result.ok for result in results):
            self.stdout.write(f"{len(results)} checks, no differences")
        if wrong := [result.name for result in results if not result.ok]:
            raise CommandError(f"{len(results)} checks, differences in {len(wrong)}: {', '.join(wrong)}")

    def _tell(self, result: Result) -> None:
        verdict = "ok" if result.ok else result.error or f"{result.differences} differences"
        self.stdout.write(f"{result.name:<20} {result.looked_at:>10} rows {result.seconds:>8.1f} s  {verdict}")
        if result.ok:
            return
        self.stdout.write(f"  {result.label}")
        for example in result.examples:
            self.stdout.write(f"  {example.record}: expected {example.expected}, found {example.found}")
        if result.differences > EXAMPLES:
            self.stdout.write(f"  and {result.differences - EXAMPLES} more")
