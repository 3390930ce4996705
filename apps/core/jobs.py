"""The clock's jobs: what each of them does, in words for those who look after the schedule.

When a job runs stands in a row that staff may change; which jobs there are, and what may not be without them, is code.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import shared_task
from django.utils.module_loading import autodiscover_modules

from apps.core.errors import Text


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task that the clock starts.

    Attributes:
        task: its name in the schedule.
        label: what staff call it.
        does: what it does, and what is missed while it does not run.
        essential: whether the business comes to harm when it is switched off.
    """

    task: str
    label: Text
    does: Text
    essential: bool


_jobs: dict[str, Job] = {}
_names: dict[str, Text] = {}


def job(
    task: str, *, label: Text, does: Text, essential: bool = True, minutes: int | None = None
) -> Callable[[Callable[[], int | None]], Any]:
    """Make a function of an app's `tasks.py` a task that the clock may start; it gives how many things it dealt with.

    `minutes` is how long it may take, for one that the usual limit is too short for.
    """
    limits = {} if minutes is None else {"soft_time_limit": minutes * 60, "time_limit": minutes * 60 + 15}

    def decorate(function: Callable[[], int | None]) -> Any:
        _jobs[task] = Job(task=task, label=label, does=does, essential=essential)
        return shared_task(name=task, **limits)(function)

    return decorate


def call(name: str, words: Text) -> None:
    """Say what staff call a machine that acts under this name and is no job of the clock."""
    _names[name] = words


def in_words(name: str) -> Text:
    """What staff call whoever acts under this name; a person's name, or one that is gone, as it is."""
    job = find(name)
    return job.label if job else _names.get(name, name)


def find(task: str) -> Job | None:
    """The job of this name; none for a row whose job is gone from the code."""
    return known().get(task)


def known() -> dict[str, Job]:
    autodiscover_modules("tasks")  # a web process has not loaded them
    return _jobs
