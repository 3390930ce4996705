"""The promises as rows: made with their ticket, kept true with each step, computed anew when a rule changes."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core import clock
from apps.core.prepared import execute
from apps.core.records import ref_to
from apps.core.transactions import in_transaction, lock_name
from apps.events.services import publish
from apps.support.choices import PromiseKind, TicketPriority, TicketStatus
from apps.support.models import SupportPolicy, Ticket, TicketPromise
from apps.support.promises import Course, course_of, stricter
from apps.workflow.calendars import Calendar
from apps.workflow.choices import UNFINISHED as UNFINISHED_TASKS
from apps.workflow.choices import Level, Stage, TaskPriority, TaskType
from apps.workflow.events import SlaStageReached
from apps.workflow.models import InternalTask, InternalTaskQuerySet
from apps.workflow.queries import calendar_of, histories, supervisor
from apps.workflow.services import complete_task, create_task, edit_task
from apps.workflow.services.stages import advance
from apps.workflow.sla import Step

POLICIES = "support_policy"
SHARE_POLICIES = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
HOURS = {PromiseKind.FIRST_RESPONSE: "response_sla_hours", PromiseKind.RESOLUTION: "resolution_sla_hours"}
WORDS = {
    PromiseKind.FIRST_RESPONSE: gettext_lazy("Answer ticket %(number)s: the first answer is late"),
    PromiseKind.RESOLUTION: gettext_lazy("Solve ticket %(number)s: the solution is late"),
}
BATCH = 200


@in_transaction
def keep_promises(ticket: Ticket, *, rules_changed: bool = False) -> None:
    """Write the promises of a locked ticket as its log says; where the rules changed a promise may be in time again."""
    steps = _steps_of(ticket)
    if rules_changed or len(steps) == 1:
        _write_hours(ticket)
    calendar, now = calendar_of(ticket.business_entity_id), clock.now()
    # Locked: whoever watches them moves their stages meanwhile, and what was told is not to be told again.
    known = {promise.kind: promise for promise in TicketPromise.objects.filter(ticket=ticket).order_by("pk").select_for_update()}
    for kind, column in HOURS.items():
        hours = getattr(ticket, column)
        if hours is not None:
            course = course_of(kind, steps, first_response_at=ticket.first_response_at, calendar=calendar)
            promise = known.get(kind) or TicketPromise(ticket=ticket, kind=kind)
            write_course(promise, course, hours, calendar, now, rules_changed=rules_changed)
            promise.save()
        elif kind in known:
            known[kind].delete()
    _settle_tasks(ticket, now)


def write_course(
    promise: TicketPromise, course: Course, hours: int, calendar: Calendar, now: datetime, *, rules_changed: bool
) -> None:
    """Have a row tell this course, late once and for all unless the rules changed. Not stored yet."""
    moments, stopped = course.moments(hours, calendar), course.stopped_at()
    promise.hours, promise.started_at, promise.held = hours, course.started_at, course.held
    promise.met_at, promise.ended_at = course.met_at, course.ended_at
    is_late = moments.deadline < (stopped or now)
    promise.is_overdue = is_late or (promise.is_overdue and not rules_changed)
    if rules_changed:
        promise.stage = min(promise.stage, moments.stage(stopped or now))
    promise.run(None if stopped else moments)


def _steps_of(ticket: Ticket) -> list[Step]:
    log = histories(Ticket.entity_type, [ticket.pk])[ticket.pk]
    return [Step(at=transition.occurred_at, to_status=transition.to_status) for transition in log]


def _write_hours(ticket: Ticket) -> None:
    hours = hours_for(ticket)
    if any(getattr(ticket, column) != hours[kind] for kind, column in HOURS.items()):
        for kind, column in HOURS.items():
            setattr(ticket, column, hours[kind])
        ticket.save(update_fields=list(HOURS.values()))


def hours_for(ticket: Ticket) -> dict[PromiseKind, int | None]:
    """What is promised of a ticket: the stricter of its type's policy and its priority's.

    The policies stay as they are until the transaction ends: whoever changes one recomputes the tickets that it sees.
    """
    execute(SHARE_POLICIES, (POLICIES,))
    of_it = Q(ticket_type=ticket.ticket_type) | Q(priority=ticket.priority)
    entities = Q(business_entity=None) | Q(business_entity=ticket.business_entity_id)
    in_force: dict[tuple[str, str], SupportPolicy] = {}
    for policy in SupportPolicy.objects.filter(of_it, entities):
        key = (policy.ticket_type, policy.priority)
        if policy.business_entity_id is not None or key not in in_force:
            in_force[key] = policy
    return {kind: stricter(*(getattr(policy, column) for policy in in_force.values())) for kind, column in HOURS.items()}


@transaction.atomic
def save_support_policy(*, policy: SupportPolicy, by: User | None) -> SupportPolicy:
    """Keep a policy as staff have arranged it, and set the promises that it governs anew; what stood still stays so."""
    lock_name(POLICIES)
    before = SupportPolicy.objects.filter(pk=policy.pk).first()  # it may have been of another type, priority or company
    policy.full_clean()
    policy.save()
    governed = {key for each in (before, policy) if each is not None for key in _governed_by(each)}
    recompute_promises(sorted(governed))
    return policy


@transaction.atomic
def delete_support_policy(*, policy: SupportPolicy, by: User | None) -> None:
    """Take a policy away; what it governed goes by the policies that are left."""
    lock_name(POLICIES)
    governed = list(_governed_by(policy))
    policy.delete()
    recompute_promises(governed)


def _governed_by(policy: SupportPolicy) -> Iterable[UUID]:
    """The tickets at work that a policy speaks of."""
    tickets = Ticket.objects.unfinished()
    if policy.ticket_type:
        tickets = tickets.filter(ticket_type=policy.ticket_type)
    if policy.priority:
        tickets = tickets.filter(priority=policy.priority)
    if policy.business_entity_id is not None:
        tickets = tickets.filter(business_entity=policy.business_entity_id)
    return tickets.order_by("pk").values_list("pk", flat=True)


@in_transaction
def recompute_promises(keys: Iterable[UUID]) -> int:
    """Compute the promises of these tickets from their logs, as after a change of rules or calendar; says how many."""
    count, remaining = 0, iter(list(keys))
    while batch := list(islice(remaining, BATCH)):
        for ticket in Ticket.objects.filter(pk__in=batch).order_by("pk").select_for_update(of=("self",)):
            keep_promises(ticket, rules_changed=True)
            count += 1
    return count


def watch_promises(now: datetime) -> int:
    """Move every promise to the stage that it has reached, tell of each once, and ask somebody to see to what is broken.

    In transactions of a bounded size; says how many moved.
    """
    moved = 0
    while batch := _watch_some(now):
        moved += batch
    return moved


@transaction.atomic
def _watch_some(now: datetime) -> int:
    reached: list[TicketPromise] = advance(TicketPromise.objects.all(), now, limit=BATCH)
    tickets = Ticket.objects.select_related("assigned_to", "business_entity").in_bulk({promise.ticket_id for promise in reached})
    for promise in reached:
        ticket = tickets[promise.ticket_id]
        publish(
            SlaStageReached(
                entity_type=Ticket.entity_type,
                entity_id=ticket.pk,
                stage=Stage(promise.stage).code,
                since=promise.started_at,
                deadline=promise.sla_deadline,  # type: ignore[arg-type]  # what moves has one
                status=ticket.status,
                promise=promise.kind,
            )
        )
        if promise.is_overdue:
            _ask_to_see_to(ticket, promise)
    return len(reached)


def _ask_to_see_to(ticket: Ticket, promise: TicketPromise) -> None:
    """A task for whoever has the ticket, else for a team leader; a day later, or where it is urgent, for the manager."""
    escalated = promise.stage == Stage.ESCALATED
    is_pressing = escalated or ticket.priority == TicketPriority.URGENT
    leader = supervisor(Level.MANAGER if is_pressing else Level.TEAM_LEADER, ticket.business_entity_id)
    owner = leader if escalated else ticket.assigned_to or leader
    priority = TaskPriority.CRITICAL if escalated else TaskPriority.URGENT if is_pressing else TaskPriority.HIGH
    task = _open_tasks(ticket).first()
    if task is not None:
        if escalated:
            edit_task(task=task, changes={"priority": priority} | ({"assigned_to": owner} if owner else {}), by=None)
        return
    create_task(
        title=WORDS[PromiseKind(promise.kind)] % {"number": ticket.ticket_number},
        description=ticket.subject,
        task_type=TaskType.ESCALATE,
        priority=priority,
        about=ref_to(ticket),
        business_entity=ticket.business_entity,
        assigned_to=owner,
        due_at=promise.sla_deadline,
    )


def _open_tasks(ticket: Ticket) -> InternalTaskQuerySet:
    tasks: InternalTaskQuerySet = InternalTask.objects.filter(
        about_type=Ticket.entity_type,
        about_id=ticket.pk,
        task_type=TaskType.ESCALATE,
        created_by=None,
        status__in=UNFINISHED_TASKS,
    )
    return tasks


def _settle_tasks(ticket: Ticket, now: datetime) -> None:
    """What the system asked for is done as soon as nothing of the ticket is late and unkept, or it waits for others."""
    waits = ticket.status not in (TicketStatus.NEW, TicketStatus.OPEN)
    if waits or not TicketPromise.objects.filter(ticket=ticket).late(now).exists():
        for task in _open_tasks(ticket):
            complete_task(task=task, completion_notes=_("The ticket has moved on."), by=None)
