"""The life of a ticket, arrow by arrow."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.accounts.choices import Scope
from apps.support.choices import UNFINISHED, TicketStatus, TicketType
from apps.workflow.guards import guard, scope_permission
from apps.workflow.models import StatefulModel, Workflow

S = TicketStatus
WORKFLOW_OF_INQUIRIES = "inquiry"
RESOLUTION_LENGTH = 20_000

answers_tickets = scope_permission(Scope.SUPPORT_TICKETS)
leads_the_desk = scope_permission(Scope.SUPPORT_ESCALATE)


@guard("ticket_merged", _("This ticket was merged into another and goes on there."))
def stands_for_itself(ticket: Any) -> bool:
    return ticket.merged_into_id is None


class TicketMachine(StatefulModel):
    """The statuses of a ticket and the arrows between them; an arrow changes the ticket's own row alone.

    A new ticket is opened by our first answer. While it waits for the customer its clock stands still, and their answer
    opens it again. It is resolved by saying what solved it, and closes by itself when nobody comes back to it. An inquiry
    is answered or not: it never waits.
    """

    entity_type = "ticket"
    workflows = {
        "default": Workflow(statuses=tuple(S.values), initial=S.NEW, final=frozenset({S.CANCELLED})),
        WORKFLOW_OF_INQUIRIES: Workflow(
            statuses=tuple(status for status in S.values if status != S.PENDING), initial=S.NEW, final=frozenset({S.CANCELLED})
        ),
    }
    paused_in = frozenset({S.PENDING})

    ticket_type = models.CharField(_("type"), max_length=10, choices=TicketType, editable=False)
    status = FSMField(_("status"), max_length=10, choices=S.choices, default=S.NEW, protected=True, editable=False)
    resolution = models.CharField(_("solution"), max_length=RESOLUTION_LENGTH, blank=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True, editable=False)  # null: it is not
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)  # null: it is not
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta(StatefulModel.Meta):
        abstract = True

    def workflow_name(self) -> str:
        return WORKFLOW_OF_INQUIRIES if self.ticket_type == TicketType.INQUIRY else "default"

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @transition(field=status, source=S.NEW, target=S.OPEN, permission=answers_tickets)
    def open(self) -> None:
        """Somebody of ours is at it."""

    @transition(field=status, source=S.OPEN, target=S.PENDING, permission=answers_tickets)
    def wait(self) -> None:
        """The customer has to say something first."""

    @transition(field=status, source=S.PENDING, target=S.OPEN, permission=answers_tickets)
    def take_up(self) -> None:
        """The customer answered, or we go on without."""

    @transition(field=status, source=[S.OPEN, S.PENDING], target=S.RESOLVED, permission=answers_tickets)
    def resolve(self, *, at: datetime, resolution: str) -> None:
        """The question is answered, and this is the answer."""
        self.resolved_at, self.resolution = at, resolution

    @transition(field=status, source=S.RESOLVED, target=S.OPEN, permission=answers_tickets)
    def reopen(self) -> None:
        """The answer was none."""
        self.resolved_at = None

    @transition(field=status, source=S.RESOLVED, target=S.CLOSED, permission=answers_tickets)
    def close(self, *, at: datetime) -> None:
        """Nobody came back to it."""
        self.closed_at = at

    @transition(field=status, source=S.CLOSED, target=S.OPEN, permission=leads_the_desk, conditions=[stands_for_itself])
    def reopen_closed(self) -> None:
        """What was done with is taken up again."""
        self.resolved_at = self.closed_at = None

    @transition(field=status, source=UNFINISHED, target=S.CANCELLED, permission=answers_tickets)
    def cancel(self) -> None:
        """Nothing is to be answered."""
