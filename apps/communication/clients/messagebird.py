"""SMS and WhatsApp messages through MessageBird's REST and Conversations APIs. Knows no model."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from apps.core import outbound
from apps.core.outbound import FinalError, OutboundAnswer, RetryableError

TIMEOUTS = outbound.Timeouts(total=10.0)
TOO_EARLY, TOO_MANY, TIMED_OUT, SERVER_ERROR = 425, 429, 408, 500
DETAIL_LENGTH = 500
PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
FIND_SINCE = timedelta(minutes=10)  # before the attempt: their clock need not be ours


class ProviderBusy(RetryableError):
    """MessageBird is not well now, or wants us to wait."""

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class OutgoingSms:
    """One SMS to one number (+31…). `reference` stays the same when it is tried again, and comes back with its states."""

    originator: str
    recipient: str
    body: str
    reference: str
    is_unicode: bool
    report_url: str


@dataclass(frozen=True, kw_only=True)
class ApprovedTemplate:
    """A text that WhatsApp approved, with the values for its placeholders in their order."""

    name: str
    namespace: str
    language: str
    values: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class OutgoingWhatsApp:
    """One WhatsApp message to one number (+31…): free text, or an approved template where the customer wrote nothing lately."""

    channel_id: str
    recipient: str
    text: str
    template: ApprovedTemplate | None
    reference: str
    report_url: str


@dataclass(frozen=True, kw_only=True)
class MessageBird:
    """MessageBird by one access key."""

    rest_url: str
    conversations_url: str
    access_key: str = field(repr=False)

    def send_sms(self, sms: OutgoingSms) -> str:
        """Hand one SMS over; gives MessageBird's id of it.

        Raises:
            RetryableError: it is not well now.
            FinalError: it will never take this one.
        """
        body = {
            "originator": sms.originator,
            "recipients": [sms.recipient.removeprefix("+")],
            "body": sms.body,
            "reference": sms.reference,
            "reportUrl": sms.report_url,
            "datacoding": "unicode" if sms.is_unicode else "plain",
        }
        return _id(self._post(f"{self.rest_url}/messages", body))

    def find_sms(self, *, recipient: str, reference: str, since: datetime) -> str:
        """MessageBird's id of an SMS that it may have taken before a worker of ours died; empty when it has none.

        Raises:
            RetryableError, FinalError: as `send_sms`.
        """
        query = {"recipient": recipient.removeprefix("+"), "from": (since - FIND_SINCE).isoformat(), "limit": 20}
        answer = outbound.get(f"{self.rest_url}/messages?{urlencode(query)}", headers=self._headers(), timeouts=TIMEOUTS)
        items = _read(answer).get("items")
        found = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        return next((_id(each) for each in found if each.get("reference") == reference), "")

    def send_whatsapp(self, message: OutgoingWhatsApp) -> str:
        """Hand one WhatsApp message over; gives MessageBird's id of it.

        Raises:
            RetryableError, FinalError: as `send_sms`.
        """
        body = {
            "to": message.recipient.removeprefix("+"),
            "channelId": message.channel_id,
            **_content(message),
            "reportUrl": message.report_url,
            "source": {"reference": message.reference},  # handed back with each of its states
        }
        return _id(self._post(f"{self.conversations_url}/send", body))

    def _post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        sent = json.dumps(body).encode()
        headers = {**self._headers(), "Content-Type": "application/json"}
        return _read(outbound.post(url, headers=headers, body=sent, timeouts=TIMEOUTS))

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"AccessKey {self.access_key}",
            "Accept": "application/json",
            "User-Agent": "ChargeCars/1",
        }


def _content(message: OutgoingWhatsApp) -> dict[str, Any]:
    if message.template is None:
        return {"type": "text", "content": {"text": message.text}}
    filled = message.template
    hsm = {
        "namespace": filled.namespace,
        "templateName": filled.name,
        "language": {"policy": "deterministic", "code": filled.language},
        "params": [{"default": value} for value in filled.values],
    }
    return {"type": "hsm", "content": {"hsm": hsm}}


def _read(answer: OutboundAnswer) -> Mapping[str, Any]:
    if not answer.ok:
        raise _refusal(answer)
    try:
        told = json.loads(answer.body)
    except ValueError as error:
        raise RetryableError("bad_answer", "no JSON") from error
    if not isinstance(told, dict):
        raise RetryableError("bad_answer", "no object")
    return told


def _refusal(answer: OutboundAnswer) -> FinalError | RetryableError:
    if answer.status in (TIMED_OUT, TOO_EARLY, TOO_MANY) or answer.status >= SERVER_ERROR:
        return ProviderBusy(f"http_{answer.status}", _words(answer), retry_after=answer.retry_after)
    return FinalError(f"http_{answer.status}", _words(answer))


def _words(answer: OutboundAnswer) -> str:
    """What MessageBird says is wrong, each with its code."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return ""
    errors = told.get("errors") if isinstance(told, dict) else None
    said = [f"{each.get('code')} {each.get('description')}" for each in errors or () if isinstance(each, dict)]
    return "; ".join(said)[:DETAIL_LENGTH].replace("\0", "\ufffd")


def _id(told: Mapping[str, Any]) -> str:
    """It took the message: whatever it calls it, asking again would send it twice."""
    name = told.get("id")
    return name if isinstance(name, str) and PROVIDER_ID.fullmatch(name) else ""
