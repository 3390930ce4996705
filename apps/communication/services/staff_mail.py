"""Letters to colleagues: a row first, then claim (transaction), call (no transaction), record (transaction)."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.communication.choices import DeliveryStatus
from apps.communication.clients.email import InlineImage, OutgoingEmail, send_email
from apps.communication.models import StaffMail, StaffMailImage
from apps.communication.models.message import ERROR_LENGTH
from apps.core import clock
from apps.core.doorbell import Doorbell
from apps.core.errors import Refused
from apps.core.outbound import FinalError, RetryableError
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.events.queries import sending_is_held

SEND_DUE = "communication.send_staff_mail"
LEASE = timedelta(minutes=5)  # far longer than a call may take: when it runs out, the worker is gone
SUBJECT_LENGTH = 300

doorbell = Doorbell(SEND_DUE)


@transaction.atomic
def write_to_staff(
    *,
    user: User,
    kind: str,
    subject: str,
    text: str,
    html: str,
    images: Mapping[str, bytes] | None = None,
    due_at: datetime | None = None,
    dedupe_key: str = "",
) -> StaffMail:
    """Have a colleague written to once this transaction commits, or at `due_at`; with a known `dedupe_key`, give that letter.

    `images` stand in the HTML as `cid:` and their name.
    """
    words = {"kind": kind, "subject": subject[:SUBJECT_LENGTH], "text": text, "html": html}
    columns = {
        **words,
        "user": user,
        "recipient": user.email,
        "language": user.language,
        "next_attempt_at": due_at or clock.now(),
    }
    if dedupe_key:
        mail, made = StaffMail.objects.get_or_create(dedupe_key=dedupe_key, defaults=columns)
    else:
        mail, made = StaffMail.objects.create(**columns), True
    if made:
        StaffMailImage.objects.bulk_create(
            StaffMailImage(mail=mail, content_id=name, content=content) for name, content in (images or {}).items()
        )
        doorbell.ring_after_commit()
    return mail


def send_due_staff_mail(*, limit: int, seconds: float = 15.0) -> int:
    """Send what is due, one after the other, until `limit` or time is up; gives how many were tried.

    Any number of workers may do so at once. One that dies leaves its letter claimed; it is due again when the lease runs out,
    under the same Message-ID.
    """
    if sending_is_held():
        return 0
    ends_at = time.monotonic() + seconds
    for tried in range(limit):
        mail = _claim_next() if time.monotonic() < ends_at else None
        if mail is None:
            return tried
        _record(mail, _hand_over(mail))
    return limit


@transaction.atomic
def resend_staff_mail(*, staffmail: StaffMail, by: User | None) -> StaffMail:
    """Put a letter that was given up in line again.

    Raises:
        Refused: message_not_failed.
    """
    mail = StaffMail.objects.select_for_update(of=("self",)).get(pk=staffmail.pk)
    if mail.delivery_status != DeliveryStatus.FAILED:
        raise Refused(_("Only a letter that was given up is sent again."), code="message_not_failed")
    mail.delivery_status, mail.attempt_count, mail.next_attempt_at = DeliveryStatus.PENDING, 0, clock.now()
    mail.save(update_fields=["delivery_status", "attempt_count", "next_attempt_at"])
    doorbell.ring_after_commit()
    return mail


@transaction.atomic
def _claim_next() -> StaffMail | None:
    now = clock.now()
    mail = (
        StaffMail.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("user")
        .filter(delivery_status__in=[DeliveryStatus.PENDING, DeliveryStatus.SENDING], next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .first()
    )
    if mail is None:
        return None
    mail.delivery_status = DeliveryStatus.SENDING
    mail.claimed_at = now
    mail.next_attempt_at = now + LEASE
    mail.attempt_count += 1
    mail.save(update_fields=["delivery_status", "claimed_at", "next_attempt_at", "attempt_count"])
    return mail


def _hand_over(mail: StaffMail) -> FinalError | RetryableError | None:
    """Send it; gives what went wrong, if anything did."""
    if mail.attempt_count > MAX_ATTEMPTS:
        return FinalError("worker_lost", _("The worker that was to send it did not come back."))
    # Asked again at the last moment: who has left since is not written to.
    if not (mail.user.is_active and mail.user.is_staff):
        return FinalError("colleague_left", _("The colleague no longer works here."))
    try:
        send_email(_letter(mail))
    except (FinalError, RetryableError) as error:
        return error
    return None


def _letter(mail: StaffMail) -> OutgoingEmail:
    sender = settings.DEFAULT_FROM_EMAIL
    host = parseaddr(sender)[1].rpartition("@")[2]
    return OutgoingEmail(
        message_id=f"<{mail.pk}@{host}>",
        sender=sender,
        reply_to="",
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        images=tuple(InlineImage(name=each.content_id, content=bytes(each.content)) for each in mail.images.all()),
    )


@transaction.atomic
def _record(claimed: StaffMail, error: FinalError | RetryableError | None) -> None:
    mail = StaffMail.objects.select_for_update(of=("self",)).get(pk=claimed.pk)
    if mail.claimed_at != claimed.claimed_at:
        return  # the lease ran out and another worker has it
    now = clock.now()
    mail.claimed_at, mail.next_attempt_at = None, None
    mail.last_error = str(error)[:ERROR_LENGTH] if error else ""
    wait = next_attempt_after(mail.attempt_count) if isinstance(error, RetryableError) else None
    if error is None:
        mail.delivery_status, mail.sent_at = DeliveryStatus.SENT, now
    elif wait is not None:
        mail.delivery_status, mail.next_attempt_at = DeliveryStatus.PENDING, now + wait
    else:
        mail.delivery_status = DeliveryStatus.FAILED
    mail.save(update_fields=["claimed_at", "next_attempt_at", "last_error", "delivery_status", "sent_at"])
