"""Changing what a ticket says of itself: whose it is, how urgent, what it is about."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.orders.models import Order
from apps.support.choices import CommentType, TicketEscalation, TicketPriority
from apps.support.models import Ticket
from apps.support.services.conversation import checked_text, refuse_finished, write_comment
from apps.support.services.creating import assignee_faults, category_faults, order_faults, refuse_faults, sales_faults
from apps.support.services.promises import keep_promises
from apps.support.services.reading import lock_ticket, refuse_stale
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.models import EntityCurrentStatus
from apps.workflow.queries import supervisor
from apps.workflow.services import create_task

EDITABLE = (
    "subject",
    "category",
    "priority",
    "assigned_department",
    "assigned_to",
    "order",
    "sales_stage",
    "opportunity_value",
    "lead_source",
    "conversion_probability",
)


@in_transaction
def update_ticket(*, ticket: Ticket, changes: Mapping[str, Any], version: int | None, by: User | None) -> Ticket:
    """Change some of a ticket's fields, those in EDITABLE, if nobody did meanwhile. Its clocks keep their pauses.

    Raises:
        Conflict: version_conflict.
        Malformed: a field that cannot be edited, or a value that its column cannot hold.
        Refused: ticket_finished, ticket_merged; ticket_refused, with each field at fault.
    """
    _refuse_unknown(changes)
    locked = lock_ticket(ticket)
    refuse_stale(locked, version)
    refuse_finished(locked)
    before = locked.priority
    for name, value in changes.items():
        setattr(locked, name, value)
    _refuse_wrong(locked, changes)
    locked.version += 1
    locked.last_activity_at = clock.now()
    locked.save(update_fields=[*changes, "version", "last_activity_at"])
    if "assigned_to" in changes:
        rows = EntityCurrentStatus.objects.filter(entity_type=Ticket.entity_type, entity_id=locked.pk)
        rows.update(assigned_user=locked.assigned_to)
    if locked.priority != before:
        keep_promises(locked, rules_changed=True)
    return locked


def _refuse_unknown(changes: Mapping[str, Any]) -> None:
    wrong = [
        FieldError(pointer=f"/{name}", code="not_editable", detail=_("This cannot be changed."))
        for name in sorted(set(changes) - set(EDITABLE))
    ]
    if wrong:
        raise Malformed(fields=wrong)


def _refuse_wrong(ticket: Ticket, changes: Mapping[str, Any]) -> None:
    unchanged = {field.name for field in Ticket._meta.concrete_fields} - set(changes)
    try:
        ticket.clean_fields(exclude=unchanged)
    except ValidationError as invalid:
        faults = [
            FieldError(pointer=f"/{name}", code=error.code or "invalid", detail=" ".join(error.messages))
            for name, errors in invalid.error_dict.items()
            for error in errors
        ]
        raise Malformed(fields=faults) from invalid
    assigned = assignee_faults(ticket, ticket.assigned_to) if "assigned_to" in changes else []
    refuse_faults([*category_faults(ticket), *order_faults(ticket), *sales_faults(ticket), *assigned])


def assign_ticket(
    *,
    ticket: Ticket,
    assigned_to: User | None,
    assigned_department: str = "",
    version: int | None = None,
    by: User | None,
) -> Ticket:
    """Give a ticket to somebody who works on it, back to whoever takes it, or to another department.

    Raises:
        Conflict, Refused: as `update_ticket`.
    """
    department = {"assigned_department": assigned_department} if assigned_department else {}
    return update_ticket(ticket=ticket, changes={"assigned_to": assigned_to, **department}, version=version, by=by)


def take_ticket(*, ticket: Ticket, by: User) -> Ticket:
    """Take a ticket oneself."""
    return assign_ticket(ticket=ticket, assigned_to=by, by=by)


def link_order(*, ticket: Ticket, order: Order | None, version: int | None = None, by: User | None) -> Ticket:
    """Say which order a ticket is about, or that it is about none."""
    return update_ticket(ticket=ticket, changes={"order": order}, version=version, by=by)


@in_transaction
def escalate_ticket(*, ticket: Ticket, level: str, reason: str, by: User | None) -> Ticket:
    """Take a ticket higher up: it becomes urgent, colleagues read why, and somebody there is asked to see to it.

    Raises:
        Malformed: there is no reason.
        Refused: ticket_finished, ticket_merged.
    """
    changed = update_ticket(ticket=ticket, changes={"priority": TicketPriority.URGENT}, version=None, by=by)
    changed.escalation = level
    changed.save(update_fields=["escalation"])
    why = checked_text(reason, pointer="/reason")
    words = _("Escalated to %(level)s: %(reason)s") % {"level": TicketEscalation(level).label, "reason": why}
    write_comment(changed, comment_type=CommentType.INTERNAL, content=words, author_user=by)
    create_task(
        title=_("See to ticket %(number)s") % {"number": changed.ticket_number},
        description=words[:4000],
        task_type=TaskType.ESCALATE,
        priority=TaskPriority.URGENT,
        about=ref_to(changed),
        business_entity=changed.business_entity,
        assigned_to=supervisor(level, changed.business_entity_id),
        created_by=by,
    )
    return changed
