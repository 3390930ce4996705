"""Two at once, with real threads and commits: exactly one wins. And without the lock both do: the race is real."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from apps.core.errors import Conflict
from apps.core.records import ref_to
from apps.workflow import queries, services
from apps.workflow.calendars import ROUND_THE_CLOCK
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatusTransition
from apps.workflow.services import change
from apps.workflow.sla import Step, visit_of
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory

ROUNDS = 12


def moved(task, status):
    return lambda: services.change_status(task, status, by=None)


def outcomes(results):
    return sorted(result.code if isinstance(result, Conflict) else result.to_status for result in results)


def race(task):
    """Complete and cancel a task that both have read while it was open."""
    return together([moved(task, S.COMPLETED), moved(task, S.CANCELLED)])


@pytest.mark.usefixtures("real_commits")
def test_of_two_conflicting_changes_exactly_one_wins():
    for number in range(ROUNDS):
        task = services.create_task(title=f"Wedloop {number}")

        results = race(task)

        winner = next(result for result in results if isinstance(result, StatusTransition))
        assert outcomes(results) == sorted([winner.to_status, "status_conflict"])
        assert InternalTask.objects.get(pk=task.pk).status == winner.to_status
        assert list(queries.history(ref_to(task)).values_list("sequence", "to_status")) == [
            (1, "open"),
            (2, winner.to_status),
        ]


@pytest.mark.usefixtures("real_commits")
def test_by_the_generic_door_with_an_expected_status_exactly_one_wins():
    task = services.create_task(title="Wedloop")

    def change_to(status):
        return lambda: services.change_entity_status(
            entity_type="internal_task", entity_id=task.pk, to_status=status, expected_status=S.OPEN
        )

    results = together([change_to(status) for status in (S.COMPLETED, S.CANCELLED) * 4])

    assert sum(isinstance(result, StatusTransition) for result in results) == 1
    assert [result.code for result in results if isinstance(result, Conflict)] == ["status_conflict"] * 7
    assert queries.history(ref_to(task)).count() == 2


@pytest.mark.usefixtures("real_commits")
def test_without_the_lock_both_pass_every_check(monkeypatch):
    """The negative control: only the number's unique constraint, the last net, still keeps the log from a fork."""

    def read_without_lock(record):
        return type(record)._base_manager.get(pk=record.pk)

    monkeypatch.setattr(change, "_lock", read_without_lock)
    monkeypatch.setattr(change, "_lock_current_status", read_clock_without_lock)
    monkeypatch.setattr(change, "insert", keep_any_number(change.insert))

    both = 0
    for number in range(ROUNDS):
        results = race(services.create_task(title=f"Wedloop {number}"))
        both += all(isinstance(result, StatusTransition) for result in results)

    assert both > 0


def read_clock_without_lock(record):
    rows = EntityCurrentStatus.objects.filter(entity_type=record.entity_type, entity_id=record.pk)
    return rows.select_related("last_transition").first()


def keep_any_number(insert):
    """Past the unique constraint on the number: each step gets one of its own."""

    def numbered(transition):
        if transition.from_status is not None:
            transition.sequence = 2 if transition.to_status == S.COMPLETED else 3
        return insert(transition)

    return numbered


@pytest.mark.usefixtures("real_commits")
def test_a_policy_that_changes_while_records_move_leaves_every_clock_as_the_log_says():
    worker = UserFactory()
    policy = StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8)
    tasks = [services.create_task(title=f"Taak {number}", assigned_to=worker) for number in range(12)]
    started = [services.change_status(task, S.IN_PROGRESS, by=None).record for task in tasks]
    policy.sla_hours = 16

    results = together([lambda: services.save_policy(policy, by=None), *(moved(task, S.WAITING) for task in started)])

    assert [result for result in results if isinstance(result, BaseException)] == []
    for task in tasks:
        back = services.change_status(InternalTask.objects.get(pk=task.pk), S.IN_PROGRESS, by=None)
        log = [Step(at=step.occurred_at, to_status=step.to_status) for step in queries.history(ref_to(task))]
        visit = visit_of(log, paused_in=task.paused_in, calendar=ROUND_THE_CLOCK)
        assert back.sla_deadline == visit.moments(16, ROUND_THE_CLOCK).deadline


def arrive_while_the_policy_changes():
    """A task arrives in a status and is not committed yet when somebody gives the status sixteen hours. Gives its hours."""
    task = services.create_task(title="Aankomst", assigned_to=UserFactory())
    policy = StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8)
    policy.sla_hours = 16
    arrived, changed = threading.Event(), threading.Event()

    def arrive():
        with transaction.atomic():
            services.change_status(task, S.IN_PROGRESS, by=None)
            arrived.set()
            changed.wait(1)  # where the lock holds, the other waits for us: this runs out

    def change_policy():
        arrived.wait(10)
        services.save_policy(policy, by=None)
        changed.set()

    assert together([arrive, change_policy]) == [None, None]
    row = queries.current_status(ref_to(task))
    return (row.sla_deadline - row.status_since) / timedelta(hours=1)


@pytest.mark.usefixtures("real_commits")
def test_a_record_that_arrives_while_its_policy_changes_gets_the_new_hours():
    assert arrive_while_the_policy_changes() == 16


@pytest.mark.usefixtures("real_commits")
def test_without_the_lock_on_the_policy_it_keeps_the_old_hours(monkeypatch):
    """The negative control."""
    monkeypatch.setattr(change, "_policy_in_force", queries.policy_for)

    assert arrive_while_the_policy_changes() == 8


@pytest.mark.usefixtures("real_commits")
def test_a_record_that_arrives_while_a_calendar_is_made_counts_by_it():
    entity = BusinessEntityFactory()
    StatusPolicyFactory(status=S.OPEN, sla_hours=200)
    calendar = BusinessCalendarFactory.build(business_entity=entity)
    made = [partial(services.create_task, title=f"Taak {number}", business_entity=entity) for number in range(10)]

    results = together([*made[:5], lambda: services.save_calendar(calendar, by=None), *made[5:]])

    assert [result for result in results if isinstance(result, BaseException)] == []
    kept = queries.calendar_of(entity.pk)
    for row in EntityCurrentStatus.objects.all():
        assert row.sla_deadline == kept.add(row.status_since, timedelta(hours=200))
