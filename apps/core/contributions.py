"""What higher apps add to pages of lower ones: the page belongs to the record's app, the content to whoever knows it.

Each kind of contribution is a list of providers, filled in `ready()`. Providers take ids in bulk, so that a list page costs
one query per provider, not one per row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.core.errors import Text

# What a timeline can be narrowed to: what people here did with the record, what the system and machines did, and what the
# customer saw or did. An entry may belong to more than one.
FEED_ORDER, FEED_SYSTEM, FEED_CUSTOMER = FEEDS = ("order", "system", "customer")


@dataclass(frozen=True, kw_only=True)
class FieldStep:
    """One field's step, in words."""

    field: Text
    old: Text
    new: Text


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened to a record.

    `kind` says what it is (status, hold, message, delivery, change, note, file); `feeds` what the timeline can be narrowed
    to and still show it; `tone` is info, success, warning or danger; `url` opens the row behind it in the admin; `changes`
    are the fields it changed, `links` further places that it leads to, as (words, address).
    """

    at: datetime
    kind: str
    title: Text
    detail: Text = ""
    by: str = ""
    tone: str = "info"
    url: str = ""
    feeds: tuple[str, ...] = (FEED_ORDER,)
    changes: Sequence[FieldStep] = ()
    links: Sequence[tuple[Text, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A block on a record's page: a title, a table of rows, or the words for an empty one, and links as (words, address)."""

    title: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Any]]
    empty: Text
    url: str = ""
    links: Sequence[tuple[Text, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure on the home page that opens the rows it counts."""

    title: Text
    value: int | str
    url: str
    tone: str = "info"
    group: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """Something that waits for a person, with its reason in words and what to do about it.

    Attributes:
        key: tells it from every other, such as "order_late:" and the order's key; it is put off under this name.
        kind: what sort of work it is: order_late, task, invoice_overdue, ticket, ...
        title: the record, as people call it.
        reason: why it is here, in a sentence.
        url: the page of the record.
        severity: info, warning or danger.
        due_at: when it was or is to be done; None where there is no such moment.
        money_at_risk: what is lost or late when nobody does it, incl. VAT; None where it is not about money.
        business_entity: the key of the company that it belongs to; None for the whole group.
        action_label: what the button says; empty where opening the page is all there is to do.
        action_url: where the button leads.
        is_mine: it is this very person's, and nobody else's.
        is_one_click: the button carries the act out at once (a POST); only for acts that do no harm when pressed twice.
    """

    key: str
    kind: str
    title: Text
    reason: Text
    url: str
    severity: str = "warning"
    due_at: datetime | None = None
    money_at_risk: Decimal | None = None
    business_entity: UUID | None = None
    action_label: Text = ""
    action_url: str = ""
    is_mine: bool = False
    is_one_click: bool = False


@dataclass(frozen=True, kw_only=True)
class SearchHit:
    """A record found by the global search."""

    title: Text
    url: str
    kind: Text
    detail: Text = ""  # what tells it from another of the same title


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks at the home page or searches, and at which business entity (its key; None: at all of them)."""

    user: Any
    business_entity: UUID | None = None


TimelineProvider = Callable[[Sequence[UUID]], dict[UUID, list[TimelineEntry]]]
PanelProvider = Callable[[Any], Panel]  # of the record, as its page has read it
TileProvider = Callable[[Viewer], list[Tile]]
WorkProvider = Callable[[Viewer, int], list[WorkItem]]  # at most so many, the most pressing first, read by an index
SearchProvider = Callable[[str, Viewer], list[SearchHit]]


@dataclass
class Contributions:
    """All that apps have contributed; `contributions` is the one instance."""

    timeline: dict[str, list[tuple[str, TimelineProvider]]] = field(default_factory=dict)
    panels: dict[str, list[tuple[str, PanelProvider]]] = field(default_factory=dict)
    tiles: list[TileProvider] = field(default_factory=list)
    work: list[WorkProvider] = field(default_factory=list)
    search: list[SearchProvider] = field(default_factory=list)

    def add_timeline(self, entity_type: str, provider: TimelineProvider, *, right: str = "") -> None:
        """`right`: the permission that its reader needs beside that to the record itself."""
        self.timeline.setdefault(entity_type, []).append((right, provider))

    def add_panel(self, entity_type: str, provider: PanelProvider, *, right: str = "") -> None:
        """`right`: as of `add_timeline`."""
        self.panels.setdefault(entity_type, []).append((right, provider))

    def timeline_of(self, entity_type: str, ids: Sequence[UUID], *, user: Any = None) -> dict[UUID, list[TimelineEntry]]:
        """Per record the entries that a user may see, oldest first; without a user those of every provider."""
        entries: dict[UUID, list[TimelineEntry]] = {key: [] for key in ids}
        for right, provider in self.timeline.get(entity_type, []):
            if user is None or _may(user, right):
                for key, found in provider(ids).items():
                    entries[key].extend(found)
        return {key: sorted(found, key=lambda entry: entry.at) for key, found in entries.items()}

    def panels_of(self, entity_type: str, record: Any, *, user: Any) -> list[Panel]:
        """What a user may see beside a record."""
        return [provider(record) for right, provider in self.panels.get(entity_type, []) if _may(user, right)]


def _may(user: Any, right: str) -> bool:
    return not right or user.has_perm(right)


contributions = Contributions()
