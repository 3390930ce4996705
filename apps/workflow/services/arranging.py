"""What staff arrange: policies of statuses, and when a business entity is at work. Every change sets the clocks anew."""

from collections.abc import Sequence

from django.db.models import Q

from apps.accounts.models import User
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.workflow.events import CalendarChanged
from apps.workflow.models import BusinessCalendar, CalendarDay, StatusPolicy
from apps.workflow.services.recomputing import Affected, of_policy, recompute


@in_transaction
def save_policy(policy: StatusPolicy, *, by: User | None) -> StatusPolicy:
    """Keep a policy as staff have arranged it and set the clocks that it governs anew."""
    policy.save()
    recompute(of_policy(policy))
    return policy


@in_transaction
def delete_policy(policy: StatusPolicy, *, by: User | None) -> None:
    """Take a policy away: its clocks go on by the group's, or by none."""
    affected = of_policy(policy)
    policy.delete()
    recompute(affected)


@in_transaction
def save_calendar(
    calendar: BusinessCalendar, *, days: Sequence[CalendarDay] = (), removed: Sequence[CalendarDay] = (), by: User | None
) -> BusinessCalendar:
    """Keep a calendar, these days of it and no longer those, and set the clocks of its business entity anew."""
    _keep_arrivals_waiting(calendar)
    calendar.save()
    for day in removed:
        day.delete()
    for day in days:
        day.save()
    recompute(Affected(business_entity_id=calendar.business_entity_id))
    publish(CalendarChanged(business_entity_id=calendar.business_entity_id))
    return calendar


@in_transaction
def delete_calendar(calendar: BusinessCalendar, *, by: User | None) -> None:
    """Take a calendar away: every hour counts again."""
    affected = Affected(business_entity_id=calendar.business_entity_id)
    _keep_arrivals_waiting(calendar)
    publish(CalendarChanged(business_entity_id=calendar.business_entity_id))
    calendar.delete()
    recompute(affected)


def _keep_arrivals_waiting(calendar: BusinessCalendar) -> None:
    """Lock the policies by which its clocks run: each record that arrives in a status holds its policy until it is stored.

    Without that a record that arrives meanwhile, unseen by the recomputation, would keep a deadline by the old hours.
    """
    theirs = Q(business_entity=None) | Q(business_entity=calendar.business_entity_id)
    list(StatusPolicy.objects.filter(theirs, sla_hours__isnull=False).order_by("pk").select_for_update(of=("self",)))
