"""What every act on a ticket begins with."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict, NotFound
from apps.support.models import Ticket


def lock_ticket(ticket: Ticket) -> Ticket:
    """The ticket as it is now, locked until the transaction ends.

    Raises:
        NotFound: it is no longer there.
    """
    locked: Ticket | None = Ticket.objects.select_for_update(of=("self",)).filter(pk=ticket.pk).first()
    if locked is None:
        raise NotFound
    return locked


def refuse_stale(ticket: Ticket, version: int | None) -> None:
    """Refuse to go on when a ticket has changed since this version of it was read; None read no version.

    Raises:
        Conflict: version_conflict.
    """
    if version is not None and version != ticket.version:
        raise Conflict(
            _("Somebody else was at this ticket meanwhile."), code="version_conflict", current=ticket.version, given=version
        )


def may_have(user: User, ticket: Ticket) -> bool:
    """Whether a ticket can be given to somebody: one of us who works on it."""
    return bool(user.has_scope("support.tickets")) and Ticket.objects.handled_by(user).filter(pk=ticket.pk).exists()
