"""What Dutch people and their partners write, and what is stored of it."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.nl import bsn

from apps.core import validators

NORMALIZERS = [
    validators.clean_name,
    validators.normalize_postcode,
    validators.normalize_kvk,
    validators.normalize_btw,
    validators.normalize_iban,
    validators.normalize_bic,
    validators.normalize_ean,
    validators.normalize_phone,
    validators.normalize_email,
]


def refusal(normalize, value):
    with pytest.raises(ValidationError) as refused:
        normalize(value)
    return refused.value.code


@pytest.mark.parametrize("given_name", ["O'Brien", "van 't Hoff", "Øystein", "李", "محمد", "Jip 🚗", "X", "a" * 200])
def test_a_name_stays_as_its_bearer_writes_it(given_name):
    assert validators.clean_name(given_name) == given_name


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  Sanne   de  Wit ", "Sanne de Wit"),
        ("Sanne\r\nde Wit", "Sanne de Wit"),
        ("Sanne\x00\x07 de Wit", "Sanne de Wit"),
        ("\u202eSanne\u202c", "Sanne"),
        ("\u2066Sanne\u2069\ufeff", "Sanne"),
        ("Rene\u0301", "Ren\u00e9"),
        ("👩\u200d🔧", "👩\u200d🔧"),
    ],
)
def test_a_name_loses_what_nobody_sees(written, stored):
    assert validators.clean_name(written) == stored


@pytest.mark.parametrize("written", ["", "   ", "\n\t", "\u202e", "\u200d", "\x00"])
def test_a_name_of_nothing_is_refused(written):
    assert refusal(validators.clean_name, written) == "blank"


@pytest.mark.parametrize("written", ["1234AB", "1234 AB", "1234 ab", " 1234ab ", "1234  AB"])
def test_a_dutch_postcode_is_stored_without_space(written):
    assert validators.normalize_postcode(written) == "1234AB"


@pytest.mark.parametrize(
    "written",
    ["0123 AB", "1234 SS", "1234 SA", "1234 SD", "1234 AB\n", "1234\u00a0AB", "١٢٣٤ AB", "1234 A", "12345 AB", "1234 A1", "", "AB1234"],
)  # fmt: skip
def test_no_dutch_postcode(written):
    assert refusal(validators.normalize_postcode, written) == "invalid_postcode"


@pytest.mark.parametrize(
    ("written", "country", "stored"), [("1000", "BE", "1000"), (" 9999", "BE", "9999"), ("01067", "DE", "01067")]
)
def test_postcodes_of_the_neighbours(written, country, stored):
    assert validators.normalize_postcode(written, country) == stored


@pytest.mark.parametrize(("written", "country"), [("0999", "BE"), ("1234AB", "BE"), ("1234", "DE"), ("1000", "FR")])
def test_no_postcode_of_that_country(written, country):
    assert refusal(lambda value: validators.normalize_postcode(value, country), written) == "invalid_postcode"


@pytest.mark.parametrize("written", ["90000011", "9000 0011", "90.00.00.11", "\u200b90000011", "９００００011"])
def test_a_kvk_number_is_eight_digits(written):
    assert validators.normalize_kvk(written) == "90000011"


@pytest.mark.parametrize("written", ["", "9000001", "900000111", "9000001a", "00000000"])
def test_no_kvk_number(written):
    assert refusal(validators.normalize_kvk, written) == "invalid_kvk"


@pytest.mark.parametrize("written", ["NL810001007B01", "nl 8100.01.007 b01", "810001007B01", " NL810001007B01\n"])
def test_a_btw_number_is_stored_with_its_country(written):
    assert validators.normalize_btw(written) == "NL810001007B01"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("NL810001008B01", "invalid_checksum"),
        ("NL123456789B01", "invalid_checksum"),
        ("NL810001007B0", "invalid_btw"),
        ("BE0123456789", "invalid_btw"),
        ("", "invalid_btw"),
    ],
)
def test_no_btw_number(written, code):
    assert refusal(validators.normalize_btw, written) == code


@pytest.mark.parametrize(
    "written",
    ["NL49TRIO0300065261", "nl49 trio 0300 0652 61", "NL49TRIO0300065261\n", "NL49\u200bTRIO0300065261", "NL49TRIO030006526١"],
)  # fmt: skip
def test_an_iban_is_stored_compact_in_capitals(written):
    assert validators.normalize_iban(written) == "NL49TRIO0300065261"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("NL12RABO0123456789", "invalid_checksum"),
        ("NL50TRIO0300065261", "invalid_checksum"),
        ("NL49TRIO030006526", "invalid_checksum"),
        ("TRIO0300065261", "invalid_iban"),
        ("", "invalid_iban"),
        ("NL49TRIО0300065261", "invalid_iban"),  # a Cyrillic O
    ],
)
def test_no_iban(written, code):
    assert refusal(validators.normalize_iban, written) == code


@pytest.mark.parametrize(("written", "stored"), [("rabonl2u", "RABONL2U"), ("TRIO NL 2U XXX", "TRIONL2UXXX")])
def test_a_bic(written, stored):
    assert validators.normalize_bic(written) == stored


@pytest.mark.parametrize("written", ["RABONL2", "RABO1L2U", ""])
def test_no_bic(written):
    assert refusal(validators.normalize_bic, written) == "invalid_bic"


def test_an_ean_code_has_18_digits_of_which_the_last_is_a_check():
    assert validators.normalize_ean("8716 8700 0000 0000 09") == "871687000000000009"
    assert refusal(validators.normalize_ean, "871687000000000008") == "invalid_checksum"
    assert refusal(validators.normalize_ean, "87168700000000000") == "invalid_ean"


@pytest.mark.parametrize(
    "written",
    ["0612345678", "06-12345678", "06 12 34 56 78", "+31 6 12345678", "+31612345678", "0031612345678", "(06) 12345678", "٠٦١٢٣٤٥٦٧٨"],
)  # fmt: skip
def test_a_phone_number_is_stored_as_e164(written):
    assert validators.normalize_phone(written) == "+31612345678"


def test_phone_numbers_of_the_neighbours():
    assert validators.normalize_phone("+32 470 12 34 56") == "+32470123456"


@pytest.mark.parametrize(
    "written",
    ["", "112", "1233", "0612345678;ext=5", "tel:+31612345678", "0612345678x12", "061234567", "+3161234567890123", "n.v.t.", "06\n12345678"],
)  # fmt: skip
def test_no_phone_number(written):
    assert refusal(validators.normalize_phone, written) == "invalid_phone"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Sanne.deWit@Example.NL", "sanne.dewit@example.nl"),
        (" sanne+laadpaal@example.nl ", "sanne+laadpaal@example.nl"),
        ("info@zonnepanelen-überall.example", "info@zonnepanelen-überall.example"),
    ],
)
def test_an_email_address_is_stored_in_lower_case(written, stored):
    assert validators.normalize_email(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sanne",
        "sanne@",
        "@example.nl",
        "sanne@example",
        "sanne@localhost",
        "sanne@[127.0.0.1]",
        "sanne@example.nl\n",
        "sanne@example.nl\nBcc: jan@example.nl",
        "sanne\x00@example.nl",
        f"{'a' * 250}@example.nl",
        "sanne@example.nl, jan@example.nl",
    ],
)
def test_no_email_address(written):
    assert refusal(validators.normalize_email, written) == "invalid_email"


@pytest.mark.parametrize("normalize", NORMALIZERS)
@given(written=st.text(max_size=60))
@example(written="1" * 60)
@example(written="+" * 60)
@example(written="\ud800")
def test_any_text_is_stored_one_way_or_refused(normalize, written):
    """What is stored reads as itself, so storing it again changes nothing."""
    try:
        stored = normalize(written)
    except ValidationError:
        return
    assert normalize(stored) == stored


@given(digits=st.integers(min_value=100_000_000, max_value=999_999_999).map(str))
def test_a_btw_number_of_a_company_is_one_whose_digits_add_up(digits):
    adds_up = sum(int(digit) * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0
    assert bsn.is_valid(digits) is adds_up
    if adds_up:
        assert validators.normalize_btw(f"{digits}B01") == f"NL{digits}B01"


@pytest.mark.parametrize(
    ("validate", "stored", "written"),
    [
        (validators.validate_kvk, "90000011", "9000 0011"),
        (validators.validate_btw, "NL810001007B01", "810001007B01"),
        (validators.validate_iban, "NL49TRIO0300065261", "nl49trio0300065261"),
        (validators.validate_bic, "RABONL2U", "rabonl2u"),
        (validators.validate_phone, "+31612345678", "0612345678"),
    ],
)
def test_a_column_takes_the_stored_form_alone(validate, stored, written):
    validate(stored)
    assert refusal(validate, written) == "not_normalized"
