"""Secrets of sources, in the form of Standard Webhooks."""

from base64 import b64encode
from secrets import token_bytes


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return "whsec_" + b64encode(token_bytes(32)).decode()
