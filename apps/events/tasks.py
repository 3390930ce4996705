from celery import shared_task

from apps.events import services
from apps.events.doorbell import DELIVER, doorbell

BATCH = 50  # a task ends well before its time limit


@shared_task(name=DELIVER)
def deliver() -> None:
    """Run what is due; when more waits than one task should run, ring for another."""
    if services.deliver_due(limit=BATCH) == BATCH:
        doorbell.ring()


@shared_task(name="events.sweep")
def sweep() -> None:
    """The clockwork that finds what the doorbell missed, and what is due again."""
    deliver()


@shared_task(name="events.purge")
def purge() -> None:
    services.purge()
