"""A company's books in its own accounting system: connecting to it, putting in line what is booked, sending it."""

from apps.finance.services.accounting.connections import (
    begin_connecting,
    disconnect,
    finish_connecting,
    pause_connection,
    redirect_uri,
    resume_connection,
    save_connection,
    test_connection,
)
from apps.finance.services.accounting.deciding import resend_exports, retry_export, retry_parked, skip_export
from apps.finance.services.accounting.doorbell import SEND, doorbell
from apps.finance.services.accounting.queueing import queue_document, queue_missing
from apps.finance.services.accounting.sending import keep_access, send_exports

__all__ = [
    "SEND",
    "begin_connecting",
    "disconnect",
    "doorbell",
    "finish_connecting",
    "keep_access",
    "pause_connection",
    "queue_document",
    "queue_missing",
    "redirect_uri",
    "resend_exports",
    "resume_connection",
    "retry_export",
    "retry_parked",
    "save_connection",
    "send_exports",
    "skip_export",
    "test_connection",
]
