"""A slot is taken once, a missed day is caught up, and staff own the timetable."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from celery import current_app
from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.core.actor import current
from apps.core.clock import now
from apps.core.tasks import ActingTask
from apps.events.models import ScheduledRun
from apps.events.schedule import StaffScheduler
from apps.events.services import claim_slot, due_days
from tests.transactions import undone

NOON = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)  # noon of the day on which the clock goes forward
NINE = time(9, 0)


def take(slot: object) -> bool:
    with transaction.atomic():
        return claim_slot("report", slot)


def test_two_beats_take_a_slot_once(real_commits, together):
    results = together([lambda: take(date(2026, 3, 29))] * 16)

    assert sorted(results) == [False] * 15 + [True]
    assert ScheduledRun.objects.count() == 1


def test_a_slot_whose_work_failed_is_free_again(real_commits):
    with undone():
        assert claim_slot("report", date(2026, 3, 29))

    assert take(date(2026, 3, 29))


def test_a_moment_is_one_slot_whatever_its_zone(db):
    assert claim_slot("hourly", datetime(2026, 3, 29, 10, 0, tzinfo=UTC))
    assert not claim_slot("hourly", datetime.fromisoformat("2026-03-29T12:00:00+02:00"))


def test_jobs_do_not_share_slots(db):
    assert claim_slot("report", date(2026, 3, 29))
    assert claim_slot("reminders", date(2026, 3, 29))


@pytest.mark.parametrize(
    ("moment", "last", "due"),
    [
        (NOON, None, [date(2026, 3, 29)]),
        (NOON - timedelta(hours=4), None, []),
        (NOON, date(2026, 3, 29), []),
        (NOON, date(2026, 3, 26), [date(2026, 3, 27), date(2026, 3, 28), date(2026, 3, 29)]),
        (NOON - timedelta(hours=4), date(2026, 3, 26), [date(2026, 3, 27), date(2026, 3, 28)]),
        (NOON, date(2026, 4, 2), []),
    ],
    ids=["never ran", "too early", "done", "three days missed", "missed and too early", "clock went back"],
)
def test_a_daily_job_is_due_for_each_day_it_missed(db, moment, last, due):
    if last:
        claim_slot("report", last)

    with time_machine.travel(moment, tick=False):
        assert due_days("report", at=NINE) == due


def test_a_job_that_lay_still_for_a_year_catches_up_a_month(db):
    claim_slot("report", date(2025, 3, 29))

    with time_machine.travel(NOON, tick=False):
        days = due_days("report", at=NINE)

    assert (days[0], days[-1], len(days)) == (date(2026, 2, 26), date(2026, 3, 29), 32)


TIMETABLE = {"sweep": {"task": "events.sweep", "schedule": 5.0, "options": {"expire_seconds": 5}}}


def test_the_timetable_is_made_once_and_then_belongs_to_staff(real_commits):
    scheduler = StaffScheduler(app=current_app._get_current_object(), lazy=True)
    scheduler.update_from_dict(TIMETABLE)
    made = PeriodicTask.objects.get(name="sweep")
    assert (made.task, made.interval.every, made.expire_seconds) == ("events.sweep", 5, 5)
    minute = IntervalSchedule.objects.create(every=60, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(pk=made.pk).update(interval=minute, enabled=False)

    scheduler.update_from_dict(TIMETABLE)

    made.refresh_from_db()
    assert (made.interval.every, made.enabled) == (60, False)


def test_a_task_says_that_it_acts():
    seen = []

    @current_app.task(name="tests.look", base=ActingTask)
    def look() -> None:
        seen.append(current())

    look()

    assert [(who.kind, who.label, who.source) for who in seen] == [("task", "tests.look", "worker")]
    assert current().kind == "system"


def test_every_task_of_the_worker_is_such_a_task(settings):
    current_app.loader.import_default_modules()
    ours = [task for name, task in current_app.tasks.items() if not name.startswith(("celery.", "tests."))]

    assert ours
    assert [task.name for task in ours if not isinstance(task, ActingTask)] == []


def test_every_entry_of_the_timetable_is_a_task(settings):
    current_app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(current_app.tasks) == set()
    assert now().tzinfo is UTC
