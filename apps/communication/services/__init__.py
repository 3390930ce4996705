"""What can be done with messages."""

from apps.communication.services.notifications import send_notification, send_test
from apps.communication.services.sending import resend_message, send_due_messages

__all__ = ["resend_message", "send_due_messages", "send_notification", "send_test"]
