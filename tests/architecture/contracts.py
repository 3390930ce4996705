"""What import-linter has no contract for: the rooms of an app that nobody else may enter."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

PRIVATE = ("admin", "api", "clients", "documents", "forms", "management", "notifications", "subscribers", "tasks")


class PrivateDoors(Contract):
    """Other apps may use an app's services, queries, models, events and choices, and nothing else."""

    exempt = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - the base's signature
        found = sorted(
            (importer, room)
            for room in graph.modules
            if _is_private(room, self.exempt)
            for importer in graph.find_modules_that_directly_import(room)
            if _app(importer) not in ("", _app(room))
        )
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, room in check.metadata["found"]:
            output.print_error(f"{importer} imports {room}, which is private to its app")


def _app(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "apps" and len(parts) > 1 else ""


def _is_private(module: str, exempt: set[str]) -> bool:
    parts = module.split(".")
    return parts[0] == "apps" and len(parts) > 2 and parts[2] in PRIVATE and parts[1] not in exempt
