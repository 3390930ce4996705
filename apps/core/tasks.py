"""What every background task is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

from celery import Task

from apps.core.actor import acting

# Headers of a message: which row of the schedule asked for it (the clock writes this one), and who ordered it by hand.
SCHEDULED_AS = "periodic_task_name"
ORDERED_BY = "ordered_by"


@contextmanager
def _unwatched(job: str, ordered_by: str) -> Iterator[Callable[[Any], None]]:
    yield lambda result: None


class ActingTask(Task):
    """A task that says, for all it writes, that it acts. It takes no facts along, so it may run twice or not at all.

    Attributes:
        watch: goes around each run that the schedule asked for, and is told its result; an app above puts its own in.
    """

    abstract = True
    watch: ClassVar[Callable[[str, str], AbstractContextManager[Callable[[Any], None]]]] = staticmethod(_unwatched)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        headers = self.request.headers or {}
        job = headers.get(SCHEDULED_AS)
        watch = ActingTask.watch if job else _unwatched
        with (
            acting(kind="task", id="", label=self.name, request_id=self.request.id or "", source="worker"),
            watch(str(job), headers.get(ORDERED_BY, "")) as tell,
        ):
            result = super().__call__(*args, **kwargs)
            tell(result)
            return result
