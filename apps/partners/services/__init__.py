"""What can be done with partners' orders, deliveries and integrations."""

from apps.partners.services.deliveries import resend_delivery, resend_parked, skip_delivery
from apps.partners.services.incoming import IncomingLine, IncomingOrder, PartnerIds, incoming_order
from apps.partners.services.intake import ReceivedMessage, accept_order, recognise_order
from apps.partners.services.integrations import (
    apply_preset,
    refresh_health,
    refresh_webhook_secret,
    reopen_endpoint,
    save_integration,
)
from apps.partners.services.keys import make_partner_key
from apps.partners.services.pausing import pause_integration, pause_sending, resume_integration, resume_sending
from apps.partners.services.receiving import ReceivedOrder, receive_order
from apps.partners.services.reports import ReportedStatus, report_status
from apps.partners.services.resending import (
    ResendPreview,
    Resent,
    preview_resend,
    resend_delivered,
    resend_range,
    resend_selected,
)
from apps.partners.services.sending import send_due
from apps.partners.services.sync import queue_statuses
from apps.partners.services.testing import TestMessage, send_test_message
from apps.partners.services.tryout import SampleWebhook, Trial, try_message

__all__ = [
    "IncomingLine",
    "IncomingOrder",
    "PartnerIds",
    "ReceivedMessage",
    "ReceivedOrder",
    "ReportedStatus",
    "ResendPreview",
    "Resent",
    "SampleWebhook",
    "TestMessage",
    "Trial",
    "accept_order",
    "apply_preset",
    "incoming_order",
    "make_partner_key",
    "pause_integration",
    "pause_sending",
    "preview_resend",
    "queue_statuses",
    "receive_order",
    "recognise_order",
    "refresh_health",
    "refresh_webhook_secret",
    "reopen_endpoint",
    "report_status",
    "resend_delivered",
    "resend_delivery",
    "resend_parked",
    "resend_range",
    "resend_selected",
    "resume_integration",
    "resume_sending",
    "save_integration",
    "send_due",
    "send_test_message",
    "skip_delivery",
    "try_message",
]
