"""Text messages as the network counts them, and the numbers that they can go to."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

# 3GPP TS 23.038: the signs of GSM 7-bit, and those that take two places.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
MOST_PARTS = 6
# Places in a message of one part, and in each part of a longer one.
GSM_PLACES, UCS2_PLACES = (160, 153), (70, 67)

# Kinds of number at which a phone reads text messages; 112, 1233, 0900 and 088 are none.
READS_TEXTS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a text message is: places taken, and the parts that are paid for."""

    is_unicode: bool
    places: int
    parts: int

    @property
    def encoding(self) -> str:
        return "UCS-2" if self.is_unicode else "GSM-7"


# Signs that people and programs write without meaning to; one of them alone would make a message of one part three.
PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


def plainly(text: str) -> str:
    """A text with its typographic signs written as a phone's keyboard has them."""
    return text.translate(PLAIN)


def measure(text: str) -> Length:
    """The length of a text as the network counts it. A sign of two places is never split over two parts."""
    is_unicode = any(sign not in GSM and sign not in GSM_DOUBLE for sign in text)
    widths = [_width(sign, is_unicode=is_unicode) for sign in text]
    alone, each = UCS2_PLACES if is_unicode else GSM_PLACES
    places = sum(widths)
    return Length(is_unicode=is_unicode, places=places, parts=1 if places <= alone else _parts(widths, each))


def _width(sign: str, *, is_unicode: bool) -> int:
    if is_unicode:
        return 2 if ord(sign) > 0xFFFF else 1  # beyond it UTF-16 writes a pair
    return 2 if sign in GSM_DOUBLE else 1


def _parts(widths: list[int], room: int) -> int:
    parts, left = 1, room
    for width in widths:
        if width > left:
            parts, left = parts + 1, room
        left -= width
    return parts


def reads_texts(number: str) -> bool:
    """Whether a stored number (+31…) is one of a phone that reads text messages."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    return plain and phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in READS_TEXTS
