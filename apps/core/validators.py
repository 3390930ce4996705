"""Dutch identifiers, phone numbers, e-mail addresses and names: one spelling of each, or a ValidationError.

Each `normalize_x` takes what people and partners write and returns what is stored. Each `validate_x` is for a column:
it takes stored values only, so that no other spelling slips in.
"""

import re
import unicodedata
from collections.abc import Callable
from types import ModuleType

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from stdnum import bic as bic_number
from stdnum import ean, iban
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import btw, postcode

from apps.core.errors import Text

REGION = "NL"
POSTAL_CODES = {
    "BE": re.compile(r"[1-9][0-9]{3}"),
    "DE": re.compile(r"[0-9]{5}"),
}
# Format characters that a name may hold: the joiners of Persian and of emoji.
JOINERS = {"\u200c", "\u200d"}
STRIPPED = {"Cc", "Cf", "Co", "Cs"}  # control, format (the direction marks), private use, half a character
SPACES = re.compile(r"\s+")
PHONE = re.compile(r"\+?[0-9 ()./\-\u00a0\u2010-\u2015]{4,40}")
# What people type into a form and drag in from a page: spaces of any width and invisible marks.
INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]+")

_validate_email = EmailValidator()


def _invalid(message: Text, code: str) -> ValidationError:
    return ValidationError(message, code=code)  # type: ignore[arg-type]  # the stubs know lazy texts by another name


def _compact(value: str) -> str:
    """Without spaces and invisible marks, in upper case, digits as ASCII digits."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", ascii_digits(value))).upper()


def ascii_digits(value: str) -> str:
    """The same text with the digits of every script written as 0 to 9."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in value)


def clean_name(value: str) -> str:
    """A name as people write it: composed letters, single spaces, without control and direction marks.

    Raises:
        ValidationError: nothing is left (`blank`).
    """
    composed = unicodedata.normalize("NFC", value)
    spaced = SPACES.sub(" ", composed)
    kept = "".join(sign for sign in spaced if sign in JOINERS or unicodedata.category(sign) not in STRIPPED)
    name = SPACES.sub(" ", kept).strip()
    if not name.strip("\u200c\u200d"):
        raise _invalid(_("Give a name."), "blank")
    return name


def normalize_postcode(value: str, country: str = REGION) -> str:
    """A postcode as it is stored: 1234AB, or the digits of a Belgian or German one.

    Raises:
        ValidationError: not a postcode of that country (`invalid_postcode`).
    """
    given = value.strip(" ").upper()
    if country == REGION:
        # The digits are checked first: stdnum reads those of every script.
        if re.fullmatch(r"[1-9][0-9]{3} {0,2}[A-Z]{2}", given) and postcode.is_valid(given):
            return given.replace(" ", "")
        raise _invalid(_("Give a postcode such as 1234 AB."), "invalid_postcode")
    if country in POSTAL_CODES and POSTAL_CODES[country].fullmatch(given):
        return given
    raise _invalid(_("This is not a postcode of that country."), "invalid_postcode")


def normalize_kvk(value: str) -> str:
    """The eight digits of a number in the Dutch trade register, which has no check digit.

    Raises:
        ValidationError: not eight digits, or all zeroes (`invalid_kvk`).
    """
    digits = re.sub(r"[.\-]", "", _compact(value))
    if not re.fullmatch(r"[0-9]{8}", digits) or digits == "00000000":
        raise _invalid(_("Give the eight digits of the KvK number."), "invalid_kvk")
    return digits


def normalize_btw(value: str) -> str:
    """A Dutch VAT number as it is stored: NL000000000B00.

    Raises:
        ValidationError: wrong form (`invalid_btw`) or check digit (`invalid_checksum`).
    """
    given = _compact(value)
    if not re.fullmatch(r"(NL)?[0-9.\-]+B[0-9.]+", given):
        raise _invalid(_("Give a BTW number such as NL123456789B01."), "invalid_btw")
    number = _checked(btw, given, _("Give a BTW number such as NL123456789B01."), "invalid_btw")
    return f"NL{number}"


def normalize_iban(value: str) -> str:
    """An IBAN in capitals without spaces.

    Raises:
        ValidationError: wrong form (`invalid_iban`) or check digits (`invalid_checksum`).
    """
    given = _compact(value)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", given):
        raise _invalid(_("Give an IBAN."), "invalid_iban")
    return _checked(iban, given, _("Give an IBAN."), "invalid_iban")


def normalize_bic(value: str) -> str:
    """A bank's BIC in capitals, eight or eleven signs.

    Raises:
        ValidationError: wrong form (`invalid_bic`).
    """
    return _checked(bic_number, _compact(value), _("Give a BIC of 8 or 11 signs."), "invalid_bic")


def normalize_ean(value: str) -> str:
    """The 18 digits of the EAN code of an energy connection.

    Raises:
        ValidationError: not 18 digits (`invalid_ean`) or a wrong check digit (`invalid_checksum`).
    """
    digits = _compact(value)
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise _invalid(_("Give the 18 digits of the EAN code."), "invalid_ean")
    if ean.calc_check_digit(digits[:-1]) != digits[-1]:
        raise _invalid(_("A digit is wrong: the check does not come out."), "invalid_checksum")
    return digits


def normalize_phone(value: str, region: str = REGION) -> str:
    """A phone number as E.164: +31612345678.

    Raises:
        ValidationError: not a number that can be called from anywhere (`invalid_phone`).
    """
    message = _("Give a phone number such as 06 12345678 or +31 6 12345678.")
    given = ascii_digits(unicodedata.normalize("NFKC", value)).strip(" ")
    if not PHONE.fullmatch(given):
        raise _invalid(message, "invalid_phone")
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        raise _invalid(message, "invalid_phone") from None
    if not phonenumbers.is_valid_number(number):
        raise _invalid(message, "invalid_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalize_email(value: str) -> str:
    """An e-mail address in lower case; an international domain as people read it.

    Raises:
        ValidationError: not an address (`invalid_email`).
    """
    message = _("Give an e-mail address such as name@example.nl.")
    given = unicodedata.normalize("NFKC", value).strip(" ").lower()
    local, _at, domain = given.rpartition("@")
    if len(given) > 254 or domain.startswith("[") or domain == "localhost" or not local.isprintable():
        raise _invalid(message, "invalid_email")
    try:
        _validate_email(given)
    except ValidationError:
        raise _invalid(message, "invalid_email") from None
    return given


def _checked(numbers: ModuleType, given: str, message: Text, code: str) -> str:
    """What stdnum makes of a number, its refusals in our words."""
    if not given.isascii():
        raise _invalid(message, code)
    try:
        number: str = numbers.validate(given)
    except InvalidChecksum:
        raise _invalid(_("A digit is wrong: the check does not come out."), "invalid_checksum") from None
    except NumberError:
        raise _invalid(message, code) from None
    return number


def _require_stored_form(normalize: Callable[[str], str], value: str) -> None:
    if normalize(value) != value:
        raise _invalid(_("Write it as %(form)s.") % {"form": normalize(value)}, "not_normalized")


def validate_kvk(value: str) -> None:
    _require_stored_form(normalize_kvk, value)


def validate_btw(value: str) -> None:
    _require_stored_form(normalize_btw, value)


def validate_iban(value: str) -> None:
    _require_stored_form(normalize_iban, value)


def validate_bic(value: str) -> None:
    _require_stored_form(normalize_bic, value)


def validate_phone(value: str) -> None:
    _require_stored_form(normalize_phone, value)
