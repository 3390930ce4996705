"""Taking a slot of the clock: a day or a moment whose work is to be done once."""

from datetime import UTC, date, datetime, time, timedelta

from apps.core.clock import AMSTERDAM, local_day, now
from apps.events.models import ScheduledRun

CATCH_UP = timedelta(days=31)
KEEP = timedelta(days=61)  # well beyond what may be caught up


def claim_slot(job: str, slot: date | datetime) -> bool:
    """Take a slot of a job, True for the one who did; a second one waits for the first one's transaction to end.

    Called in the transaction of the work itself: work that fails leaves its slot free.
    """
    _, taken = ScheduledRun.objects.get_or_create(job=job, slot=_slot_text(slot))
    return taken


def due_days(job: str, *, at: time) -> list[date]:
    """The Amsterdam days, oldest first, whose run at local time `at` is due and was not taken: today's and missed ones.

    A job that never ran begins with today. Each day is still to be taken with `claim_slot(job, day)`.
    """
    moment = now()
    today = local_day(moment)
    last = ScheduledRun.objects.filter(job=job).order_by("-slot").values_list("slot", flat=True).first()
    first = max(date.fromisoformat(last) + timedelta(days=1), today - CATCH_UP) if last else today
    days = [first + timedelta(days=offset) for offset in range((today - first).days + 1)]
    return [day for day in days if datetime.combine(day, at, tzinfo=AMSTERDAM) <= moment]


def _slot_text(slot: date | datetime) -> str:
    return slot.astimezone(UTC).isoformat() if isinstance(slot, datetime) else slot.isoformat()


def forget_old_slots() -> int:
    """Remove slots that nobody can take again; gives how many."""
    removed, _per_model = ScheduledRun.objects.filter(created_at__lt=now() - KEEP).delete()
    return removed
