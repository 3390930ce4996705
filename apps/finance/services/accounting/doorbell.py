"""The bell for what is to reach accounting systems."""

from apps.core.doorbell import Doorbell

SEND = "finance.send_exports"

doorbell = Doorbell(SEND)
