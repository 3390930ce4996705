"""Pages of the platform: events and their deliveries, the schedule, and holds on sending."""

from apps.events.admin.holds import SendingHoldAdmin
from apps.events.admin.outbox import EventDeliveryAdmin, OutboxEventAdmin
from apps.events.admin.schedule import JobRunAdmin, PeriodicTaskAdmin, ScheduledRunAdmin

__all__ = [
    "EventDeliveryAdmin",
    "JobRunAdmin",
    "OutboxEventAdmin",
    "PeriodicTaskAdmin",
    "ScheduledRunAdmin",
    "SendingHoldAdmin",
]
