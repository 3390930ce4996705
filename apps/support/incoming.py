"""A message as a source hands it to us: read once, from what may be anything."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.core.exceptions import ValidationError

from apps.communication.choices import ChannelType
from apps.core import validators
from apps.core.api.values import parse_moment
from apps.core.errors import Malformed
from apps.core.json import loads_strict
from apps.core.text import without_unwritable
from apps.support.texts import plain, without_quotes, words_of_html

MOST_TEXT = 200_000
CHANNELS = (ChannelType.EMAIL, ChannelType.WHATSAPP, ChannelType.SMS)
MESSAGE_ID = re.compile(r"<[^<>\s]{1,290}>")
MOST_REFERENCES = 50
# Who writes under these names is no person, and answers nobody (RFC 3834; what mail programs do besides). That a letter came
# by a list says nothing, as a mailbox behind a group gets each of its letters so, nor that its writer wants no automatic answer.
MACHINES = re.compile(r"^(mailer-daemon|postmaster|bounces?|.*-bounces?)@", re.IGNORECASE)
PRECEDENCES = ("bulk", "junk", "auto_reply")
AUTOMATIC_HEADERS = ("x_autoreply", "x_autorespond")


class Unreadable(Exception):
    """It is not a message of the shape that was agreed."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One message of somebody to us.

    Attributes:
        sender: an e-mail address in lower case, or a number as +31…
        text: what was written now; what it answers is left out, and stands in what came in.
        message_ids: those of the messages that it answers, as it says itself.
        is_automatic: nobody wrote it: an answering machine, a mailing list, a report of a mail server.
    """

    external_id: str
    channel: str
    sender: str
    sender_name: str
    recipient: str
    subject: str
    text: str
    message_id: str
    message_ids: tuple[str, ...]
    is_automatic: bool
    received_at: datetime | None


def external_id_of(body: bytes) -> str:
    """The id that a message has at its sender; empty where it has none that can be read."""
    try:
        return _text(_members(body), "external_id", longest=300)
    except Unreadable:
        return ""


def read_incoming(body: bytes) -> Incoming:
    """The message that a body holds.

    Raises:
        Unreadable: it holds none, or says not from whom it is.
    """
    given = _members(body)
    channel = _text(given, "channel", longest=20) or ChannelType.EMAIL
    if channel not in CHANNELS:
        raise Unreadable("channel")
    name, address = _sender(_text(given, "from", longest=400), channel)
    headers = _headers(given.get("headers"))
    return Incoming(
        external_id=_text(given, "external_id", longest=300),
        channel=channel,
        sender=address,
        sender_name=name,
        recipient=parseaddr(_text(given, "to", longest=400))[1].lower(),
        subject=" ".join(_text(given, "subject", longest=300).split()),
        text=_written(given),
        message_id=_first_id(headers.get("message_id", "")),
        message_ids=_ids(f"{headers.get('in_reply_to', '')} {headers.get('references', '')}"),
        is_automatic=_is_automatic(headers, address),
        received_at=_moment(_text(given, "received_at", longest=40)),
    )


def _members(body: bytes) -> dict[str, Any]:
    try:
        given = loads_strict(body, max_text=MOST_TEXT)
    except Malformed as error:
        raise Unreadable(error.code) from error
    if not isinstance(given, dict):
        raise Unreadable("not_an_object")
    return given


def _text(given: dict[str, Any], name: str, *, longest: int) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise Unreadable(name)
    return without_unwritable(value).strip()[:longest]


def _sender(text: str, channel: str) -> tuple[str, str]:
    name, address = parseaddr(text) if channel == ChannelType.EMAIL else ("", text)
    normalize = validators.normalize_email if channel == ChannelType.EMAIL else validators.normalize_phone
    try:
        return " ".join(name.split())[:200], normalize(address)
    except ValidationError as error:
        raise Unreadable("from") from error


def _written(given: dict[str, Any]) -> str:
    text, html = _text(given, "text", longest=MOST_TEXT), _text(given, "html", longest=MOST_TEXT)
    said = plain(text) or words_of_html(html)
    return without_quotes(plain(said))


def _headers(given: Any) -> dict[str, str]:
    """By their names in lower case with underscores, however they are spelled."""
    if not isinstance(given, dict):
        return {}
    return {
        str(name).lower().replace("-", "_"): " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
        for name, value in given.items()
    }


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(MESSAGE_ID.findall(text)))[:MOST_REFERENCES]


def _first_id(text: str) -> str:
    return next(iter(_ids(text)), "")


def _is_automatic(headers: dict[str, str], address: str) -> bool:
    said = headers.get("auto_submitted", "no").strip().lower()
    return (
        said not in ("no", "", "false")
        or headers.get("precedence", "").strip().lower() in PRECEDENCES
        or any(headers.get(name) for name in AUTOMATIC_HEADERS)
        or headers.get("return_path", "").strip() == "<>"
        or MACHINES.match(address) is not None
    )


def _moment(text: str) -> datetime | None:
    moment = parse_moment(text)
    return moment if moment is not None and moment.tzinfo is not None else None
