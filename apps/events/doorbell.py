"""The bell for deliveries of the outbox."""

from apps.core.doorbell import Doorbell

DELIVER = "events.deliver"

doorbell = Doorbell(DELIVER)
