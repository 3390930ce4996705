"""Pages of the platform: events and their deliveries, and the schedule."""

from apps.events.admin.outbox import EventDeliveryAdmin, OutboxEventAdmin
from apps.events.admin.schedule import JobRunAdmin, PeriodicTaskAdmin, ScheduledRunAdmin

__all__ = ["EventDeliveryAdmin", "JobRunAdmin", "OutboxEventAdmin", "PeriodicTaskAdmin", "ScheduledRunAdmin"]
