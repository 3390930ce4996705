"""The buttons of a ticket: what may be done with it now."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.admin import ActionButton
from apps.support import services
from apps.support.choices import TicketStatus
from apps.support.forms import (
    AnswerForm,
    AssignForm,
    ConvertForm,
    EditForm,
    EscalateForm,
    MergeForm,
    NoteForm,
    OrderForm,
    ReasonForm,
    SalesForm,
)
from apps.support.models import Ticket, TicketComment

TICKETS = Scope.SUPPORT_TICKETS
CONVERSATION = ("answer", "note")  # stand beside what was said, not among the buttons


def is_open(ticket: Ticket) -> bool:
    return ticket.is_unfinished


def takes_an_answer(ticket: Ticket) -> bool:
    return ticket.merged_into_id is None and ticket.status not in (TicketStatus.CLOSED, TicketStatus.CANCELLED)


def stands_in(*statuses: str) -> Callable[[Ticket], bool]:
    return lambda ticket: ticket.status in statuses and ticket.merged_into_id is None


def can_wait(ticket: Ticket) -> bool:
    return ticket.status == TicketStatus.OPEN and TicketStatus.PENDING in ticket.workflows[ticket.workflow_name()].statuses


def edit_ticket(*, ticket: Ticket, version: int, by: User, **changes: Any) -> Ticket:
    """Write a ticket's own fields anew, as a form asked for them."""
    return services.update_ticket(ticket=ticket, changes=changes, version=version, by=by)


def write_note(*, ticket: Ticket, content: str, by: User) -> TicketComment:
    """Note something among colleagues."""
    return services.answer_ticket(ticket=ticket, content=content, is_note=True, by=by)


def of_fields(*names: str) -> Callable[[Ticket], dict[str, Any]]:
    return lambda ticket: {name: getattr(ticket, name) for name in (*names, "version")}


ANSWER = ActionButton(
    services.answer_ticket,
    _("Answer"),
    form=AnswerForm,
    answer=_("Send"),
    name="answer",
    permission=TICKETS,
    offered=takes_an_answer,
    initial=lambda ticket: {"version": ticket.version},
    done=_("The answer is on its way."),
    variant="primary",
    icon="send",
)
NOTE = ActionButton(
    write_note,
    _("Note"),
    form=NoteForm,
    answer=_("Keep the note"),
    name="note",
    permission=TICKETS,
    done=_("The note has been added."),
    icon="edit_note",
)
STEPS: Sequence[ActionButton] = (
    ActionButton(
        services.take_ticket,
        _("Take it"),
        permission=TICKETS,
        offered=lambda ticket: is_open(ticket) and ticket.assigned_to_id is None,
        done=_("The ticket is yours."),
        variant="primary",
        icon="back_hand",
    ),
    ActionButton(
        services.wait_for_customer,
        _("Wait for the customer"),
        name="wait",
        permission=TICKETS,
        offered=can_wait,
        done=_("The clock stands still until the customer answers."),
        icon="hourglass_empty",
    ),
    ActionButton(
        services.take_up_again,
        _("Take up"),
        name="open",
        permission=TICKETS,
        offered=stands_in(TicketStatus.NEW, TicketStatus.PENDING),
        icon="play_arrow",
    ),
    ActionButton(
        services.take_up_again,
        _("Reopen"),
        form=ReasonForm,
        name="reopen",
        permission=TICKETS,
        offered=stands_in(TicketStatus.RESOLVED),
        icon="undo",
    ),
    ActionButton(
        services.take_up_again,
        _("Reopen"),
        form=ReasonForm,
        name="reopen-closed",
        permission=Scope.SUPPORT_ESCALATE,
        offered=stands_in(TicketStatus.CLOSED),
        icon="undo",
    ),
    ActionButton(
        services.close_ticket,
        _("Close"),
        name="close",
        permission=TICKETS,
        offered=stands_in(TicketStatus.RESOLVED),
        icon="check_circle",
    ),
)
CHANGES: Sequence[ActionButton] = (
    ActionButton(
        services.assign_ticket,
        _("Assign"),
        form=AssignForm,
        name="assign",
        permission=TICKETS,
        offered=is_open,
        initial=of_fields("assigned_to", "assigned_department"),
        icon="person_add",
    ),
    ActionButton(
        edit_ticket,
        _("Edit"),
        form=EditForm,
        answer=_("Save"),
        name="edit",
        permission=TICKETS,
        offered=is_open,
        initial=of_fields("subject", "category", "priority"),
        icon="edit",
    ),
    ActionButton(
        edit_ticket,
        _("Sale"),
        form=SalesForm,
        answer=_("Save"),
        name="sale",
        permission=TICKETS,
        offered=lambda ticket: is_open(ticket) and ticket.is_sales,
        initial=of_fields("sales_stage", "opportunity_value", "lead_source", "conversion_probability"),
        icon="trending_up",
    ),
    ActionButton(
        services.convert_to_order,
        _("Make an order"),
        form=ConvertForm,
        name="convert",
        permission=Scope.SALES_ORDERS,
        offered=lambda ticket: takes_an_answer(ticket) and ticket.is_sales and ticket.converted_order_id is None,
        done=lambda order: _("This is the order: %(number)s.") % {"number": order.order_number},
        icon="bolt",
    ),
    ActionButton(
        services.link_order,
        _("Link to an order"),
        form=OrderForm,
        name="order",
        permission=TICKETS,
        offered=is_open,
        initial=lambda ticket: {"order": ticket.order_id},
        icon="link",
    ),
    ActionButton(
        services.merge_ticket,
        _("Merge"),
        form=MergeForm,
        name="merge",
        permission=TICKETS,
        offered=takes_an_answer,
        leads_to=lambda into: into,
        done=lambda into: _("It goes on in %(number)s; the customer is told.") % {"number": into.ticket_number},
        icon="merge",
    ),
    ActionButton(
        services.escalate_ticket,
        _("Escalate"),
        form=EscalateForm,
        name="escalate",
        permission=TICKETS,
        offered=is_open,
        icon="priority_high",
    ),
    ActionButton(
        services.cancel_ticket,
        _("Cancel"),
        form=ReasonForm,
        name="cancel",
        permission=TICKETS,
        offered=is_open,
        variant="danger",
        icon="close",
    ),
)
BUTTONS: Sequence[ActionButton] = (ANSWER, *STEPS, *CHANGES, NOTE)
