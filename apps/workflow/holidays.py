"""The Dutch public holidays on which a business may be closed."""

from datetime import date
from functools import lru_cache

from holidays.constants import PUBLIC
from holidays.countries.netherlands import Netherlands

from apps.workflow.choices import LiberationDay

# By these names the library knows the days about which companies differ.
GOOD_FRIDAY, LIBERATION_DAY = "Goede vrijdag", "Bevrijdingsdag"
LUSTRUM = 5


@lru_cache(maxsize=512)
def holidays_of(year: int, *, good_friday: bool, liberation_day: str) -> dict[date, str]:
    """The national holidays of a year with their Dutch names; Good Friday and 5 May only where the business keeps them."""
    known = Netherlands(years=year, language="nl", categories=(PUBLIC,))
    left_out = {LIBERATION_DAY} | (set() if good_friday else {GOOD_FRIDAY})
    named = {day: [name for name in known.get_list(day) if name not in left_out] for day in known}
    if liberation_day == LiberationDay.ALWAYS or (liberation_day == LiberationDay.LUSTRUM and year % LUSTRUM == 0):
        named.setdefault(date(year, 5, 5), []).append(LIBERATION_DAY)
    return {day: ", ".join(names) for day, names in sorted(named.items()) if names}
