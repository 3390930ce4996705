from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.jobs import job
from apps.workflow import services


@job(
    "workflow.process_sla_monitoring",
    label=_("Watch deadlines"),
    does=_("Marks as overdue whatever stands longer in its status than agreed. Without it nothing becomes overdue."),
)
def process_sla_monitoring() -> int:
    return services.process_deadlines(clock.now())
