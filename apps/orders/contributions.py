"""What orders add to their own page, to the home page and to the search: where they stand, holds, edits, hits."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from apps.core.chips import admin_url
from apps.core.contributions import (
    FEED_CUSTOMER,
    FEED_ORDER,
    FEED_SYSTEM,
    SearchHit,
    TimelineEntry,
    Viewer,
    contributions,
)
from apps.orders.models import Order, OrderHold
from apps.orders.queries import Edit, copies_of, edits_of, holds_of, notes_of, orders_of
from apps.orders.work import holds_due, orders_out_of_time

MOST_HITS = 10
MOST_NAMES = 100


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.add_timeline(Order.entity_type, hold_entries)
    contributions.add_timeline(Order.entity_type, edit_entries)
    contributions.add_timeline(Order.entity_type, note_entries)
    contributions.add_timeline(Order.entity_type, copy_entries)
    contributions.search.append(search_orders)
    contributions.work += [orders_out_of_time, holds_due]


def hold_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """Why an order was held, and how that ended."""
    return {key: [entry for hold in holds for entry in _hold_entries(hold)] for key, holds in holds_of(ids).items()}


def _hold_entries(hold: OrderHold) -> list[TimelineEntry]:
    reason = hold.get_hold_reason_category_display()
    until = hold.estimated_resume_date
    feeds = (FEED_ORDER, FEED_CUSTOMER) if hold.customer_notified else (FEED_ORDER,)
    begun = TimelineEntry(
        at=hold.held_at,
        kind="hold",
        title=_("Held: %(reason)s") % {"reason": reason},
        detail=_("Expected to go on %(day)s.") % {"day": date_format(until, "DATE_FORMAT")} if until else "",
        by=str(hold.created_by or ""),
        tone="warning",
        feeds=feeds,
    )
    if hold.resolved_at is None:
        return [begun]
    ended = TimelineEntry(
        at=hold.resolved_at,
        kind="hold",
        title=_("Hold ended: %(reason)s") % {"reason": reason},
        detail=hold.resolution_notes,
        by=str(hold.resolved_by or ""),
        tone="success",
        feeds=feeds,
    )
    return [begun, ended]


def edit_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """What was changed in an order, field by field."""
    return {key: [_edit_entry(edit) for edit in edits] for key, edits in edits_of(ids).items()}


def _edit_entry(edit: Edit) -> TimelineEntry:
    names = ", ".join(dict.fromkeys(str(step.field) for step in edit.changes))
    return TimelineEntry(
        at=edit.at,
        kind="change",
        title=_("Changed: %(fields)s") % {"fields": Truncator(names).chars(MOST_NAMES)},
        by=edit.by,
        feeds=(FEED_ORDER, FEED_SYSTEM) if edit.by_machine else (FEED_ORDER,),
        changes=edit.changes,
    )


def note_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """What colleagues wrote down."""
    found: dict[UUID, list[TimelineEntry]] = {}
    for note in notes_of(ids):
        links = [(note.file_name, reverse("attachment_download", args=[note.file_id]))] if note.file_id else []
        entry = TimelineEntry(
            at=note.written_at,
            kind="note",
            title=_("Note"),
            detail=note.text,
            by=str(note.written_by or ""),
            tone="warning",
            links=links,
        )
        found.setdefault(note.order_id, []).append(entry)
    return found


def copy_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """An order that was made after the example of another: told with both."""
    found: dict[UUID, list[TimelineEntry]] = {key: [] for key in ids}
    for copy in copies_of(ids):
        original = copy.duplicated_from
        if copy.pk in found:
            found[copy.pk].append(_copied(copy, _("Copied from %(number)s"), original))
        if original.pk in found:
            found[original.pk].append(_copied(copy, _("Copied as %(number)s"), copy))
    return found


def _copied(copy: Order, words: str, other: Order) -> TimelineEntry:
    return TimelineEntry(at=copy.created_at, kind="copy", title=words % {"number": other.order_number}, url=admin_url(other))


def search_orders(term: str, viewer: Viewer) -> list[SearchHit]:
    """Orders by number, customer, e-mail address, place and more."""
    if not viewer.user.has_perm("orders.view_order"):
        return []
    orders = orders_of(viewer.user).having(term)
    if viewer.business_entity is not None:
        orders = orders.filter(business_entity=viewer.business_entity)
    found = orders.select_related("customer_organization").order_by("-created_at")[:MOST_HITS]
    return [
        SearchHit(
            title=f"{order.order_number} · {order.customer_organization.name}",
            url=admin_url(order),
            kind=capfirst(Order._meta.verbose_name_plural),
        )
        for order in found
    ]
