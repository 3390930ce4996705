"""What follows from a ticket's events, and from messages that came in."""

from django.utils.translation import gettext_lazy as _

from apps.communication.events import MessageReceived
from apps.events.services import subscribe
from apps.support import notifications, services
from apps.support.events import InboundArrived, TicketAnswered, TicketCreated, TicketMerged, TicketResolved
from apps.support.models import InboundMessage, Ticket, TicketComment
from apps.workflow.events import CalendarChanged

RELATED = ("ticket__business_entity", "ticket__contact__organization", "author_user")


@subscribe(TicketCreated, does=_("Confirm the ticket to the customer"))
def confirm_ticket_to_customer(event: TicketCreated) -> None:
    notifications.confirm_ticket(_ticket(event.ticket_id))


@subscribe(TicketAnswered, does=_("Mail the answer to the customer"))
def mail_answer_to_customer(event: TicketAnswered) -> None:
    comment = TicketComment.objects.select_related(*RELATED).get(pk=event.comment_id)
    comment.message = notifications.mail_answer(comment)
    comment.save(update_fields=["message"])


@subscribe(TicketResolved, does=_("Mail the solution to the customer and ask for a rating"))
def mail_solution_to_customer(event: TicketResolved) -> None:
    comment = TicketComment.objects.select_related(*RELATED).get(pk=event.comment_id)
    comment.message = notifications.mail_solution(comment)
    comment.save(update_fields=["message"])


@subscribe(TicketMerged, does=_("Tell the customer where their question goes on"))
def tell_customer_of_merge(event: TicketMerged) -> None:
    notifications.tell_of_merge(_ticket(event.ticket_id), Ticket.objects.get(pk=event.into_id))


@subscribe(InboundArrived, does=_("Put a message that came in where it belongs"))
def take_up_message(event: InboundArrived) -> None:
    services.take_up_inbound(InboundMessage.objects.get(pk=event.inbound_id))


@subscribe(MessageReceived, does=_("Take a text message of a customer up in a ticket"))
def take_up_text(event: MessageReceived) -> None:
    services.hear_text(event.message_id)


@subscribe(CalendarChanged, does=_("Set the promises on tickets anew"))
def recompute_promises(event: CalendarChanged) -> None:
    unfinished = Ticket.objects.unfinished().filter(business_entity=event.business_entity_id)
    services.recompute_promises(unfinished.order_by("pk").values_list("pk", flat=True))


def _ticket(key: object) -> Ticket:
    return Ticket.objects.select_related("business_entity", "contact__organization").get(pk=key)
