from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.reporting import services
from apps.reporting.services.reports import JOB

BATCH = 50  # letters; a task ends well before its time limit


@job(
    "reporting.add_changes",
    label=_("Add up the figures"),
    does=_(
        "Adds what changed in the last minute to the totals of the figures. Without it they stay right and are read more slowly."
    ),
    essential=False,
    minutes=60,
)
def add_changes() -> int:
    return services.add_changes()


@job(
    JOB,
    label=_("Figures by mail"),
    does=_(
        "Sends at seven in the morning what happened the day before, on Mondays of the week and on the first of the month. "
        "A missed morning is made up for, and the letter says that it is late."
    ),
)
def send_reports() -> int:
    services.report_runs_due()
    return services.write_due_reports(limit=BATCH)
