from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.reporting import services


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
