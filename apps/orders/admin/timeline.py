"""The timeline on an order's page: what is shown of it, and the addresses of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.core.contributions import FEED_CUSTOMER, FEED_ORDER, FEED_SYSTEM, TimelineEntry
from apps.core.errors import Text

FEEDS: dict[str, Text] = {
    "": _("All"),
    FEED_ORDER: _("The order"),
    FEED_SYSTEM: _("The system"),
    FEED_CUSTOMER: _("The customer"),
}
PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One of the filters above the timeline."""

    label: Text
    number: int
    url: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A page of it, the newest first. `older` and `newest` lead to the other pages, empty where there are none."""

    entries: Sequence[TimelineEntry]
    feeds: Sequence[Feed]
    older: str
    newest: str


def timeline_page(entries: Sequence[TimelineEntry], query: QueryDict) -> Timeline:
    """What the address asks for: `show` a feed, and of it the entries before number `until`, counted from the first.

    An address keeps showing the same entries when newer ones come in. One that says nothing sensible shows the newest.
    """
    chosen = query.get("show", "") if query.get("show", "") in FEEDS else ""
    wanted = [entry for entry in entries if _is_of(entry, chosen)]
    end = _number(query.get("until", ""), len(wanted))
    start = max(0, end - PER_PAGE)
    return Timeline(
        entries=wanted[start:end][::-1],
        feeds=[
            Feed(
                label=label,
                number=sum(_is_of(entry, feed) for entry in entries),
                url=_address(feed),
                chosen=feed == chosen,
            )
            for feed, label in FEEDS.items()
        ],
        older=_address(chosen, start) if start else "",
        newest=_address(chosen) if end < len(wanted) else "",
    )


def _is_of(entry: TimelineEntry, feed: str) -> bool:
    return not feed or feed in entry.feeds


def _number(text: str, most: int) -> int:
    number = int(text) if text.isdecimal() and len(text) < 10 else most
    return number if 0 < number < most else most


def _address(feed: str, until: int = 0) -> str:
    said = {name: value for name, value in (("show", feed), ("until", until)) if value}
    return f"?{urlencode(said)}#timeline"
