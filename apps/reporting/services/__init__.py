from apps.reporting.services.reports import (
    choose_reports,
    report_runs_due,
    send_report_now,
    write_due_reports,
    write_report_again,
)
from apps.reporting.services.rollup import add_changes, rebuild_figures
from apps.reporting.services.verified import keep_results

__all__ = [
    "add_changes",
    "choose_reports",
    "keep_results",
    "rebuild_figures",
    "report_runs_due",
    "send_report_now",
    "write_due_reports",
    "write_report_again",
]
