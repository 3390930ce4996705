"""What the database says of a task."""

from apps.core.records import ref_to
from apps.events.models import OutboxEvent
from apps.workflow import queries
from apps.workflow.choices import TaskStatus
from apps.workflow.models import InternalTask


def stored(task):
    return InternalTask.objects.get(pk=task.pk)


def steps(task):
    return list(queries.history(ref_to(task)).values_list("sequence", "from_status", "to_status"))


def unchanged(task):
    """Whether a task is as it was made: open, with its creation alone in the log, and nothing told."""
    as_made = stored(task).status == TaskStatus.OPEN and steps(task) == [(1, None, TaskStatus.OPEN)]
    return as_made and not OutboxEvent.objects.exists()
