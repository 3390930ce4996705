"""How long a text message is, and to which numbers it can go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.communication.texting import GSM, GSM_DOUBLE, measure, reads_texts


@pytest.mark.parametrize(
    ("text", "encoding", "places", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 164, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the euro sign is not split
        ("ç" + "a" * 69, "UCS-2", 70, 1),
        ("ç" + "a" * 70, "UCS-2", 71, 2),
        ("😀" * 35, "UCS-2", 70, 1),
        ("a" * 66 + "😀" + "a" * 66, "UCS-2", 134, 3),  # nor is half a face sent
    ],
)
def test_length_is_what_the_network_counts(text, encoding, places, parts):
    length = measure(text)

    assert (length.encoding, length.places, length.parts) == (encoding, places, parts)


@settings(max_examples=25)
@given(st.text(alphabet=[*sorted(GSM | GSM_DOUBLE), "ç", "😀", "李"], max_size=500), st.sampled_from(["a", "€", "ç"]))
def test_a_longer_text_never_takes_fewer_parts(text, sign):
    shorter, longer = measure(text), measure(text + sign)

    assert longer.parts >= shorter.parts
    assert longer.places > shorter.places or not shorter.is_unicode


@pytest.mark.parametrize("number", ["+31612345678", "+32470123456", "+4915112345678"])
def test_mobile_numbers_read_texts(number):
    assert reads_texts(number)


@pytest.mark.parametrize(
    "number",
    [
        "+31201234567",
        "+31112",
        "112",
        "+319001234",
        "+31881234567",
        "0612345678",
        "+316123456789",
        "tel:+31612345678",
        "",
        "+31٦12345678",
    ],
)
def test_other_numbers_do_not(number):
    assert not reads_texts(number)
