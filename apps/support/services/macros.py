"""Answers that are given often, and the answer to 'when do you come?': worded from what is known, for an agent to read first."""

from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.choices import Language
from apps.accounts.models import User
from apps.communication.services.notifications import company_values
from apps.communication.templating import render
from apps.core.errors import Refused
from apps.orders.choices import OrderStatus
from apps.orders.models import Order, OrderHold
from apps.orders.queries import holds_of
from apps.support.models import Macro, Ticket
from apps.workflow.queries import policy_for

LOOKING = gettext_lazy("We are looking for a day for your order %(number)s, and will let you know as soon as we have one.")
DISPATCHING = gettext_lazy("Your order %(number)s is being made ready for dispatch.")
UNDER_WAY = {
    OrderStatus.BOTH_APPROVED: LOOKING,
    OrderStatus.PLANNING: LOOKING,
    OrderStatus.IN_PRODUCTION: DISPATCHING,
    OrderStatus.READY_FOR_DELIVERY: DISPATCHING,
}
ENDS = {
    OrderStatus.CANCELLED: gettext_lazy("Your order %(number)s was cancelled, so nobody will come."),
    OrderStatus.REJECTED: gettext_lazy("Your order %(number)s was not accepted, so nobody will come."),
    OrderStatus.COMPLETED: gettext_lazy("The work for your order %(number)s was completed on %(completed)s."),
    OrderStatus.DELIVERED: gettext_lazy("Your order %(number)s was delivered."),
}


def macro_text(*, macro: Macro, ticket: Ticket, by: User) -> str:
    """What a macro says in a ticket, in the customer's language.

    Raises:
        Refused: template_invalid, for a text that was written past the page that checks it.
    """
    language = ticket.contact.language
    text = macro.text_nl if language == Language.DUTCH else macro.text_en
    with translation.override(language):
        values = {
            **company_values(ticket.business_entity, language),
            "customer_name": ticket.contact.full_name,
            "first_name": ticket.contact.first_name,
            "unsubscribe_link": "",  # nobody says no to an answer
            "ticket_number": ticket.ticket_number,
            "ticket_subject": ticket.subject,
            "agent_name": by.get_full_name(),
            **_order_values(ticket.order),
        }
    return render({"subject_template": "", "message_template": text, "html_template": ""}, values).text.strip()


def _order_values(order: Order | None) -> dict[str, str]:
    hold = _active_hold(order) if order else None
    return {
        "order_number": order.order_number if order else "",
        "order_status": _customers_word(order) if order else "",
        "planned_date": _day(order.planned_start_date) if order else "",
        "requested_date": _day(order.requested_date) if order else "",
        "hold_reason": hold.get_hold_reason_category_display() if hold else "",
        "resume_date": _day(hold.estimated_resume_date) if hold else "",
    }


def _active_hold(order: Order) -> OrderHold | None:
    return next((hold for hold in holds_of([order.pk])[order.pk] if hold.is_active), None)


def _customers_word(order: Order) -> str:
    policy = policy_for(order, order.status)
    return str(policy.customer_label if policy else order.get_status_display())


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def when_do_you_come(ticket: Ticket) -> str:
    """The answer to the question that is asked most, from the order as it stands, in the customer's language.

    Raises:
        Refused: no_order, nobody knows which order it is about.
    """
    order = ticket.order
    if order is None:
        raise Refused(_("This ticket is about no order that we know of."), code="no_order")
    with translation.override(ticket.contact.language):
        return _("Dear %(name)s,\n\n%(answer)s\n\nKind regards,\n%(company)s") % {
            "name": ticket.contact.full_name,
            "answer": _answer(order) % _facts(order),
            "company": ticket.business_entity.entity_name,
        }


def _facts(order: Order) -> dict[str, str]:
    hold = _active_hold(order)
    return {
        "number": order.order_number,
        "status": _customers_word(order).lower(),
        "planned": _day(order.planned_start_date),
        "completed": _day(order.actual_completion_date),
        "requested": _day(order.requested_date),
        "reason": hold.get_hold_reason_category_display().lower() if hold else "",
        "resumes": _day(hold.estimated_resume_date) if hold else "",
    }


def _answer(order: Order) -> str:
    if order.status == OrderStatus.ON_HOLD:
        return _on_hold(order)
    if order.status in ENDS:
        return str(ENDS[OrderStatus(order.status)])
    if order.planned_start_date is not None:
        return _("We will come on %(planned)s for your order %(number)s.")
    return str(UNDER_WAY.get(OrderStatus(order.status), _not_planned(order)))


def _not_planned(order: Order) -> str:
    if order.requested_date is not None:
        return _(
            "No day has been agreed for your order %(number)s yet (it is now: %(status)s). You asked for %(requested)s;"
            " we will do our best."
        )
    return _(
        "No day has been agreed for your order %(number)s yet; it is now: %(status)s. We will propose one as soon as we can."
    )


def _on_hold(order: Order) -> str:
    hold = _active_hold(order)
    if hold is not None and hold.estimated_resume_date is not None:
        return _("Your order %(number)s is on hold for now (%(reason)s). We expect to go on on %(resumes)s.")
    return _("Your order %(number)s is on hold for now; we will let you know as soon as we can plan a day.")
