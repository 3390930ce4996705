from django.utils.translation import gettext_lazy as _

from apps.communication import services
from apps.communication.services.sending import SEND_DUE, doorbell
from apps.core.jobs import job

BATCH = 20  # and no more than some seconds: a provider that hangs must not run the task into its time limit


@job(
    SEND_DUE,
    label=_("Send messages"),
    does=_("Sends the messages that are due, and tries again those that failed. Without it a message that failed stays."),
)
def send_due_messages() -> int:
    """Send what is due; when more waits than one task should send, ring for another."""
    doorbell.answer()
    sent = services.send_due_messages(limit=BATCH)
    if sent == BATCH:
        doorbell.ring()
    return sent
