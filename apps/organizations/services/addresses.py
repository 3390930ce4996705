"""Addresses: read from what people and partners write, stored one way."""

import re
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import validators
from apps.core.prepared import insert
from apps.core.transactions import in_transaction
from apps.organizations.choices import AddressFlag, AddressType, Country
from apps.organizations.models import Address, BusinessEntity
from apps.organizations.services.reading import Reading

LONGEST_LINE = 250  # a longer one is refused for its length; looking for a number in it would only cost time
ADDITION_LENGTH = 40
SEPARATORS = " -/.,+"

# Behind a house number stand short runs of letters or digits (A, bis, III, hs, 2) or one of these words.
WORDS = "beneden|boven|achter|links|rechts|zwart|kelder|souterrain|kamer"
PART = rf"(?:(?:{WORDS}|[^\W\d_]{{1,4}})(?![^\W\d_])|[0-9]{{1,4}}(?![0-9]))"
HOUSE_NUMBER = re.compile(rf"(?P<number>[1-9][0-9]{{0,4}})(?![0-9])(?P<addition>(?:[ \-/.,+]*{PART})*)[ .,]*", re.IGNORECASE)
# Digits that are the street's own: 1e Jan Steenstraat 12, Plein 1944 7, Laan 1940-1945 12.
YEAR = "(?:1[5-9]|20)[0-9]{2}"
OF_THE_STREET = re.compile(rf"[0-9]+(?:e|de|ste) .*[0-9]|(?<=[ ,]){YEAR}(?:-{YEAR})? +[0-9]", re.IGNORECASE)
# Before a house number stands nothing, a space or comma, or a word it was stuck to; the 2 of "Rijksweg A2" is none.
BEFORE = re.compile(r"(?:^|[ ,.)]|[^\W\d_]{3})\Z")


@dataclass(frozen=True, kw_only=True)
class AddressData:
    """A place as it was given. The house number may hold its addition, and the street may hold both."""

    street: str
    house_number: str = ""
    house_number_addition: str = ""
    postal_code: str
    city: str
    country: str = Country.NETHERLANDS


@dataclass(frozen=True, kw_only=True)
class StreetLine:
    """A line of an envelope taken apart; `house_number` is None where none can be read."""

    street: str
    house_number: int | None
    addition: str = ""


def split_house_number(line: str) -> StreetLine:
    """Take "Dorpsstraat 12-A bis" apart into street, 12 and "A bis"; a number alone has no street."""
    text = _plain(line)
    if len(text) > LONGEST_LINE:
        return StreetLine(street=text, house_number=None)
    for digits in re.finditer("[0-9]+", text):
        start = digits.start()
        if not BEFORE.search(text[:start]) or OF_THE_STREET.match(text, start):
            continue
        if found := HOUSE_NUMBER.fullmatch(text, start):
            return _line(text[:start].rstrip(" ,"), found)
    return StreetLine(street=text, house_number=None)


def _plain(text: str) -> str:
    return " ".join(validators.ascii_digits(text).split())


def _line(street: str, number: re.Match[str], further: str = "") -> StreetLine:
    addition = f"{number['addition'].strip(SEPARATORS)} {further}".strip()
    return StreetLine(street=street, house_number=int(number["number"]), addition=addition)


@in_transaction
def create_address(
    *,
    street: str,
    house_number: str | int = "",
    house_number_addition: str = "",
    postal_code: str,
    city: str,
    country: str = Country.NETHERLANDS,
    address_type: AddressType,
    business_entity: BusinessEntity | None = None,
    by: User | None = None,
) -> Address:
    """Store a place, its parts normalized; a house number that cannot be read is kept as given and flagged.

    Raises:
        Malformed: a part is missing, too long, or no postcode of that country.
    """
    given = AddressData(
        street=street,
        house_number=str(house_number),
        house_number_addition=house_number_addition,
        postal_code=postal_code,
        city=city,
        country=country,
    )
    address = read_address(given)
    address.address_type = address_type
    address.business_entity = business_entity
    return insert(address)


def read_address(given: AddressData) -> Address:
    """An address that is not stored yet, its parts normalized.

    Raises:
        Malformed: as `create_address`.
    """
    reading = Reading()
    if given.country not in Country.values:
        reading.refuse("country", code="unknown_country", detail=_("We know NL, BE and DE."))
    line = _street_line(given)
    address = Address(
        street=reading.take_text("street", line.street, longest=200),
        house_number=line.house_number,
        house_number_addition=reading.take_text(
            _giver_of_addition(given, line.addition), line.addition, longest=ADDITION_LENGTH, required=False
        ),
        postal_code=reading.take(
            "postal_code", given.postal_code, lambda value: validators.normalize_postcode(value, given.country)
        ),
        city=reading.take_text("city", given.city, longest=100),
        country=given.country,
        flag="" if line.house_number else AddressFlag.HOUSE_NUMBER_UNREADABLE,
    )
    reading.finish()
    return address


def _giver_of_addition(given: AddressData, addition: str) -> str:
    """The part to blame for a wrong addition: it may have come behind the house number, or in the street."""
    own = given.house_number_addition.strip(SEPARATORS)
    if len(own) > ADDITION_LENGTH or addition in ("", own):
        return "house_number_addition"
    return "house_number" if given.house_number.strip() else "street"


def _street_line(given: AddressData) -> StreetLine:
    """The parts apart, wherever the house number stood."""
    number = _plain(given.house_number)
    addition = given.house_number_addition.strip(SEPARATORS)
    if not number:
        line = split_house_number(given.street)
        if line.street and line.house_number:
            return replace(line, addition=f"{line.addition} {addition}".strip())
    elif found := HOUSE_NUMBER.fullmatch(number):
        return _line(given.street, found, addition)
    # Such as "n.v.t.": a person will see what was meant.
    return StreetLine(street=given.street, house_number=None, addition=f"{number} {addition}".strip())
