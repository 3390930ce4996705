"""How an API key looks: `cc_live_<10 of its id>_<43 of its secret>`, or `cc_test_...`."""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass

BEGINNINGS = ("cc_live_", "cc_test_")
_SHAPE = re.compile(r"cc_(?P<mode>live|test)_(?P<key_id>[A-Za-z0-9]{10})_(?P<secret>[A-Za-z0-9_-]{43})")
_ID_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, kw_only=True)
class KeyText:
    """The parts of a key as its holder shows it."""

    is_live: bool
    key_id: str
    secret: str

    def __str__(self) -> str:
        return f"cc_{'live' if self.is_live else 'test'}_{self.key_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"KeyText({self.key_id})"

    @property
    def secret_hash(self) -> str:
        """What is stored. The secret has 256 random bits: a slow hash would protect nothing more."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_key(*, is_live: bool) -> KeyText:
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _position in range(10))
    return KeyText(is_live=is_live, key_id=key_id, secret=secrets.token_urlsafe(32))


def parse_key(text: str) -> KeyText | None:
    """The parts of a key; None where the text has not its shape."""
    found = _SHAPE.fullmatch(text)
    return found and KeyText(is_live=found["mode"] == "live", key_id=found["key_id"], secret=found["secret"])
