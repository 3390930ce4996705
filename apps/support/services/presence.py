"""Who else has a ticket open: told to both, before they write the same answer."""

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.core import clock
from apps.support.models import Ticket, TicketPresence

PRESENT_FOR = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)


def note_presence(*, ticket: Ticket, by: User) -> list[User]:
    """Write down that somebody has a ticket open; gives the colleagues who have it open too, the last one first."""
    now = clock.now()
    TicketPresence.objects.update_or_create(ticket=ticket, user=by, defaults={"seen_at": now})
    others = TicketPresence.objects.filter(ticket=ticket, seen_at__gt=now - PRESENT_FOR).exclude(user=by)
    return [presence.user for presence in others.select_related("user").order_by("-seen_at")]


def forget_presences(now: datetime) -> int:
    """Remove what nobody needs to know any more; gives how many rows."""
    removed, _per_model = TicketPresence.objects.filter(seen_at__lt=now - KEPT_FOR).delete()
    return removed
