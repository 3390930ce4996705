"""Amounts, days, accounts and references as banks write them, or None."""

import re
from datetime import date
from decimal import Decimal

from stdnum import iban, iso11649
from stdnum.exceptions import ValidationError

LARGEST = Decimal("9999999999.99")  # of an amount column
DIGITS = re.compile(r"[0-9]{1,18}([.,][0-9]{0,10})?", re.ASCII)
SPACES = re.compile(r"\s+")
DAY = re.compile(r"[0-9]{6}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2100
PAYMENT_REFERENCE = re.compile(r"[0-9]{16}", re.ASCII)
WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)  # from the right, over and over
DUTCH_IBAN = re.compile(r"NL[0-9]{2}[A-Z]{4}[0-9]{10}", re.ASCII)  # nearly all, so these are checked without a table of countries
NL = "2321"
OWN_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)


def amount(text: str) -> Decimal | None:
    """A positive amount of at most two decimals, or None: no sign, no exponent, not larger than a column holds."""
    if not DIGITS.fullmatch(text):
        return None
    value = Decimal(text.replace(",", "."))
    cents = value.quantize(Decimal("0.01"))
    return cents if cents == value and value <= LARGEST else None


def day(text: str) -> date | None:
    """A day as '2026-11-27', with or without a time behind it: the bank's own day."""
    try:
        found = date.fromisoformat(text[:10]) if text[10:11] in {"", "T", "Z", "+", "-"} else None
    except ValueError:
        return None
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


def short_day(text: str) -> date | None:
    """A day as '261127'."""
    return day(f"20{text[:2]}-{text[2:4]}-{text[4:]}") if DAY.fullmatch(text) else None


def compact(text: str) -> str:
    """Without spaces, in upper case."""
    return SPACES.sub("", text).upper()


def in_one_line(text: str) -> str:
    """With single spaces, none at the ends."""
    return " ".join(text.split())


def valid_iban(text: str) -> str:
    """The IBAN, or an empty text when its check digits, length or country are wrong."""
    if DUTCH_IBAN.fullmatch(text):
        digits = "".join(str(int(sign, 36)) for sign in text[4:8]) + text[8:] + NL + text[2:4]
        return text if int(digits) % 97 == 1 else ""
    if not text.isascii():
        return ""
    try:
        return str(iban.validate(text, check_country=False))
    except ValidationError:
        return ""


def dutch_iban(bank: str, number: str) -> str:
    """The IBAN of an account of which the bank gives its own number only; empty when that cannot be."""
    if not (bank and OWN_NUMBER.fullmatch(number)):
        return ""
    rest = f"{bank}{number.zfill(10)}"
    return f"NL{iban.calc_check_digits(f'NL00{rest}')}{rest}"


def structured_reference(text: str) -> str:
    """The reference when its check digits are right, in its compact form, else an empty text."""
    candidate = compact(text)
    if PAYMENT_REFERENCE.fullmatch(candidate):
        return candidate if candidate[0] == _check_digit(candidate[1:]) else ""
    if candidate.startswith("RF") and candidate.isascii() and iso11649.is_valid(candidate):
        return candidate
    return ""


def _check_digit(digits: str) -> str:
    """Of a Dutch payment reference: weighted modulus 11, in which 10 becomes 1 and 11 becomes 0."""
    total = sum(int(digit) * WEIGHTS[place % len(WEIGHTS)] for place, digit in enumerate(reversed(digits)))
    return str({10: 1, 11: 0}.get(11 - total % 11, 11 - total % 11))
