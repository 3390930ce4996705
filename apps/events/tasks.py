from celery import shared_task
from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.events import services
from apps.events.doorbell import DELIVER, doorbell

BATCH = 50  # a task ends well before its time limit


@shared_task(name=DELIVER)
def deliver() -> None:
    """Run what is due; when more waits than one task should run, ring for another."""
    doorbell.answer()
    _deliver()


def _deliver() -> int:
    ran = services.deliver_due(limit=BATCH)
    if ran == BATCH:
        doorbell.ring()
    return ran


@job(
    "events.sweep",
    label=_("Deliver events"),
    does=_(
        "Tells every part of the system what happened, where that did not succeed at once. Without it an event that was "
        "missed waits for the next one."
    ),
)
def sweep() -> int:
    """The clockwork that finds what the doorbell missed, and what is due again."""
    return _deliver()


@job(
    "events.purge",
    label=_("Forget old events"),
    does=_("Removes events that reached everybody a month ago, and all but the latest runs of each job."),
    essential=False,
)
def purge() -> int:
    return services.purge() + services.forget_old_slots() + services.trim_job_runs()
