from django.utils.translation import gettext_lazy as _

from apps.communication import services
from apps.communication.services import staff_mail
from apps.communication.services.keeping import SEND_DUE, doorbell
from apps.communication.services.staff import DIGEST_JOB
from apps.core.jobs import job

BATCH = 400  # and no more than some seconds: a provider that hangs must not run the task into its time limit


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


@job(
    staff_mail.SEND_DUE,
    label=_("Send letters to colleagues"),
    does=_("Sends what colleagues are told by mail, and tries again what failed. Without it a letter that failed stays."),
)
def send_staff_mail() -> int:
    """Send what is due; when more waits than one task should send, ring for another."""
    staff_mail.doorbell.answer()
    sent = services.send_due_staff_mail(limit=BATCH)
    if sent == BATCH:
        staff_mail.doorbell.ring()
    return sent


@job(
    DIGEST_JOB,
    label=_("Send digests to colleagues"),
    does=_("Sends each morning at seven what was not pressing enough for a letter of its own. A missed morning is made up for."),
    essential=False,
)
def send_digests() -> int:
    return services.send_digests()
