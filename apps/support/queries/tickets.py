from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.once import once_a_page
from apps.core.scope import sees_the_whole_group
from apps.support.choices import OURS_TO_ANSWER
from apps.support.models import Ticket, TicketComment, TicketCommentQuerySet, TicketQuerySet

MOST_OTHERS = 10


def works_on_tickets(user: User) -> bool:
    """Whether a user is one of those who answer, not one of those who ask."""
    return sees_the_whole_group(user) or user.memberships.filter(business_entity__isnull=False).exists()


def tickets_of(user: User) -> TicketQuerySet:
    """The tickets that a user sees: whoever answers those of their companies, a customer or partner their own."""
    tickets: TicketQuerySet = Ticket.objects.handled_by(user) if works_on_tickets(user) else Ticket.objects.visible_to(user)
    return tickets


def find_ticket(identifier: str, *, by: User) -> Ticket:
    """The ticket with this key or number, with all that its page shows.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    return _one(tickets_of(by), identifier)


def ticket_in_hand(identifier: str, *, by: User) -> Ticket:
    """The same ticket for whoever works on it; a customer or partner sees theirs, and works on none.

    Raises:
        NotFound: there is none, or it is not theirs to work on.
    """
    return _one(Ticket.objects.handled_by(by), identifier)


@once_a_page
def tickets_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Ticket]]:
    """What was asked about orders, the last question first."""
    asked = Ticket.objects.filter(order__in=order_ids).select_related("contact").with_due().order_by("-created_at")
    return {key: [ticket for ticket in asked if ticket.order_id == key] for key in order_ids}


def _one(tickets: TicketQuerySet, identifier: str) -> Ticket:
    ticket: Ticket | None = tickets.for_page().identified_by(identifier).first()
    if ticket is None:
        raise NotFound
    return ticket


def comments_of(ticket: Ticket, *, inside: bool) -> TicketCommentQuerySet:
    """What was said in a ticket and in those that were merged into it; `inside` what colleagues said among themselves too."""
    of_both = Q(ticket=ticket) | Q(ticket__merged_into=ticket)
    comments: TicketCommentQuerySet = TicketComment.objects.filter(of_both).select_related(
        "author_user", "author_contact", "ticket", "message"
    )
    return comments if inside else comments.for_the_customer()


def others_of_customer(ticket: Ticket, *, by: User) -> list[Ticket]:
    """The other tickets of the same customer that a user may see, the last one first. A partner asks every company."""
    theirs = Ticket.objects.handled_by(by).filter(customer_organization=ticket.customer_organization_id)
    others = theirs.exclude(pk=ticket.pk)
    return list(others.select_related("merged_into").order_by("-created_at")[:MOST_OTHERS])


def waiting_count(user: User, business_entity: UUID | None) -> int:
    """How many tickets wait for an answer of ours."""
    tickets = tickets_of(user).filter(status__in=OURS_TO_ANSWER)
    return tickets.filter(business_entity=business_entity).count() if business_entity else tickets.count()
