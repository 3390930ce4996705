"""What others ask of the outbox and of the clock."""

from apps.events.services.holds import hold_after_restore, resume_sending
from apps.events.services.jobs import recorded, reschedule, run_now
from apps.events.services.jobs import trim as trim_job_runs
from apps.events.services.outbox import LEASE, deliver_due, publish, publish_all, publish_from, purge, try_again, try_again_all
from apps.events.services.slots import claim_slot, due_days, forget_old_slots
from apps.events.subscriptions import subscribe

__all__ = [
    "LEASE",
    "claim_slot",
    "deliver_due",
    "due_days",
    "forget_old_slots",
    "hold_after_restore",
    "publish",
    "publish_all",
    "publish_from",
    "purge",
    "recorded",
    "reschedule",
    "resume_sending",
    "run_now",
    "subscribe",
    "trim_job_runs",
    "try_again",
    "try_again_all",
]
