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
from apps.partners.services.receiving import ReceivedOrder, receive_order
from apps.partners.services.reports import ReportedStatus, report_status
from apps.partners.services.sending import send_due
from apps.partners.services.sync import queue_statuses
from apps.partners.services.tryout import SampleWebhook, Trial, try_message

__all__ = [
    "IncomingLine",
    "IncomingOrder",
    "PartnerIds",
    "ReceivedMessage",
    "ReceivedOrder",
    "ReportedStatus",
    "SampleWebhook",
    "Trial",
    "accept_order",
    "apply_preset",
    "incoming_order",
    "queue_statuses",
    "receive_order",
    "recognise_order",
    "refresh_health",
    "refresh_webhook_secret",
    "reopen_endpoint",
    "report_status",
    "resend_delivery",
    "resend_parked",
    "save_integration",
    "send_due",
    "skip_delivery",
    "try_message",
]
