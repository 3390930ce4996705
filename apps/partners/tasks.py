from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.partners import services
from apps.partners.doorbell import SEND, doorbell


@job(
    SEND,
    label=_("Tell partners"),
    does=_("Sends partners the statuses that are due, and tries again those that failed. Without it a failed one stays."),
)
def send_due() -> int:
    """Send what is due to partners: rung after each status change, and the clockwork's net under it."""
    doorbell.answer()
    return services.send_due()


@job(
    "partners.refresh_health",
    label=_("Measure partners"),
    does=_("Writes down, for each integration, how its calls of the last day went."),
    essential=False,
)
def refresh_health() -> None:
    services.refresh_health()
