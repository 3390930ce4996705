"""What support adds to pages of other apps: tickets on an order and a customer, on the home page and in the search."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.chips import admin_link, admin_url, tone_chip
from apps.core.contributions import (
    FEED_CUSTOMER,
    FEED_ORDER,
    Panel,
    SearchHit,
    Tile,
    TimelineEntry,
    Viewer,
    WorkItem,
    contributions,
)
from apps.orders.models import Order
from apps.support.choices import OURS_TO_ANSWER, TicketPriority
from apps.support.models import Ticket, TicketQuerySet
from apps.support.queries import tickets_of, tickets_of_orders, waiting_count

MOST_HITS = 10
MAY_SEE = "support.view_ticket"


def register() -> None:
    """Plug in; called once, when the app is ready."""
    contributions.add_timeline(Order.entity_type, ticket_entries, right=MAY_SEE)
    contributions.add_panel(Order.entity_type, tickets_about, right=MAY_SEE)
    contributions.tiles.append(tiles)
    contributions.work.append(work)
    contributions.search.append(search_tickets)


def ticket_entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
    """When somebody asked something about an order."""
    found = tickets_of_orders(ids)
    return {key: [_entry(ticket) for ticket in found[key]] for key in ids}


def _entry(ticket: Ticket) -> TimelineEntry:
    return TimelineEntry(
        at=ticket.created_at,
        kind="ticket",
        title=_("Ticket %(number)s: %(subject)s") % {"number": ticket.ticket_number, "subject": ticket.subject},
        by=str(ticket.contact),
        url=admin_url(ticket),
        feeds=(FEED_ORDER, FEED_CUSTOMER),
    )


def tickets_about(order: Model) -> Panel:
    """The questions about an order, the last one first."""
    tickets = tickets_of_orders([order.pk])[order.pk][:MOST_HITS]
    return Panel(
        title=_("Tickets"),
        columns=[_("Ticket"), _("Subject"), _("Status"), _("Since")],
        rows=[
            [
                admin_link(ticket),
                ticket.subject,
                tone_chip(ticket.get_status_display(), "danger" if ticket.is_flagged_overdue else "neutral"),
                date_format(clock.local(ticket.created_at), "SHORT_DATE_FORMAT"),
            ]
            for ticket in tickets
        ],
        empty=_("Nobody has asked anything about this order."),
    )


def tiles(viewer: Viewer) -> list[Tile]:
    """The tickets that wait for an answer of ours."""
    if not viewer.user.has_perm(MAY_SEE):
        return []
    entity = f"&business_entity__id__exact={viewer.business_entity}" if viewer.business_entity else ""
    return [
        Tile(
            title=_("Tickets to answer"),
            value=waiting_count(viewer.user, viewer.business_entity),
            url=f"{reverse('admin:support_ticket_changelist')}?queue=ours{entity}",
            group=_("Work"),
            order=3,
        )
    ]


def work(viewer: Viewer, limit: int) -> list[WorkItem]:
    """The viewer's tickets and those that nobody has, as far as they wait for us; what is due first comes first."""
    if not viewer.user.has_perm(MAY_SEE):
        return []
    tickets = _of_entity(tickets_of(viewer.user).filter(status__in=OURS_TO_ANSWER), viewer).for_list()
    theirs = tickets.filter(Q(assigned_to=viewer.user.pk) | Q(assigned_to=None)).order_by("due_at", "created_at")[:limit]
    return [_work_item(ticket) for ticket in theirs]


def _work_item(ticket: Ticket) -> WorkItem:
    now = clock.now()
    late = ticket.is_flagged_overdue or (ticket.due_at is not None and ticket.due_at < now)
    return WorkItem(
        key=f"ticket:{ticket.pk}",
        kind="ticket",
        title=f"{ticket.ticket_number} · {ticket.subject}",
        reason=_reason(ticket, late=late),
        url=admin_url(ticket),
        severity="danger" if late else "warning" if ticket.priority in (TicketPriority.URGENT, TicketPriority.HIGH) else "info",
        due_at=ticket.due_at,
        money_at_risk=ticket.opportunity_value,
        business_entity=ticket.business_entity_id,
        action_label=_("Answer"),
        action_url=f"{admin_url(ticket)}#answer",
    )


def _reason(ticket: Ticket, *, late: bool) -> str:
    who = str(ticket.customer_organization)
    if ticket.first_response_at is None:
        words = _("%(customer)s waits too long for a first answer.") if late else _("%(customer)s waits for a first answer.")
    else:
        words = _("The solution for %(customer)s is late.") if late else _("%(customer)s waits for a solution.")
    return words % {"customer": who}


def search_tickets(term: str, viewer: Viewer) -> list[SearchHit]:
    """Tickets by number, subject, customer and address."""
    if not viewer.user.has_perm(MAY_SEE):
        return []
    found = _of_entity(tickets_of(viewer.user).having(term), viewer).select_related("customer_organization")
    return [
        SearchHit(
            title=f"{ticket.ticket_number} · {ticket.subject}",
            url=admin_url(ticket),
            kind=capfirst(Ticket._meta.verbose_name_plural),
            detail=ticket.customer_organization.name,
        )
        for ticket in found.order_by("-created_at")[:MOST_HITS]
    ]


def _of_entity(tickets: TicketQuerySet, viewer: Viewer) -> TicketQuerySet:
    return tickets if viewer.business_entity is None else tickets.filter(business_entity=viewer.business_entity)
