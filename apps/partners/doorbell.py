"""The bell for messages to partners."""

from apps.core.doorbell import Doorbell

SEND = "partners.send_due"

doorbell = Doorbell(SEND)
