"""Runs of the clock's jobs, and their rhythm."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.core import doorbell
from apps.core.clock import now
from apps.core.tasks import ORDERED_BY, SCHEDULED_AS
from apps.events import queries
from apps.events.choices import RunState
from apps.events.models import JobRun

KEPT_PER_OUTCOME = 50
LONGEST_RUN = timedelta(seconds=90)  # more than a task may live
# A job that runs every few seconds: its runs without work become one row an hour, written at most twice a minute.
CLOSE_BY = timedelta(minutes=2)
LONGEST_ROW = timedelta(hours=1)
SPARING = timedelta(seconds=30)
QUICK_SECONDS = 60
ERROR_LENGTH = 2000
WORKER_LOST = "The worker that ran it did not come back."

TRIM = """
    DELETE FROM events_jobrun WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY job, state ORDER BY started_at DESC) AS place FROM events_jobrun
        ) AS placed WHERE place > %s
    )
"""

log = structlog.get_logger(__name__)


@contextmanager
def recorded(job: str, ordered_by: str) -> Iterator[Callable[[Any], None]]:
    """Write down how a run of a job goes; what the block is told at its end is how much it did.

    That it cannot be written down is logged and changes nothing about the run.
    """
    results: list[Any] = []
    run = _noted(lambda: _begin(job, ordered_by))
    try:
        yield results.append
    except Exception as error:
        text = f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_LENGTH]
        _noted(lambda: _end(run, RunState.FAILED, error=text))
        raise
    amount = next((result for result in results if isinstance(result, int)), None)
    _noted(lambda: _end(run, RunState.IDLE if amount == 0 else RunState.DONE, amount=amount))


def _noted(write: Callable[[], Any]) -> Any:
    try:
        return write()
    except DatabaseError:
        log.warning("job_run_not_recorded", exc_info=True)
        return None


def _begin(job: str, ordered_by: str) -> JobRun:
    """A run that begins; a row of its own at once, unless the last one ended only just now."""
    at = now()
    latest = queries.latest_run(job)
    if latest and latest.state == RunState.RUNNING and latest.started_at < at - LONGEST_RUN:
        latest.state, latest.ended_at, latest.error = RunState.FAILED, at, WORKER_LOST
        latest.save(update_fields=["state", "ended_at", "error"])
    run = JobRun(job=job, started_at=at, ordered_by=ordered_by[:200])
    if ordered_by or not _close_by(latest, at):
        run.save()
    return run


def _end(run: JobRun | None, state: RunState, *, amount: int | None = None, error: str = "") -> None:
    if run is None:
        return
    at = now()
    run.state, run.ended_at, run.amount, run.error = state, at, amount, error
    run.duration_ms = max(0, round((at - run.started_at).total_seconds() * 1000))
    earlier = None if state == RunState.DONE else queries.latest_run(run.job)
    if earlier is None or not _continues(earlier, run):
        run.save()
    elif earlier.ended_at is None or at - earlier.ended_at > SPARING:
        earlier.ended_at, earlier.duration_ms = at, run.duration_ms
        earlier.save(update_fields=["ended_at", "duration_ms"])


def _close_by(latest: JobRun | None, at: datetime) -> bool:
    return latest is not None and latest.ended_at is not None and at - latest.ended_at < CLOSE_BY


def _continues(earlier: JobRun, run: JobRun) -> bool:
    """Whether a run says nothing that the row before it does not say; its own row, if it has one, is no row before it."""
    before = earlier.started_at < run.started_at
    same = before and (earlier.state, earlier.error, earlier.ordered_by) == (run.state, run.error, run.ordered_by)
    return same and _close_by(earlier, run.started_at) and run.started_at - earlier.started_at < LONGEST_ROW


def trim() -> int:
    """Keep the latest runs of each job and outcome; gives how many rows went."""
    with connection.cursor() as cursor:
        cursor.execute(TRIM, [KEPT_PER_OUTCOME])
        return int(cursor.rowcount)


def run_now(*, task: PeriodicTask, by: AbstractBaseUser) -> None:
    """Have the worker run a job out of its turn, also one that is switched off.

    Raises:
        Unavailable: the broker does not answer.
    """
    doorbell.order(task.task, {SCHEDULED_AS: task.name, ORDERED_BY: str(by)})


@transaction.atomic
def reschedule(*, task: PeriodicTask, rhythm: IntervalSchedule | CrontabSchedule, enabled: bool) -> PeriodicTask:
    """Give a job another rhythm, switch it on or off; the clock follows within seconds."""
    wanted = {field.attname: getattr(rhythm, field.attname) for field in rhythm._meta.concrete_fields if not field.primary_key}
    row = type(rhythm).objects.filter(**wanted).first()
    if row is None:
        rhythm.save()
        row = rhythm
    task.interval = row if isinstance(row, IntervalSchedule) else None
    task.crontab = row if isinstance(row, CrontabSchedule) else None
    task.expire_seconds = _expiry(task.interval) if task.interval else None
    task.enabled = enabled
    task.save()
    return task


def _expiry(interval: IntervalSchedule) -> int | None:
    """A turn of a quick job that waited until the next one is not taken twice."""
    seconds = int(timedelta(**{interval.period: interval.every}).total_seconds())
    return seconds if seconds <= QUICK_SECONDS else None
