"""What a hold asks for while it lasts: each day somebody higher up hears of those that last too long, each week the customer."""

from datetime import date, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.bulk import update_many
from apps.core.records import ref_to
from apps.events.services import claim_slot, due_days, publish_all
from apps.orders.choices import ESCALATES_AGAIN_AFTER, FOLLOW_UP_AFTER, EscalationLevel
from apps.orders.events import HoldEscalated, HoldFollowUpDue
from apps.orders.models import OrderHold
from apps.workflow.choices import Level, TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.queries import supervisor
from apps.workflow.services import complete_task, create_task, edit_task

JOB = "orders.watch_holds"
AT = time(7)
LADDER = list(EscalationLevel)
# Who has the hold to look at on each level, and how pressing that is.
LEVELS: dict[str, tuple[Level, TaskPriority]] = {
    EscalationLevel.MANAGER: (Level.MANAGER, TaskPriority.HIGH),
    EscalationLevel.DIRECTOR: (Level.DIRECTOR, TaskPriority.URGENT),
    EscalationLevel.URGENT: (Level.DIRECTOR, TaskPriority.CRITICAL),
}


def watch_holds() -> int:
    """Do what is due of today and of days that were missed, each day once; says how many holds it concerned."""
    return sum(_watch_day(day) for day in due_days(JOB, at=AT))


@transaction.atomic
def _watch_day(day: date) -> int:
    if not claim_slot(JOB, day):
        return 0
    return _escalate(day) + _follow_up(day)


def _escalate(day: date) -> int:
    """One level up, for every hold whose day has come."""
    due = OrderHold.objects.active().filter(escalation_date__lte=day, order__is_test=False).exclude(escalation_level=LADDER[-1])
    holds = list(due.order_by("pk").select_for_update(of=("self",)))
    for hold in holds:
        hold.escalation_level = LADDER[LADDER.index(EscalationLevel(hold.escalation_level)) + 1]
        hold.escalation_date = day + ESCALATES_AGAIN_AFTER
    update_many(holds, ["escalation_level", "escalation_date"])
    publish_all([HoldEscalated(hold_id=hold.pk, level=hold.escalation_level) for hold in holds])
    return len(holds)


def _follow_up(day: date) -> int:
    """A word to every customer who was told of the hold and has heard nothing for a week."""
    due = OrderHold.objects.active().filter(automatic_followup_date__lte=day, customer_notified=True)
    holds = list(due.order_by("pk").select_for_update(of=("self",)))
    # In whole weeks, and not before today: of days that were missed the customer hears once.
    weeks = (clock.today() - day) // FOLLOW_UP_AFTER + 1
    for hold in holds:
        hold.automatic_followup_date = day + weeks * FOLLOW_UP_AFTER
    update_many(holds, ["automatic_followup_date"])
    publish_all([HoldFollowUpDue(hold_id=hold.pk, on=day) for hold in holds])
    return len(holds)


@transaction.atomic
def see_to_hold(*, hold: OrderHold) -> InternalTask | None:
    """Ask whoever stands on the hold's level to look at it; one task a hold, which rises with it. None where it has ended."""
    locked = OrderHold.objects.select_for_update(of=("self",)).select_related("order__business_entity").get(pk=hold.pk)
    if not locked.is_active or locked.escalation_level == EscalationLevel.NONE:
        return None
    level, priority = LEVELS[locked.escalation_level]
    asked = supervisor(level, locked.order.business_entity_id)
    due_at, _next_day = clock.day_bounds(clock.today() + timedelta(days=1))
    task = _open_task(locked)
    if task is not None:
        changes = {"priority": priority, "due_at": due_at} | ({"assigned_to": asked} if asked else {})
        return edit_task(task=task, changes=changes, by=None)
    return create_task(
        title=_("On hold for too long: %(order)s") % {"order": locked.order},
        description=_("Since %(day)s: %(reason)s. Take it up again, or agree on another day.")
        % {"day": f"{clock.local_day(locked.held_at):%d-%m-%Y}", "reason": locked.hold_reason_details},
        task_type=TaskType.ESCALATE,
        priority=priority,
        about=ref_to(locked.order),
        business_entity=locked.order.business_entity,
        assigned_to=asked,
        due_at=due_at,
        dedupe_key=_key(locked),
    )


@transaction.atomic
def close_hold_task(*, hold: OrderHold) -> None:
    """Finish the task about a hold that has ended."""
    task = _open_task(hold)
    if task is not None:
        complete_task(task=task, completion_notes=_("The hold has ended."), by=None)


def _key(hold: OrderHold) -> str:
    return f"hold:{hold.pk}"


def _open_task(hold: OrderHold) -> InternalTask | None:
    task: InternalTask | None = InternalTask.objects.unfinished().filter(dedupe_key=_key(hold)).first()
    return task
