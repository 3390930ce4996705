"""An agent's one press of a button: what is said, and what is done with the ticket along with it."""

from apps.accounts.models import User
from apps.core.transactions import in_transaction
from apps.support.choices import CommentType, TicketStatus
from apps.support.models import Macro, Ticket, TicketComment
from apps.support.services.conversation import add_comment
from apps.support.services.editing import update_ticket
from apps.support.services.moving import change_ticket_status, resolve_ticket
from apps.support.services.reading import lock_ticket


@in_transaction
def answer_ticket(
    *,
    ticket: Ticket,
    content: str,
    then: str = "",
    is_note: bool = False,
    macro: Macro | None = None,
    version: int | None = None,
    by: User,
) -> TicketComment:
    """Say something in a ticket and move it on, with whatever the macro used does besides.

    `then` is the status to go to, if another: an answer with `resolved` is the solution. What colleagues note among
    themselves moves nothing.

    Raises:
        Malformed, Conflict, Forbidden, Refused: as `add_comment`, `resolve_ticket` and `change_ticket_status`.
    """
    if is_note:
        return add_comment(ticket=ticket, content=content, comment_type=CommentType.INTERNAL, version=version, by=by)
    if then == TicketStatus.RESOLVED:
        comment = resolve_ticket(ticket=ticket, resolution=content, version=version, by=by)
    else:
        comment = add_comment(ticket=ticket, content=content, version=version, by=by)
    fresh = lock_ticket(ticket)
    if then not in ("", TicketStatus.RESOLVED, fresh.status):
        fresh = change_ticket_status(ticket=fresh, to_status=then, by=by)
    changes = _acts_of(macro, by) if macro else {}
    if changes:
        update_ticket(ticket=fresh, changes=changes, version=None, by=by)
    return comment


def _acts_of(macro: Macro, by: User) -> dict[str, object]:
    acts: dict[str, object] = {"priority": macro.set_priority, "assigned_department": macro.set_department}
    return {name: value for name, value in acts.items() if value} | ({"assigned_to": by} if macro.take_it else {})
