"""What colleagues are told when something happened."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.communication import notifications
from apps.events.services import subscribe
from apps.workflow.events import TaskAssigned
from apps.workflow.models import InternalTask


@subscribe(TaskAssigned, does=_("Tell a colleague of a task"))
def tell_colleague_of_task(event: TaskAssigned) -> None:
    task = InternalTask.objects.select_related("business_entity").get(pk=event.task_id)
    # Whoever had the task for a moment only need not hear of it.
    if task.assigned_to_id == event.assigned_to_id:
        notifications.tell_of_task(task, User.objects.get(pk=event.assigned_to_id))
