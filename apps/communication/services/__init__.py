"""What can be done with messages and their words."""

from apps.communication.services.notifications import sample_letter, send_notification, send_test
from apps.communication.services.sending import resend_message, send_due_messages
from apps.communication.services.staff import mark_all_read, mark_read, notify_staff, save_preference, send_digests
from apps.communication.services.staff_mail import resend_staff_mail, send_due_staff_mail, write_to_staff
from apps.communication.services.templates import save_template

__all__ = [
    "mark_all_read",
    "mark_read",
    "notify_staff",
    "resend_message",
    "resend_staff_mail",
    "sample_letter",
    "save_preference",
    "save_template",
    "send_digests",
    "send_due_messages",
    "send_due_staff_mail",
    "send_notification",
    "send_test",
    "write_to_staff",
]
