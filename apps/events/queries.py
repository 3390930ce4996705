"""How the clock's jobs fare, and whether anything may leave the building."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django_celery_beat.models import PeriodicTask

from apps.core import jobs
from apps.events import rhythm
from apps.events.choices import WENT_WELL, RunState
from apps.events.models import JobRun, SendingHold


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one job fares: `last_success_at` is None when no run that went well is known."""

    job: str
    late: bool
    failing: bool
    missed: bool  # switched off, though the business cannot do without
    last_success_at: datetime | None

    @property
    def needs_a_person(self) -> bool:
        return self.late or self.failing or self.missed


def with_last_run(tasks: QuerySet[PeriodicTask]) -> QuerySet[PeriodicTask]:
    """Each with `last_started_at`, `last_state`, `last_error` and `last_success_at`."""
    runs = JobRun.objects.filter(job=OuterRef("name")).order_by("-started_at")
    ended = runs.exclude(state=RunState.RUNNING)
    return tasks.select_related("interval", "crontab").annotate(
        last_started_at=Subquery(runs.values("started_at")[:1]),
        last_ended_at=Subquery(runs.values("ended_at")[:1]),
        last_state=Subquery(ended.values("state")[:1]),
        last_error=Subquery(ended.values("error")[:1]),
        last_success_at=Subquery(ended.filter(state__in=WENT_WELL).values("ended_at")[:1]),
    )


def last_seen(task: PeriodicTask) -> datetime | None:
    """When a job of `with_last_run` last ran: of a while without work, its end."""
    return task.last_ended_at or task.last_started_at


def standing(task: PeriodicTask) -> Standing:
    """How a job of `with_last_run` fares."""
    job = jobs.find(task.task)
    return Standing(
        job=task.name,
        late=rhythm.is_late(task, last_seen(task)),
        failing=bool(task.enabled) and task.last_state == RunState.FAILED,
        missed=not task.enabled and job is not None and job.essential,
        last_success_at=task.last_success_at,
    )


def standings() -> list[Standing]:
    """How all jobs fare, by name; one statement."""
    return [standing(task) for task in with_last_run(PeriodicTask.objects.order_by("name"))]


def latest_run(job: str) -> JobRun | None:
    return JobRun.objects.filter(job=job).order_by("-started_at").first()


def latest_runs(job: str, count: int) -> list[JobRun]:
    return list(JobRun.objects.filter(job=job).order_by("-started_at")[:count])


def sending_is_held() -> bool:
    """Whether whoever sends is to wait; asked before rows are claimed."""
    return SendingHold.objects.filter(released_at=None).exists()
