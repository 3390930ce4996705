from apps.reporting.services.rollup import add_changes, rebuild_figures

__all__ = ["add_changes", "rebuild_figures"]
