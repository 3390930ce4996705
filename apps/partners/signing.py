"""Standard Webhooks: how a partner knows that a message is ours and unchanged."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


def new_webhook_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + b64encode(token_bytes(32)).decode()


def validate_webhook_secret(value: str) -> None:
    """Refuse what is not `whsec_` and the base64 of 24 to 64 bytes. The value is never part of the message."""
    try:
        key = b64decode(value.removeprefix(PREFIX), validate=True)
    except (Base64Error, ValueError):
        key = b""
    if not value.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise ValidationError(_("A secret is “whsec_” and the base64 of 24 to 64 bytes."), code="webhook_secret")


def signed_headers(*, webhook_id: str, at: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one attempt; more than one signature while a secret is being replaced."""
    signatures = (Webhook(secret).sign(webhook_id, at, body) for secret in secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
