"""Two tickets about the same: one goes on, the other points to it."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import FieldError, Refused, Text
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.support.choices import UNFINISHED, CommentType, TicketStatus
from apps.support.events import TicketMerged
from apps.support.models import Ticket
from apps.support.services.conversation import write_comment
from apps.support.services.moving import change_ticket_status
from apps.support.services.reading import refuse_stale


@in_transaction
def merge_ticket(*, ticket: Ticket, into: Ticket, version: int | None = None, by: User | None) -> Ticket:
    """Have a ticket go on in another of the same customer and company; gives that one.

    What was said stays where it was said and is shown with the other. The ticket itself ends, and so do its promises; what
    had been merged into it before points to the other too. Its customer is told.

    Raises:
        Conflict: version_conflict.
        Refused: merge_refused, with why.
    """
    rows = Ticket.objects.filter(pk__in=[ticket.pk, into.pk]).order_by("pk").select_for_update(of=("self",))
    locked = {each.pk: each for each in rows}
    if len(locked) < 2:
        raise _refusal("merge_into_itself", _("A ticket cannot be merged into itself."))
    source, target = locked[ticket.pk], locked[into.pk]
    refuse_stale(source, version)
    _refuse_unfit(source, target)
    Ticket.objects.filter(merged_into=source.pk).update(merged_into=target.pk)
    words = _("Merged into %(number)s.") % {"number": target.ticket_number}
    end = TicketStatus.CLOSED if source.status == TicketStatus.RESOLVED else TicketStatus.CANCELLED
    if source.status != TicketStatus.CLOSED:
        source = change_ticket_status(ticket=source, to_status=end, reason=words, by=by)
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    write_comment(source, comment_type=CommentType.SYSTEM, content=words, author_user=by)
    taken_in = _("%(number)s was merged into this ticket.") % {"number": source.ticket_number}
    write_comment(target, comment_type=CommentType.SYSTEM, content=taken_in, author_user=by)
    publish(TicketMerged(ticket_id=source.pk, into_id=target.pk))
    return target


def _refuse_unfit(source: Ticket, target: Ticket) -> None:
    if source.merged_into_id is not None or source.status == TicketStatus.CANCELLED:
        raise _refusal("merge_of_finished", _("This ticket is done with, or was merged before."))
    if target.status not in UNFINISHED:
        raise _refusal("merge_into_finished", _("The other ticket is done with."))
    if source.business_entity_id != target.business_entity_id:
        # A partner asks every company of the group, and what colleagues of one say among themselves is not the other's.
        raise _refusal("merge_of_other_entity", _("The other ticket is of another company."))
    if source.customer_organization_id != target.customer_organization_id:
        # Whoever reads the one would read what another customer said.
        raise _refusal("merge_of_other_customer", _("The other ticket is of another customer."))


def _refusal(code: str, detail: Text) -> Refused:
    return Refused(detail, code="merge_refused", fields=[FieldError(pointer="/into", code=code, detail=detail)])
