"""Whether a call of our hook is MessageBird's: the JWT in its header, checked against the address and the body as they came."""

import hashlib
import hmac
from typing import Any

import jwt

HEADER = "MessageBird-Signature-JWT"
ISSUER = "MessageBird"
LEEWAY = 1  # seconds between their clock and ours
TOKEN_LENGTH = 4_096
JTI_LENGTH = 200


class NotSigned(Exception):
    """The call is not MessageBird's. `reason` is for our own log: the caller is told nothing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def check_signature(token: str, *, keys: dict[str, str], url: str, body: bytes) -> tuple[set[str], str]:
    """Whose keys it is signed with (their names in `keys`; accounts may share one), and the name of this one call.

    Raises:
        NotSigned: by none of them, too old or too early, or for another address or body.
    """
    if not token or len(token) > TOKEN_LENGTH or not token.isascii():
        raise NotSigned("no_token")
    signed = {name: claims for name, key in keys.items() if (claims := _claims(token, key)) is not None}
    if not signed:
        raise NotSigned("signature")
    claims = next(iter(signed.values()))
    _refuse_another_call(claims, url=url, body=body)
    return set(signed), claims["jti"]


def _claims(token: str, key: str) -> dict[str, Any] | None:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": ["iss", "nbf", "exp", "jti", "url_hash"], "verify_aud": False},
        )
    except jwt.PyJWTError:
        return None


def _refuse_another_call(claims: dict[str, Any], *, url: str, body: bytes) -> None:
    if not _is_hash_of(claims["url_hash"], url.encode()):
        raise NotSigned("url_hash")
    if body and not _is_hash_of(claims.get("payload_hash"), body):
        raise NotSigned("payload_hash")
    if not body and "payload_hash" in claims:
        raise NotSigned("payload_hash")
    if not isinstance(claims["jti"], str) or not 0 < len(claims["jti"]) <= JTI_LENGTH or "\0" in claims["jti"]:
        raise NotSigned("jti")


def _is_hash_of(given: object, content: bytes) -> bool:
    wanted = hashlib.sha256(content).hexdigest()
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given, wanted)
