"""What may be kept of a call that we refused: everything that explains the refusal, nothing that opens a door."""

import re
from collections.abc import Mapping

KEPT_HEADERS = (
    "Accept",
    "Accept-Language",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Idempotency-Key",
    "User-Agent",
    "Webhook-Id",
    "Webhook-Timestamp",
    "X-Request-Id",
)
HEADER_LENGTH = 500
MASK = "***"

# Every quantifier is bounded or gives nothing back: the text is a stranger's.
_MASKS = (
    (re.compile(r"\b(cc_(?:live|test)_[A-Za-z0-9]{1,10})_[A-Za-z0-9_-]{1,100}"), rf"\1_{MASK}"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{1,200}"), f"whsec_{MASK}"),
    (re.compile(r"\b(bearer|basic) [A-Za-z0-9._~+/=-]{8,4000}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}"), MASK),
    (
        re.compile(
            r'("[^"\\]{0,40}(?:password|wachtwoord|passwd|secret|token|api[_-]?key|authorization|iban|bsn|card)'
            r'[^"\\]{0,40}"\s{0,20}:\s{0,20})(?:"(?:[^"\\]|\\.)*+"?|[^\s,}\]"]{1,100})',
            re.IGNORECASE | re.DOTALL,
        ),
        rf'\1"{MASK}"',
    ),
)


def masked_text(raw: bytes, *, max_length: int) -> str:
    """A body as text that can be stored: bytes that are no text are spelled out, secrets are gone."""
    text = raw.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text[:max_length]


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that explain a call; credentials and what proxies add are left out."""
    return {
        name: masked_text(headers[name].encode("utf-8", "replace"), max_length=HEADER_LENGTH)
        for name in KEPT_HEADERS
        if name in headers
    }
