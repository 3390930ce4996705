from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.workflow import queries
from apps.workflow.machines import Arrow, findings
from apps.workflow.registry import registry


class Command(BaseCommand):
    help = "Print every status machine as a table or a Mermaid diagram; --check says what is wrong with them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity_types", nargs="*", help="Only these; every machine by default.")
        parser.add_argument("--format", choices=["table", "mermaid"], default="table")
        parser.add_argument(
            "--check",
            action="store_true",
            help="Find unreachable statuses, dead ends, final statuses with a way out and statuses without a policy.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["entity_types"] or sorted(registry.machines)
        if unknown := sorted(set(wanted) - set(registry.machines)):
            raise CommandError(f"No machine is called {', '.join(unknown)}; known: {', '.join(sorted(registry.machines))}")
        if options["check"]:
            self._check(wanted)
        else:
            self._print(wanted, {"table": table, "mermaid": mermaid}[options["format"]])

    def _print(self, wanted: list[str], drawing: Any) -> None:
        described = [each for each in queries.workflows() if each.entity_type in wanted]
        self.stdout.write("\n\n".join(drawing(each) for each in described))

    def _check(self, wanted: list[str]) -> None:
        machines = [registry.machines[entity_type] for entity_type in wanted]
        found = [finding for machine in machines for finding in (*findings(machine), *queries.statuses_without_policy(machine))]
        if found:
            raise CommandError("\n".join(str(finding) for finding in found))
        self.stdout.write(f"{len(machines)} machines: nothing wrong")


def table(workflow: queries.WorkflowDescription) -> str:
    """The arrows of a workflow as a Markdown table with columns of even width."""
    head = ["from", "to", "transition", "act", "guards", "permission"]
    rows = [head, *(_row(workflow.entity_type, arrow) for arrow in workflow.arrows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    rows.insert(1, ["-" * width for width in widths])
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([f"## {workflow.entity_type} ({workflow.name})", "", *lines])


def _row(entity_type: str, arrow: Arrow) -> list[str]:
    required = [requirement.code for requirement in registry.requirements_on(entity_type, arrow.target)]
    guards = [*(guard.code for guard in arrow.guards), *required]
    act = registry.act_behind(entity_type, arrow.source, arrow.target)
    return [arrow.source, arrow.target, arrow.name, act.name if act else "", ", ".join(guards), arrow.permission]


def mermaid(workflow: queries.WorkflowDescription) -> str:
    """A workflow as a Mermaid state diagram."""
    final = [policy.status for policy in workflow.statuses if policy.final]
    lines = [
        f"%% {workflow.entity_type} ({workflow.name})",
        "stateDiagram-v2",
        *(f'    state "{policy.label}" as {policy.status}' for policy in workflow.statuses),
        f"    [*] --> {workflow.initial}",
        *(f"    {arrow.source} --> {arrow.target}: {arrow.name}" for arrow in workflow.arrows),
        *(f"    {status} --> [*]" for status in final),
    ]
    return "\n".join(lines)
