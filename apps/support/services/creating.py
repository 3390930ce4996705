"""One way in: whoever asks, by whichever way, the question becomes a ticket here."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Refused
from apps.core.prepared import insert
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Contact
from apps.organizations.services import generate_entity_number
from apps.support.choices import (
    GENERAL_CATEGORIES,
    NUMBERED_AS,
    SalesStage,
    TicketCategory,
    TicketPriority,
    TicketSource,
    TicketType,
    department_for,
)
from apps.support.events import TicketCreated
from apps.support.models import Ticket
from apps.support.models.ticket import DESCRIPTION_LENGTH
from apps.support.services.conversation import checked_text
from apps.support.services.promises import keep_promises
from apps.support.services.reading import may_have
from apps.workflow.services import record_creation

SUBJECT_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class TicketData:
    """A question as it was asked."""

    business_entity: BusinessEntity
    contact: Contact
    subject: str
    description: str
    ticket_type: str = TicketType.SUPPORT
    category: str = TicketCategory.OTHER
    priority: str = TicketPriority.NORMAL
    order: Order | None = None
    source: str = TicketSource.STAFF
    assigned_department: str = ""
    assigned_to: User | None = None
    follow_up_of: Ticket | None = None
    sales_stage: str = ""
    opportunity_value: Decimal | None = None
    lead_source: str = ""
    conversion_probability: int | None = None


@in_transaction
def create_ticket(*, data: TicketData, by: User | None) -> Ticket:
    """Take a question up: with its number, department, first status and promises, and tell whoever listens.

    Raises:
        Malformed: there is no question, or too much of one.
        Refused: ticket_refused, with each field at fault.
    """
    ticket = _build(data, by)
    _refuse_incoherent(ticket)
    # The series stays locked from here to the commit, and a ticket refused above has burnt no number.
    ticket.ticket_number = generate_entity_number(
        business_entity=data.business_entity, document_type=NUMBERED_AS[data.ticket_type], on_date=clock.today()
    )
    insert(ticket)
    record_creation(ticket, by=by)
    keep_promises(ticket)
    if ticket.assigned_to is not None:
        _refuse_blind(ticket, ticket.assigned_to)
    publish(TicketCreated(ticket_id=ticket.pk))
    return ticket


def _build(data: TicketData, by: User | None) -> Ticket:
    is_sales = data.ticket_type == TicketType.SALES
    return Ticket(
        business_entity=data.business_entity,
        customer_organization=data.contact.organization,
        contact=data.contact,
        order=data.order,
        ticket_type=data.ticket_type,
        subject=one_line(data.subject),
        description=checked_text(data.description, pointer="/description", longest=DESCRIPTION_LENGTH),
        category=data.category,
        priority=data.priority,
        source=data.source,
        assigned_department=data.assigned_department or department_for(data.ticket_type, data.category),
        assigned_to=data.assigned_to,
        last_activity_at=clock.now(),
        follow_up_of=data.follow_up_of,
        created_by=by,
        sales_stage=data.sales_stage or (SalesStage.LEAD if is_sales else ""),
        opportunity_value=data.opportunity_value,
        lead_source=data.lead_source,
        conversion_probability=data.conversion_probability,
    )


def one_line(subject: str) -> str:
    """A subject as it is kept.

    Raises:
        Malformed: there is none, or too much of it.
    """
    return " ".join(checked_text(subject, pointer="/subject").split())[:SUBJECT_LENGTH]


def _refuse_incoherent(ticket: Ticket) -> None:
    refuse_faults(
        [
            *category_faults(ticket),
            *order_faults(ticket),
            *sales_faults(ticket),
            *_fault(
                not ticket.business_entity.is_active,
                "business_entity",
                "business_entity_inactive",
                _("This company takes no questions."),
            ),
            *_fault(
                ticket.customer_organization.business_entity_id not in {None, ticket.business_entity_id},
                "contact",
                "customer_of_other_entity",
                _("This is a customer of another company of the group."),
            ),
        ]
    )


def refuse_faults(faults: list[FieldError]) -> None:
    """Refuse with everything that is wrong together.

    Raises:
        Refused: ticket_refused.
    """
    if faults:
        raise Refused(faults[0].detail, code="ticket_refused", fields=faults)


def category_faults(ticket: Ticket) -> list[FieldError]:
    """A question about a quote is a sales ticket."""
    wrong = not ticket.is_sales and ticket.category not in GENERAL_CATEGORIES
    return _fault(wrong, "category", "category_of_sales", _("Only a sales ticket has this category."))


def order_faults(ticket: Ticket) -> list[FieldError]:
    """A ticket is about an order of the same company, and of whoever asks: its customer or its partner."""
    order = ticket.order
    if order is None:
        return []
    parties = {order.customer_organization_id, order.partner_organization_id, order.root_organization_id}
    wrong = order.business_entity_id != ticket.business_entity_id or ticket.customer_organization_id not in parties
    return _fault(wrong, "order", "order_of_others", _("This is an order of another customer or company."))


def sales_faults(ticket: Ticket) -> list[FieldError]:
    """What is said of a sale stands on a sales ticket alone."""
    given = (ticket.sales_stage, ticket.lead_source, ticket.opportunity_value, ticket.conversion_probability)
    wrong = not ticket.is_sales and any(value not in ("", None) for value in given)
    return _fault(wrong, "sales_stage", "not_a_sales_ticket", _("This is no sales ticket."))


def _fault(is_wrong: bool, name: str, code: str, detail: Any) -> list[FieldError]:  # noqa: FBT001 - reads as a sentence
    return [FieldError(pointer=f"/{name}", code=code, detail=detail)] if is_wrong else []


def _refuse_blind(ticket: Ticket, user: User) -> None:
    refuse_faults(assignee_faults(ticket, user))


def assignee_faults(ticket: Ticket, user: User | None) -> list[FieldError]:
    """A ticket is given to somebody who may see it and answer it."""
    wrong = user is not None and not may_have(user, ticket)
    return _fault(wrong, "assigned_to", "assignee_without_sight", _("They do not work on this ticket."))
