"""How numbers look on the pages of finance."""

from decimal import Decimal

from django.utils.formats import number_format


def percent(rate: Decimal) -> str:
    """A rate, kept as a fraction."""
    return f"{plain(rate * 100)}%"


def plain(number: Decimal) -> str:
    """Without superfluous zeros."""
    return str(number_format(f"{number.normalize():f}"))
