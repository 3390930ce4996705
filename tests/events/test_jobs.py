"""How a job of the clock fared is written down sparingly, and staff set its rhythm."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import current_app
from django.contrib.auth.models import Permission
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.core import jobs
from apps.core.clock import now
from apps.core.contributions import Viewer
from apps.core.tasks import ActingTask
from apps.events import queries, rhythm
from apps.events.choices import RunState
from apps.events.contributions import jobs_in_trouble
from apps.events.models import JobRun
from apps.events.services import recorded, trim_job_runs
from apps.events.services.jobs import KEPT_PER_OUTCOME, LONGEST_RUN
from tests.factories.accounts import UserFactory
from tests.factories.events import JobRunFactory

NOON = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)  # the day on which the clock goes forward
CHANGE = "admin:django_celery_beat_periodictask_change"


def run(amount: int | None = 0, job: str = "quick", by: str = "") -> None:
    with recorded(job, by) as tell:
        tell(amount)


def fail(job: str = "quick", text: str = "no such thing") -> None:
    with pytest.raises(ValueError, match=text), recorded(job, ""):
        raise ValueError(text)


def rows(job: str = "quick") -> list[tuple[str, int | None]]:
    return list(JobRun.objects.filter(job=job).order_by("started_at").values_list("state", "amount"))


# What is kept


def test_a_run_tells_when_how_long_and_how_much(db):
    with time_machine.travel(NOON, tick=False) as clock, recorded("slow", "") as tell:
        assert rows("slow") == [("running", None)]
        clock.shift(2.5)
        tell(7)

    made = JobRun.objects.get()
    assert (made.state, made.started_at, made.duration_ms, made.amount) == (RunState.DONE, NOON, 2500, 7)


def test_an_hour_without_work_is_one_row_written_twice_a_minute(db, django_assert_num_queries):
    written = 0
    with time_machine.travel(NOON, tick=False) as clock:
        for _turn in range(12 * 59):
            before = JobRun.objects.order_by("-started_at").values_list("updated_at", "ended_at").first()
            run(0)
            written += before != JobRun.objects.order_by("-started_at").values_list("updated_at", "ended_at").first()
            clock.shift(5)

    assert rows() == [("idle", 0)]
    assert written <= 2 * 59
    assert JobRun.objects.get().ended_at > NOON + timedelta(minutes=58)


def test_work_and_failures_have_rows_of_their_own(db):
    with time_machine.travel(NOON, tick=False) as clock:
        for act in (run, lambda: run(3), lambda: run(4), run, fail, fail, lambda: fail(text="another"), run):
            act()
            clock.shift(5)

    assert rows() == [
        ("idle", 0), ("done", 3), ("done", 4), ("idle", 0), ("failed", None), ("failed", None), ("idle", 0),
    ]  # fmt: skip
    assert [error for error in JobRun.objects.order_by("started_at").values_list("error", flat=True) if error] == [
        "ValueError: no such thing",
        "ValueError: another",
    ]


def test_a_job_of_every_hour_has_a_row_for_each_run(db):
    with time_machine.travel(NOON, tick=False) as clock:
        for _turn in range(3):
            run(0)
            clock.shift(3600)

    assert rows() == [("idle", 0)] * 3


def test_a_run_ordered_by_hand_is_always_seen(db):
    run(0)
    run(0, by="Olga")

    assert list(JobRun.objects.order_by("started_at").values_list("ordered_by", flat=True)) == ["", "Olga"]


def test_a_run_whose_worker_died_is_said_to_have_failed(db):
    JobRunFactory(job="slow", started_at=now() - LONGEST_RUN - timedelta(seconds=1))

    run(1, job="slow")

    assert rows("slow") == [("failed", None), ("done", 1)]
    assert JobRun.objects.earliest("started_at").error == "The worker that ran it did not come back."


def test_only_the_latest_of_each_outcome_stay(db):
    for age in range(KEPT_PER_OUTCOME + 5):
        JobRunFactory(state=RunState.DONE, started_at=NOON - timedelta(minutes=age))
    failure = JobRunFactory(state=RunState.FAILED, started_at=NOON - timedelta(days=300))

    assert trim_job_runs() == 5
    assert JobRun.objects.filter(state=RunState.DONE).earliest("started_at").started_at == NOON - timedelta(minutes=49)
    assert JobRun.objects.filter(pk=failure.pk).exists()


def test_a_task_is_recorded_when_the_schedule_asked_for_it_and_only_then(db):
    @current_app.task(name="tests.five", base=ActingTask)
    def five() -> int:
        return 5

    five()
    assert rows("tests-five") == []

    five.apply(headers={"periodic_task_name": "tests-five", "ordered_by": "Olga"})
    assert list(JobRun.objects.values_list("job", "state", "amount", "ordered_by")) == [("tests-five", "done", 5, "Olga")]


def test_every_entry_of_the_timetable_is_explained(settings):
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} == set(jobs.known())
    assert all(str(job.label) and str(job.does) for job in jobs.known().values())


# Rhythm


def every(count: int, period: str = IntervalSchedule.SECONDS) -> IntervalSchedule:
    return IntervalSchedule(every=count, period=period)


@pytest.mark.parametrize(
    ("times", "after", "turn"),
    [
        ("0 7 * * *", NOON, datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),
        ("0 7 * * *", NOON - timedelta(days=1), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        ("0 7 * * *", NOON - timedelta(days=2), datetime(2026, 3, 28, 6, 0, tzinfo=UTC)),
        ("*/15 * * * *", NOON, NOON + timedelta(minutes=15)),
        ("0 12 1 1 *", NOON, datetime(2027, 1, 1, 11, 0, tzinfo=UTC)),
    ],
)
def test_fixed_times_are_those_of_the_amsterdam_clock(times, after, turn):
    assert rhythm.turn_after(rhythm.fixed_times(times), after) == turn


@pytest.fixture
def task(db) -> PeriodicTask:
    made = every(5)
    made.save()
    return PeriodicTask.objects.create(name="events-sweep", task="events.sweep", interval=made, expire_seconds=5)


def standing(task: PeriodicTask) -> queries.Standing:
    (found,) = queries.standings()
    assert found.job == task.name
    return found


def test_a_job_that_missed_three_turns_is_late(task):
    with time_machine.travel(NOON, tick=False) as clock:
        run(0, job=task.name)
        clock.shift(134)
        assert not standing(task).late
        clock.shift(2)
        assert standing(task).late


def test_a_job_that_never_ran_is_late_from_when_it_was_set(task):
    assert not standing(task).late
    with time_machine.travel(now() + timedelta(minutes=3), tick=False):
        assert standing(task).late


def test_a_daily_job_at_a_fixed_time_is_late_after_three_days(db):
    times = rhythm.fixed_times("0 7 * * *")
    times.save()
    task = PeriodicTask.objects.create(name="daily", task="events.purge", crontab=times)
    with time_machine.travel(NOON, tick=False) as clock:
        run(1, job="daily")
        clock.move_to(datetime(2026, 4, 1, 5, 1, tzinfo=UTC))
        assert not standing(task).late
        clock.shift(120)
        assert standing(task).late


def test_the_last_success_and_a_failure_after_it_are_both_known(task):
    with time_machine.travel(NOON, tick=False) as clock:
        run(2, job=task.name)
        clock.shift(5)
        fail(job=task.name)
        found = standing(task)

    assert (found.failing, found.last_success_at) == (True, NOON)


def test_a_job_that_is_off_is_missed_if_the_business_needs_it(task):
    PeriodicTask.objects.filter(pk=task.pk).update(enabled=False)
    assert (standing(task).missed, standing(task).late) == (True, False)

    PeriodicTask.objects.filter(pk=task.pk).update(task="events.purge")
    assert not standing(task).missed


# Staff


@pytest.fixture
def operator(client, db):
    operator = UserFactory(superuser=True, first_name="Olga", last_name="")
    client.force_login(operator)
    return operator


def address(task: PeriodicTask) -> str:
    return reverse(CHANGE, args=[task.pk])


def test_the_page_tells_what_a_job_does_and_how_it_went(client, operator, task):
    fail(job=task.name)

    page = client.get(address(task), headers={"accept-language": "en"}).content.decode()

    assert "Tells every part of the system what happened" in page
    assert "ValueError: no such thing" in page


def test_the_list_tells_how_every_job_fares(client, operator, task):
    page = client.get(reverse("admin:django_celery_beat_periodictask_changelist"), headers={"accept-language": "en"})

    assert "Deliver events" in page.content.decode()
    assert "every 5 seconds" in page.content.decode()
    assert "on time" in page.content.decode()


def test_staff_give_a_job_another_interval(client, operator, task):
    answer = client.post(address(task), {"every": "2", "period": "minutes", "times": "", "enabled": "on"})

    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.interval.every, task.interval.period, task.crontab, task.expire_seconds) == (2, "minutes", None, None)


def test_staff_give_a_job_fixed_times_and_an_interval_again(client, operator, task):
    client.post(address(task), {"every": "", "period": "seconds", "times": "0 7 * * 1-5", "enabled": "on"})
    task.refresh_from_db()
    assert (task.interval, rhythm.cron_line(task.crontab), str(task.crontab.timezone)) == (
        None,
        "0 7 * * 1-5",
        "Europe/Amsterdam",
    )

    client.post(address(task), {"every": "5", "period": "seconds", "times": "", "enabled": "on"})
    task.refresh_from_db()
    assert (task.interval.every, task.crontab, task.expire_seconds) == (5, None, 5)
    assert (IntervalSchedule.objects.count(), CrontabSchedule.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"every": "0"}, "The least is 1."),
        ({"every": "-5"}, "The least is 1."),
        ({"every": "32", "period": "days"}, "The longest interval is 31 days."),
        ({"every": "99999999999999", "period": "days"}, "The longest interval is 31 days."),
        ({"every": "five"}, "Enter a whole number."),
        ({"period": "fortnights"}, "fortnights is not one of the available choices"),
        ({"every": ""}, "Say how often, or at what times."),
        ({"times": "0 7 * * *"}, "Choose an interval or fixed times, not both."),
        ({"every": "", "times": "daily"}, "Five parts are needed"),
        ({"every": "", "times": "61 7 * * *"}, "“61” is no minute."),
        ({"every": "", "times": "0 25 * * *"}, "“25” is no hour."),
        ({"every": "", "times": "0 7 30 2 *"}, "Such a moment never comes."),
        ({"every": "", "times": "0 7 * * monday-ish"}, "is no day of the week."),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(client, operator, task, answers, text):
    given = {"every": "5", "period": "seconds", "times": "", "enabled": "on", **answers}
    page = client.post(address(task), given, headers={"accept-language": "en"})

    assert page.status_code == 200
    assert text in page.content.decode()
    task.refresh_from_db()
    assert (task.interval.every, task.interval.period, task.crontab, task.enabled) == (5, "seconds", None, True)


def test_switching_off_what_must_run_warns(client, operator, task):
    page = client.post(
        address(task), {"every": "5", "period": "seconds", "times": ""}, follow=True, headers={"accept-language": "en"}
    )

    task.refresh_from_db()
    assert task.enabled is False
    assert "the business cannot do without it" in page.content.decode()
    (tile,) = jobs_in_trouble(Viewer(user=operator))
    assert (tile.value, tile.tone) == (1, "danger")


def test_who_may_only_look_changes_and_runs_nothing(client, task):
    reader = UserFactory(staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_periodictask", "scope_multi_entity"]))
    client.force_login(reader)

    assert client.get(address(task)).status_code == 200
    refused = client.post(address(task), {"every": "9", "period": "seconds", "times": "", "enabled": "on"})

    task.refresh_from_db()
    assert (refused.status_code, task.interval.every) == (403, 5)


def test_without_trouble_there_is_no_tile(operator, task):
    assert jobs_in_trouble(Viewer(user=operator)) == []


def test_a_job_is_run_out_of_its_turn(client, operator, task, monkeypatch):
    sent = []
    monkeypatch.setattr(current_app._get_current_object(), "send_task", lambda name, **options: sent.append((name, options)))

    client.post(reverse("admin:django_celery_beat_periodictask_button", args=[task.pk, "run-now"]))

    assert sent == [
        ("events.sweep", {"ignore_result": True, "headers": {"periodic_task_name": "events-sweep", "ordered_by": "Olga"}})
    ]


def test_without_a_broker_it_says_so(client, operator, task, monkeypatch):
    def unreachable(*args: object, **options: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app._get_current_object(), "send_task", unreachable)

    page = client.post(
        reverse("admin:django_celery_beat_periodictask_button", args=[task.pk, "run-now"]),
        follow=True,
        headers={"accept-language": "en"},
    )

    assert "The worker cannot be reached now." in page.content.decode()
