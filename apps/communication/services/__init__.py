"""What can be done with messages and their words."""

from apps.communication.services.notifications import sample_letter, send_notification, send_test
from apps.communication.services.sending import resend_message, send_due_messages
from apps.communication.services.templates import save_template

__all__ = [
    "resend_message",
    "sample_letter",
    "save_template",
    "send_due_messages",
    "send_notification",
    "send_test",
]
