"""Addresses: taken apart, stored one way, flagged where a person should look."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.core.errors import Malformed
from apps.organizations.choices import AddressFlag, AddressType
from apps.organizations.models import Address
from apps.organizations.services import create_address, split_house_number
from apps.organizations.services.addresses import StreetLine
from tests.factories.organizations import AddressFactory, BusinessEntityFactory

PLACE = {"postal_code": "3861 ab", "city": "Nijkerk", "address_type": AddressType.INSTALLATION}


@pytest.mark.parametrize(
    ("line", "street", "house_number", "addition"),
    [
        ("12", "", 12, ""),
        ("12a", "", 12, "a"),
        ("12 A", "", 12, "A"),
        ("26-3", "", 26, "3"),
        ("2-4", "", 2, "4"),
        ("2 1", "", 2, "1"),
        ("1940 3", "", 1940, "3"),
        ("546 K 1", "", 546, "K 1"),
        ("12-A bis", "", 12, "A bis"),
        ("40 bis zwart", "", 40, "bis zwart"),
        ("279 H", "", 279, "H"),
        ("5 III hoog", "", 5, "III hoog"),
        ("22/2", "", 22, "2"),
        ("١٢-٣", "", 12, "3"),
        ("99999", "", 99_999, ""),
        ("Dorpsstraat 12", "Dorpsstraat", 12, ""),
        ("Dorpsstraat 12-A bis", "Dorpsstraat", 12, "A bis"),
        ("Dorpsstraat, 12", "Dorpsstraat", 12, ""),
        ("Dorpsstraat12", "Dorpsstraat", 12, ""),
        ("'s-Gravenweg 5", "'s-Gravenweg", 5, ""),
        ("1e Jan Steenstraat 12", "1e Jan Steenstraat", 12, ""),
        ("1e Jan Steenstraat 12-2", "1e Jan Steenstraat", 12, "2"),
        ("2e Weg 5", "2e Weg", 5, ""),
        ("Plein 1944 7", "Plein 1944", 7, ""),
        ("Laan 1940-1945 12 a", "Laan 1940-1945", 12, "a"),
        ("Rijksweg A2 15", "Rijksweg A2", 15, ""),
        ("Postbus 123", "Postbus", 123, ""),
        ("  Dorpsstraat   12  hs ", "Dorpsstraat", 12, "hs"),
    ],
)
def test_a_line_is_taken_apart(line, street, house_number, addition):
    assert split_house_number(line) == StreetLine(street=street, house_number=house_number, addition=addition)


@pytest.mark.parametrize("line", ["", "n.v.t.", "0", "0-3", "123456", "Dorpsstraat", "nummer onbekend", "-5"])
def test_a_line_without_a_house_number(line):
    assert split_house_number(line) == StreetLine(street=line, house_number=None, addition="")


@given(
    street=st.sampled_from(["", "Dorpsstraat", "Van 't Hoffweg", "1e Jan Steenstraat", "Plein 1944", "Rijksweg N201"]),
    house_number=st.integers(min_value=1, max_value=99_999),
    addition=st.from_regex(r"\A([A-Z]{1,4}|[0-9]{1,4}|bis|hs|III hoog|K [0-9]{1,2}|[A-Z]-[1-9])?\Z"),
    joint=st.sampled_from([" ", "-", " - ", "/"]),
)
def test_what_is_put_together_comes_apart_again(street, house_number, addition, joint):
    # "Dorpsstraat 1600 7" is read as "Plein 1944 7": the year is the street's.
    assume(not (street and 1500 <= house_number < 2100 and joint == " " and addition[:1].isdigit()))
    number = f"{house_number}{joint}{addition}" if addition else str(house_number)

    assert split_house_number(f"{street} {number}") == StreetLine(street=street, house_number=house_number, addition=addition)


@given(line=st.text(alphabet="1a -/.,9e0é٣", max_size=80) | st.text(max_size=80))
def test_any_line_is_read_without_losing_a_digit(line):
    read = split_house_number(line)

    parts = f"{read.street} {read.house_number or ''} {read.addition}"
    assert [sign for sign in parts if sign.isdecimal()] == [str(int(sign)) for sign in line if sign.isdecimal()]
    assert read.house_number is None or 1 <= read.house_number <= 99_999


def test_a_long_line_is_read_at_once():
    """A pattern that backtracks would need years for these."""
    for line in ("1" + "a" * 240 + "!", "1 a-" * 60 + "!", "1 " * 120 + "!", "1 " * 200_000):
        assert split_house_number(line).house_number is None


@pytest.mark.django_db
def test_an_address_is_stored_one_way():
    entity = BusinessEntityFactory()

    address = create_address(
        street="  Dorpsstraat ", house_number="12-A", house_number_addition="bis", business_entity=entity, **PLACE
    )

    stored = Address.objects.get(pk=address.pk)
    assert (stored.street, stored.house_number, stored.house_number_addition) == ("Dorpsstraat", 12, "A bis")
    assert (stored.postal_code, stored.city, stored.country) == ("3861AB", "Nijkerk", "NL")
    assert (stored.flag, stored.is_validated, stored.business_entity) == ("", False, entity)
    assert str(stored) == "Dorpsstraat 12 A bis, 3861 AB Nijkerk"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_parts", "shown"),
    [
        ({"street": "Dorpsstraat", "house_number": 12}, "Dorpsstraat 12"),
        ({"street": "Dorpsstraat 12-3"}, "Dorpsstraat 12-3"),
        ({"street": "Dorpsstraat 12", "house_number_addition": "-B"}, "Dorpsstraat 12 B"),
        ({"street": "Plein 1944", "house_number": "7"}, "Plein 1944 7"),
    ],
)
def test_the_house_number_may_stand_anywhere(given_parts, shown):
    address = create_address(**given_parts, **PLACE)

    assert (address.street_line, address.flag) == (shown, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_parts", "shown"),
    [
        ({"street": "Dorpsstraat", "house_number": "n.v.t."}, "Dorpsstraat n.v.t."),
        ({"street": "Dorpsstraat", "house_number": "0"}, "Dorpsstraat 0"),
        ({"street": "Dorpsstraat", "house_number": "123456"}, "Dorpsstraat 123456"),
        ({"street": "Dorpsstraat"}, "Dorpsstraat"),
        ({"street": "Dorpsstraat", "house_number_addition": "kavel 9"}, "Dorpsstraat kavel 9"),
    ],
)
def test_an_unreadable_house_number_is_kept_and_flagged(given_parts, shown):
    address = create_address(**given_parts, **PLACE)

    assert address.house_number is None
    assert (address.street_line, address.flag) == (shown, AddressFlag.HOUSE_NUMBER_UNREADABLE)


@pytest.mark.django_db
def test_every_wrong_part_is_named_at_once():
    with pytest.raises(Malformed) as refused:
        create_address(
            street=" ",
            house_number="12",
            house_number_addition="x" * 41,
            postal_code="0123 AB",
            city="\u202e",
            address_type=AddressType.BILLING,
        )

    assert [(wrong.pointer, wrong.code) for wrong in refused.value.fields] == [
        ("/street", "blank"),
        ("/house_number_addition", "too_long"),
        ("/postal_code", "invalid_postcode"),
        ("/city", "blank"),
    ]
    assert not Address.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_parts", "blamed"),
    [
        ({"street": "Dorpsstraat", "house_number": "12", "house_number_addition": "x" * 41}, "/house_number_addition"),
        ({"street": "Dorpsstraat 12 A", "house_number_addition": "x" * 41}, "/house_number_addition"),
        ({"street": "Dorpsstraat", "house_number": "12" + " abc" * 11, "house_number_addition": "bis"}, "/house_number"),
        ({"street": "Dorpsstraat", "house_number": "n.v.t.", "house_number_addition": "x" * 40}, "/house_number"),
        ({"street": "Dorpsstraat 12" + " abc" * 11, "house_number_addition": "bis"}, "/street"),
    ],
)
def test_an_addition_that_is_too_long_is_laid_to_the_part_it_came_with(given_parts, blamed):
    with pytest.raises(Malformed) as refused:
        create_address(**given_parts, **PLACE)

    assert [(wrong.pointer, wrong.code) for wrong in refused.value.fields] == [(blamed, "too_long")]
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_an_unknown_country_is_refused():
    with pytest.raises(Malformed) as refused:
        create_address(street="Rue Haute", house_number="1", country="FR", **PLACE)

    assert {wrong.code for wrong in refused.value.fields} == {"unknown_country", "invalid_postcode"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"postal_code": "3861 AB"},
        {"postal_code": "0861AB"},
        {"house_number": 0},
        {"house_number": 100_000},
        {"house_number": None},
        {"country": "FR"},
        {"address_type": "home"},
        {"latitude": "52.22"},
        {"is_validated": True},
    ],
)
def test_the_database_refuses_what_no_service_writes(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        AddressFactory(**wrong)
