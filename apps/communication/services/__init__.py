"""What can be done with messages and their words."""

from apps.communication.services.notifications import sample_length, sample_letter, send_notification, send_test
from apps.communication.services.preferences import is_stop, mark_deliverable, set_preferences
from apps.communication.services.reaching import recipient_of_token
from apps.communication.services.receiving import receive_message
from apps.communication.services.sending import resend_message, send_due_messages
from apps.communication.services.staff import mark_all_read, mark_read, notify_staff, save_preference, send_digests
from apps.communication.services.staff_mail import resend_staff_mail, send_due_staff_mail, write_to_staff
from apps.communication.services.states import StateReport, take_state
from apps.communication.services.statuses import tell_of_status
from apps.communication.services.telling import Told, tell
from apps.communication.services.templates import save_template

__all__ = [
    "StateReport",
    "Told",
    "is_stop",
    "mark_all_read",
    "mark_deliverable",
    "mark_read",
    "notify_staff",
    "receive_message",
    "recipient_of_token",
    "resend_message",
    "resend_staff_mail",
    "sample_length",
    "sample_letter",
    "save_preference",
    "save_template",
    "send_digests",
    "send_due_messages",
    "send_due_staff_mail",
    "send_notification",
    "send_test",
    "set_preferences",
    "take_state",
    "tell",
    "tell_of_status",
    "write_to_staff",
]
