"""How values look on paper, in Dutch or English, with the characters and colours that paper can show."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from apps.finance.documents.written import clean_lines

# What the fonts of the typesetter can draw: Latin, Greek, Cyrillic, Armenian, Hebrew and Arabic letters, signs, currencies,
# arrows. A test sets each of these characters.
_NOT_DRAWN = re.compile(
    "[^\n\x20-\x7e\xa0-\xac\xae-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff\u0531-\u0556"
    "\u05d0-\u05ea\u0621-\u063a\u0640-\u064a\u0660-\u066d\u1e00-\u1eff\u2010-\u2027\u2030-\u2040\u2070-\u2071\u2074-\u208e"
    "\u20a0-\u20c0\u2100-\u211e\u2122\u2126\u2153-\u2184\u2190-\u23ff\u25a0-\u25ff]"
)
_STRAY_MARK = re.compile("(?<![A-Za-z\u00c0-\u024f\u0300-\u036f])[\u0300-\u036f]+")  # a font has accents for Latin letters alone
WITHOUT_WIDTH = {"Cf", "Mn", "Me"}
NOT_DRAWN = "□"
_LONG_WORD = re.compile(r"\S{21,}")
MAY_BREAK = "\u200b"
LONGEST_ADDRESS = 45
DARK, LEAST_CONTRAST = "#1f2937", 4.5
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def shown(text: str) -> str:
    """A text as it can be set: a character without a drawing leaves a box, one without a width nothing; long words may break."""
    composed = unicodedata.normalize("NFC", clean_lines(text))
    drawn = _NOT_DRAWN.sub(lambda found: "" if unicodedata.category(found[0]) in WITHOUT_WIDTH else NOT_DRAWN, composed)
    drawn = _STRAY_MARK.sub("", drawn)
    return _LONG_WORD.sub(lambda found: _breakable(found[0]), drawn)


def _breakable(word: str) -> str:
    """A place to break after each 20 characters; none in an address of mail, which people copy."""
    if "@" in word and len(word) <= LONGEST_ADDRESS:
        return word
    return MAY_BREAK.join(word[start : start + 20] for start in range(0, len(word), 20))


def in_euros(value: Decimal, language: str) -> str:
    """€ 1.234,56 in Dutch, € 1,234.56 in English; a unit price keeps what it has beyond the cents."""
    exact = value.normalize()
    digits = max(2, -int(exact.as_tuple().exponent))
    sign = "−" if value < 0 else ""
    return f"{sign}€ {_grouped(abs(value), digits, language)}"


def as_number(value: Decimal, language: str) -> str:
    """A quantity or percentage without superfluous zeros."""
    digits = max(0, -int(value.normalize().as_tuple().exponent))
    return ("−" if value < 0 else "") + _grouped(abs(value), digits, language)


def as_day(day: date | None, language: str) -> str:
    """27 november 2026; nothing where there is none."""
    return "" if day is None else f"{day.day} {_MONTHS.get(language, _MONTHS['nl'])[day.month - 1]} {day.year}"


def in_groups(number: str, size: int = 4) -> str:
    """An account number or reference in groups that can be read aloud."""
    return " ".join(number[start : start + size] for start in range(0, len(number), size))


def ink(colour: str) -> str:
    """A company's colour, darkened until text in it can be read on white (WCAG 2.1, 1.4.3)."""
    if not _COLOUR.fullmatch(colour):
        return DARK
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    while _contrast_on_white(parts) < LEAST_CONTRAST:
        parts = [part * 19 // 20 for part in parts]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _grouped(value: Decimal, digits: int, language: str) -> str:
    text = f"{value:,.{digits}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def _contrast_on_white(parts: list[int]) -> float:
    red, green, blue = (_linear(part / 255) for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
