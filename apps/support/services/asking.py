"""A question from the form on the website: from somebody of whom we know what they typed."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.transactions import in_transaction
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Contact
from apps.organizations.services import find_or_create_customer
from apps.support.choices import TicketPriority, TicketSource, TicketType
from apps.support.models import Ticket
from apps.support.services.creating import TicketData, create_ticket, one_line
from apps.support.texts import plain

TWICE_WITHIN = timedelta(minutes=10)
# What somebody may ask about by the form, and what kind of ticket it is; sales are asked for too.
FORM_TYPES = {
    "quote_request": TicketType.SALES,
    "information": TicketType.INQUIRY,
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was typed into the form."""

    business_entity: BusinessEntity
    name: str
    email: str
    subject: str
    category: str
    message: str
    order_number: str
    language: str


@in_transaction
def ask_by_form(question: Question) -> Ticket:
    """Take a question of the website up.

    The order is linked only when its number and the e-mail address belong together: whoever types a number alone learns
    nothing and reaches nothing. What they typed stands in the question all the same. The same question within ten minutes is
    a second press of the button, and gives the ticket of the first.

    Raises:
        Malformed: the name or the address cannot be read.
    """
    match = find_or_create_customer(
        business_entity=question.business_entity,
        name=question.name,
        email=question.email,
        language=question.language,
        by=None,
    )
    order = _order_of(question)
    is_complaint = question.category == "complaint"
    data = TicketData(
        business_entity=question.business_entity,
        contact=_asker(match.contact, order),
        subject=question.subject,
        description=_told(question, order),
        ticket_type=FORM_TYPES.get(question.category, TicketType.SUPPORT),
        category=question.category,
        priority=TicketPriority.HIGH if is_complaint else TicketPriority.NORMAL,
        order=order,
        source=TicketSource.FORM,
    )
    return _asked_just_now(data) or create_ticket(data=data, by=None)


def _asked_just_now(data: TicketData) -> Ticket | None:
    """The ticket of a press of the button before this one; others with this address wait since it was looked up."""
    same = Ticket.objects.filter(
        business_entity=data.business_entity,
        contact=data.contact,
        source=data.source,
        category=data.category,
        order=data.order,
        subject=one_line(data.subject),
        description=plain(data.description),
        created_at__gt=clock.now() - TWICE_WITHIN,
    )
    found: Ticket | None = same.first()
    return found


def _order_of(question: Question) -> Order | None:
    if not question.order_number:
        return None
    orders = Order.objects.kept().filter(business_entity=question.business_entity, is_test=False)
    mine = orders.filter(order_number=question.order_number.upper(), primary_contact__email=question.email.lower())
    found: Order | None = mine.select_related("primary_contact__organization").first()
    return found


def _asker(contact: Contact, order: Order | None) -> Contact:
    """Whoever ordered, when the order is theirs: the same address may stand with more than one customer."""
    return order.primary_contact if order is not None else contact


def _told(question: Question, order: Order | None) -> str:
    if not question.order_number or order is not None:
        return question.message
    return f"{question.message}\n\n{_('Order number given:')} {question.order_number}"
