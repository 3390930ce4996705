"""What must hold between the log of steps, the current statuses, the clocks and the records themselves."""

from apps.core.consistency import Check, checks
from apps.workflow.checks.clocks import clocks
from apps.workflow.checks.standings import paths, standings


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        Check(name="current_status", label="The current status is the last step and the record's own column", run=standings),
        Check(name="transitions", label="The steps of a record form an allowed path from its creation on", run=paths),
        Check(name="clocks", label="Each clock and its stages are what log, policy and calendar make of them", run=clocks),
    )
