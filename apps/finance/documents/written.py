"""How texts and values of a document are written: no character that XML or a page cannot hold, amounts with two decimals."""

import re
from decimal import Decimal
from functools import lru_cache

from apps.core.money import CENT

# Not in XML 1.0; of no use on paper; or able to turn the reading order of what stands beside it.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LINE_END = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_KEPT = 2_000  # of a block of invoices most texts are the same: the seller's, the articles', the towns'


@lru_cache(maxsize=_KEPT)
def clean(text: str) -> str:
    """A text on one line, with single spaces and without control characters."""
    return " ".join(_without_controls(text).split())


def clean_lines(text: str) -> str:
    """A text that may run over lines; empty lines are left out."""
    lines = (" ".join(line.split()) for line in _without_controls(text).split("\n"))
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=_KEPT)
def compact(number: str) -> str:
    """A KvK, BTW, OIN or bank account number without spaces, dots and dashes, in capitals."""
    return "".join(sign for sign in clean(number) if sign.isalnum()).upper()


def amount(value: Decimal) -> str:
    """An amount in EUR with two decimals, never in exponents and never minus nothing."""
    cents = value.quantize(CENT)
    return str(cents or abs(cents))


def plain(value: Decimal) -> str:
    """A quantity, price or percentage without superfluous zeros and exponents."""
    text = format(value.normalize(), "f")
    return "0" if text == "-0" else text


def _without_controls(text: str) -> str:
    text = _UNWRITABLE.sub("", _LINE_END.sub("\n", text))
    return "".join(sign for sign in text if ord(sign) & 0xFFFE != 0xFFFE)  # the last two of each plane are no characters
