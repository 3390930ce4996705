"""Keeping everything inside the building for a while, and letting it out again."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from apps.core.actor import current
from apps.core.clock import now
from apps.core.errors import Conflict
from apps.events.models import SendingHold

# Kept as data: those who read it on the page may speak either language.
RESTORED = "Restored from a backup: what is due here may have been sent after the backup was made."


def hold_after_restore() -> None:
    """Hold all sending in a restored database; as its owner, before the application has any right there."""
    SendingHold.objects.using("owner").create(reason=RESTORED, held_at=now())


@transaction.atomic
def resume_sending(*, hold: SendingHold, by: AbstractBaseUser | None) -> None:
    """Let go what was held; what is due goes out within seconds.

    Raises:
        Conflict: somebody did so before.
    """
    who = str(by or current().label or current().kind)[:200]
    if not SendingHold.objects.filter(pk=hold.pk, released_at=None).update(released_at=now(), released_by=who):
        raise Conflict(code="hold_released_already")
