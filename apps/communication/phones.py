"""Phone numbers as their readers dial them."""

import phonenumbers
from phonenumbers import PhoneNumberFormat


def readable_phone(number: str, *, language: str) -> str:
    """A stored number (+31…) as a Dutch reader knows it, or with its country for others; as it is where it is none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    at_home = language == "nl" and parsed.country_code == 31  # the Netherlands
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL)
