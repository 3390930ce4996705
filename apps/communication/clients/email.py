"""Hands one e-mail over to the provider that is configured."""

import smtplib
from dataclasses import dataclass
from email.mime.image import MIMEImage

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused, AnymailSerializationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError

from apps.core.outbound import FinalError, RetryableError

FINAL = (AnymailInvalidAddress, AnymailRecipientsRefused, AnymailSerializationError, BadHeaderError, UnicodeError)
PASSING_STATUSES = (408, 425, 429)


@dataclass(frozen=True, kw_only=True)
class OutgoingFile:
    """A file that goes along."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class InlineImage:
    """A PNG that stands inside the letter, where its HTML says `cid:` and this name."""

    name: str
    content: bytes

    def part(self) -> MIMEImage:
        part = MIMEImage(self.content, "png")
        part.add_header("Content-ID", f"<{self.name}>")
        part.add_header("Content-Disposition", "inline", filename=f"{self.name}.png")
        return part


@dataclass(frozen=True, kw_only=True)
class OutgoingEmail:
    """One letter to one address. `message_id` stays the same when it is tried again; news has an `unsubscribe_link`."""

    message_id: str
    sender: str
    reply_to: str
    recipient: str
    subject: str
    text: str
    html: str
    unsubscribe_link: str = ""
    files: tuple[OutgoingFile, ...] = ()
    images: tuple[InlineImage, ...] = ()


def send_email(letter: OutgoingEmail) -> str:
    """Send it once; gives the provider's own word for it, if any.

    Raises:
        RetryableError: the provider is not well now.
        FinalError: it will never take this one.
    """
    message = _message(letter)
    try:
        message.send()
    except FINAL as error:
        raise FinalError("refused_by_provider", str(error)) from error
    except AnymailError as error:
        raise _judged(error) from error
    except smtplib.SMTPResponseException as error:
        kind = FinalError if error.smtp_code >= 500 else RetryableError  # RFC 5321: 5yz is permanent
        raise kind("refused_by_provider", str(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise RetryableError("provider_unreachable", str(error)) from error
    # Only anymail's messages carry this; a mailbox folder or SMTP has no word of its own.
    return str(getattr(getattr(message, "anymail_status", None), "message_id", None) or "")


def _message(letter: OutgoingEmail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=letter.sender,
        to=[letter.recipient],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated", **_ways_out(letter)},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for file in letter.files:
        message.attach(file.name, file.content, file.media_type)
    if letter.images:
        message.mixed_subtype = "related"  # pictures belong to the words, and do not hang below them as files
    for image in letter.images:
        message.attach(image.part())
    return message


def _ways_out(letter: OutgoingEmail) -> dict[str, str]:
    """The headers by which a mail program offers to unsubscribe (RFC 8058)."""
    if not letter.unsubscribe_link:
        return {}
    return {"List-Unsubscribe": f"<{letter.unsubscribe_link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _judged(error: AnymailError) -> FinalError | RetryableError:
    status = error.status_code
    if status is not None and 400 <= status < 500 and status not in PASSING_STATUSES:  # client errors
        return FinalError("refused_by_provider", str(error))
    return RetryableError("provider_unreachable", str(error))
