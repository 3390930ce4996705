"""What follows from the events of others: colleagues and customers are told."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication import notifications, services
from apps.events.services import subscribe
from apps.workflow.events import SlaStageReached, StatusChanged, TaskAssigned
from apps.workflow.models import InternalTask
from apps.workflow.queries import record_at_work


@subscribe(TaskAssigned, does=_("Tell a colleague of a task"))
def tell_colleague_of_task(event: TaskAssigned) -> None:
    task = InternalTask.objects.select_related("business_entity").get(pk=event.task_id)
    # Whoever had the task for a moment only need not hear of it.
    if task.assigned_to_id == event.assigned_to_id:
        notifications.tell_of_task(task, User.objects.get(pk=event.assigned_to_id))


@subscribe(SlaStageReached, does=_("Tell colleagues of a deadline"))
def tell_colleagues_of_deadline(event: SlaStageReached) -> None:
    record = record_at_work(event.entity_type, event.entity_id)
    if record is not None:
        notifications.tell_of_deadline(event, record)


@subscribe(StatusChanged, does=_("Tell the customer of a status"))
def tell_of_status(event: StatusChanged) -> None:
    services.tell_of_status(event.transition_id)
