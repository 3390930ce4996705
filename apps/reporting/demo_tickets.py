"""Questions in the demo world: about its own orders, at every place that a ticket can stand."""

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.orders.models import Order
from apps.support.choices import CommentType, TicketSource, TicketStatus
from apps.support.models import Ticket
from apps.support.services import TicketData, add_comment, create_ticket, hear_customer, resolve_ticket, wait_for_customer


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question, what was said to it, and where it ends up."""

    subject: str
    message: str
    answer: str = ""
    category: str = "scheduling"
    ticket_type: str = "support"
    priority: str = "normal"
    ends: str = TicketStatus.NEW
    note: str = ""
    reply: str = ""


QUESTIONS = (
    Asked(subject="Wanneer komen jullie?", message="Wij hebben nog geen datum gehoord. Wanneer komt de monteur langs?"),
    Asked(
        subject="Laadpaal knippert rood",
        message="Sinds gisteren laadt mijn auto niet meer en knippert de laadpaal rood. Wat moet ik doen?",
        category="technical",
        priority="high",
        answer="Wilt u de groep van de laadpaal een minuut uitzetten en daarna opnieuw proberen?",
        ends=TicketStatus.PENDING,
    ),
    Asked(
        subject="Klacht over de afspraak",
        message="De monteur kwam twee uur te laat en had de verkeerde kabel bij zich. Ik ben hier niet blij mee.",
        category="complaint",
        priority="urgent",
        answer="Dat had niet mogen gebeuren. Wij plannen op uw eerste mogelijkheid een nieuwe afspraak. Wanneer schikt het u?",
        reply="Vrijdag na 14 uur kan ik.",
        note="Partner heeft ook gebeld; graag vandaag nog een datum geven.",
        ends=TicketStatus.OPEN,
    ),
    Asked(
        subject="Vraag over de factuur",
        message="Op de factuur staat een andere kabellengte dan in de offerte. Klopt dat?",
        category="billing",
        answer="Dat klopt: tijdens de schouw bleek vier meter extra nodig. Dat stond ook in de aangepaste offerte.",
        ends=TicketStatus.RESOLVED,
    ),
    Asked(
        subject="Offerte voor een tweede laadpunt",
        message="Wij krijgen een tweede elektrische auto. Wat kost een extra laadpunt op dezelfde groep?",
        category="quote_request",
        ticket_type="sales",
    ),
)


def seed_tickets(agent: User) -> int:
    """The questions of the demo world, each about another order; gives how many were missing."""
    if Ticket.objects.exists():
        return 0
    orders = Order.objects.kept().filter(is_test=False).select_related("business_entity", "primary_contact__organization")
    pairs = list(zip(QUESTIONS, orders.order_by("created_at")[: len(QUESTIONS)], strict=False))
    for asked, order in pairs:
        _seed(asked, order, agent)
    return len(pairs)


@transaction.atomic
def _seed(asked: Asked, order: Order, agent: User) -> None:
    ticket = create_ticket(
        data=TicketData(
            business_entity=order.business_entity,
            contact=order.primary_contact,
            subject=asked.subject,
            description=asked.message,
            ticket_type=asked.ticket_type,
            category=asked.category,
            priority=asked.priority,
            order=order,
            source=TicketSource.FORM,
            assigned_to=agent if asked.answer else None,
        ),
        by=None,
    )
    if asked.note:
        add_comment(ticket=ticket, content=asked.note, comment_type=CommentType.INTERNAL, by=agent)
    if asked.ends == TicketStatus.RESOLVED:
        resolve_ticket(ticket=ticket, resolution=asked.answer, by=agent)
    elif asked.answer:
        add_comment(ticket=ticket, content=asked.answer, by=agent)
    if asked.reply:
        hear_customer(ticket=ticket, content=asked.reply, contact=order.primary_contact, by=None)
    if asked.ends == TicketStatus.PENDING:
        wait_for_customer(ticket=Ticket.objects.get(pk=ticket.pk), by=agent)
