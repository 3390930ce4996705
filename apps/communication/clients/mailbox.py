"""The mailbox: where letters go while no provider is configured. One .eml file each, in a folder of DATA_DIR."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import cast
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage as DjangoEmail
from django.core.mail.backends.base import BaseEmailBackend

from apps.core import clock

# The local part of our own Message-ID; anything else gets a name of its own.
FILE_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LARGEST_FILE = 2_000_000


class MailboxBackend(BaseEmailBackend):
    """Django's e-mail backend that writes a file per letter. The same letter sent again is the same file."""

    def send_messages(self, email_messages: Sequence[DjangoEmail]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(folder / f"{_file_name(message)}.eml", message.message().as_bytes(linesep="\r\n"))
        return len(email_messages)


def keep_text(*, name: str, kind: str, sender: str, recipient: str, text: str) -> None:
    """Keep a text message beside the letters; sent again it is the same file."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"{sender} ({kind})", recipient, text.split("\n", maxsplit=1)[0][:80]
    message["Date"] = format_datetime(clock.now())
    message.set_content(text)
    folder = Path(settings.MAILBOX_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / f"{name}.eml", message.as_bytes())


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A letter in the mailbox."""

    name: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str
    html: str


def newest(limit: int) -> list[Mail]:
    """The letters written last."""
    folder = Path(settings.MAILBOX_DIR)
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        files = sorted((entry for entry in entries if entry.name.endswith(".eml")), key=lambda e: -e.stat().st_mtime)
    return [mail for entry in files[:limit] if (mail := read(entry.name.removesuffix(".eml"))) is not None]


def read(name: str) -> Mail | None:
    """One letter by the name of its file, None where there is none."""
    path = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if not FILE_NAME.fullmatch(name) or not path.is_file() or path.stat().st_size > LARGEST_FILE:
        return None
    message = cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=default))  # what this policy makes
    return Mail(
        name=name,
        at=_moment(message, path),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _moment(message: EmailMessage, path: Path) -> datetime:
    written = message["Date"]
    if written is None:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    moment = parsedate_to_datetime(str(written))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # "-0000", which Django writes, is read as no zone


def _file_name(message: DjangoEmail) -> str:
    found = FILE_NAME.search(message.extra_headers.get("Message-ID", ""))
    return found.group() if found else str(uuid4())


def _write(path: Path, content: bytes) -> None:
    # Whoever reads the folder meanwhile sees the whole letter or none.
    draft = path.with_suffix(f".{uuid4().hex}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
