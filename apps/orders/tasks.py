from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.orders import services
from apps.orders.services.hold_timers import JOB


@job(
    JOB,
    label=_("Watch holds"),
    does=_(
        "Tells a manager, then a director, of orders that are on hold for too long, and writes to the customers each week. "
        "It does so once a day, at seven in the morning, and makes up for missed days. Without it a hold is forgotten."
    ),
)
def watch_holds() -> int:
    return services.watch_holds()
