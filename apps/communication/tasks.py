from celery import shared_task

from apps.communication import services
from apps.communication.services.sending import SEND_DUE, doorbell

BATCH = 20  # and no more than some seconds: a provider that hangs must not run the task into its time limit


@shared_task(name=SEND_DUE)
def send_due_messages() -> None:
    """Send what is due; when more waits than one task should send, ring for another."""
    if services.send_due_messages(limit=BATCH) == BATCH:
        doorbell.ring()
