"""How values look on paper."""

from decimal import Decimal

import pytest

from apps.finance.documents import printed
from apps.finance.documents.pdf import pdf
from tests.finance.documents.papers import invoice, line

LAST = 0x10000


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        ("0", "€ 0,00", "€ 0.00"),
        ("1234567.8", "€ 1.234.567,80", "€ 1,234,567.80"),
        ("-12.5", "−€ 12,50", "−€ 12.50"),
        ("0.3333", "€ 0,3333", "€ 0.3333"),
        ("2.500", "€ 2,50", "€ 2.50"),
        ("1E+3", "€ 1.000,00", "€ 1,000.00"),
    ],
)
def test_amounts_in_two_languages(value, dutch, english):
    assert (printed.in_euros(Decimal(value), "nl"), printed.in_euros(Decimal(value), "en")) == (dutch, english)


@pytest.mark.parametrize(
    ("value", "text"), [("21.00", "21"), ("1.333", "1,333"), ("1000", "1.000"), ("-0.5", "−0,5"), ("0", "0")]
)
def test_quantities_have_no_superfluous_zeros(value, text):
    assert printed.as_number(Decimal(value), "nl") == text


def test_every_character_that_is_let_through_has_a_drawing():
    """The typesetter refuses to make a PDF/A with a character that its fonts lack."""
    let_through = [chr(code) for code in range(LAST) if printed.shown(chr(code)) == chr(code)]
    pieces = ["".join(let_through[start : start + 100]) for start in range(0, len(let_through), 100)]

    assert len(let_through) > 2300
    assert pdf(invoice(*(line(description=f"x{piece}") for piece in pieces)), b"<a/>")


def test_every_accent_can_stand_on_a_latin_letter_and_on_no_other():
    accents = [chr(code) for code in range(0x300, 0x370)]
    pieces = [" ".join(base + accent for accent in accents) for base in "aQzßłŁøĲǅɏ"]

    assert pdf(invoice(*(line(description=piece) for piece in pieces)), b"<a/>")
    assert printed.shown("q\u0303\u0323 ж\u0301 مَ \u0301א\u05b8") == "q\u0323\u0303 ж م א"


@pytest.mark.parametrize("colour", ["#0066CC", "#F59E0B", "#10B981", "#FF6B35", "#ffffff"])
def test_a_colour_is_dark_enough_to_read(colour):
    def light(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (light(int(printed.ink(colour)[at : at + 2], 16)) for at in (1, 3, 5))

    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


@pytest.mark.parametrize("colour", ["", "blue", "#fff", "#0066cc;", "#0066cc\n"])
def test_what_is_no_colour_is_dark(colour):
    assert printed.ink(colour) == printed.DARK


def test_a_long_word_may_break_and_an_address_of_mail_not():
    assert printed.shown("a" * 45) == "a" * 20 + "\u200b" + "a" * 20 + "\u200b" + "a" * 5
    assert printed.shown("administratie.afdeling@chargecars.nl") == "administratie.afdeling@chargecars.nl"
