"""Plain text from outside to values: one spelling each, ASCII digits only."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from apps.core import clock

EARLIEST = date(2000, 1, 1)
YEARS_AHEAD = 5
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)


def parse_day(text: str) -> date | None:
    """The day written as YYYY-MM-DD; None where it is not one."""
    found = _DAY.fullmatch(text)
    try:
        return found and date(*map(int, found.groups()))
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """The moment written as YYYY-MM-DDThh:mm[:ss[.ffffff]] with or without offset; None where it is not one."""
    try:
        return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def latest_day() -> date:
    """The last day that anyone may speak of: five years from today."""
    today = clock.today()
    try:
        return today.replace(year=today.year + YEARS_AHEAD)
    except ValueError:  # 29 February
        return date(today.year + YEARS_AHEAD, 3, 1)


def is_within_reach(day: date) -> bool:
    """Whether a day lies in the years that our records know."""
    return EARLIEST <= day <= latest_day()


@cache
def _number(whole_digits: int, places: int) -> re.Pattern[str]:
    fraction = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return re.compile(rf"-?(0|[1-9][0-9]{{0,{whole_digits - 1}}}){fraction}")


def parse_decimal(text: str, *, whole_digits: int, places: int) -> Decimal | None:
    """The number with at most so many digits before and after the point; None where it is written otherwise."""
    if not _number(whole_digits, places).fullmatch(text):
        return None
    return Decimal(text) + 0  # -0.00 becomes 0.00
