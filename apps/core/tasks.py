"""What every background task is."""

from typing import Any

from celery import Task

from apps.core.actor import acting


class ActingTask(Task):
    """A task that says, for all it writes, that it acts. It takes no facts along, so it may run twice or not at all."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with acting(
            kind="task",
            id="",
            label=self.name,
            request_id=self.request.id or "",
            source="worker",
        ):
            return super().__call__(*args, **kwargs)
