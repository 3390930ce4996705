from apps.reporting.services.rollup import add_changes, rebuild_figures
from apps.reporting.services.verified import keep_results

__all__ = ["add_changes", "keep_results", "rebuild_figures"]
