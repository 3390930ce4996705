"""`verify` works every clock out again from the log; by SQL where every hour counts, by the calendar where there is one."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from apps.core.consistency import Snapshot
from apps.core.records import ref_to
from apps.workflow import queries, services
from apps.workflow.checks.clocks import clocks
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatusPolicy
from apps.workflow.tasks import process_sla_monitoring
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def differences():
    view = Snapshot(connection.connection)
    found = list(clocks(view))
    return view.looked_at, found


@pytest.fixture(params=["round the clock", "in business hours"])
def task(request, planner):
    """In progress since Monday; held from eleven to two o'clock, overdue and told of."""
    entity = BusinessEntityFactory()
    if request.param == "in business hours":
        BusinessCalendarFactory(business_entity=entity)
    StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=4)
    with time_machine.travel(MONDAY, tick=False) as clock:
        task = services.create_task(title="Bel terug", assigned_to=UserFactory(), business_entity=entity)
        for status, later in ((S.IN_PROGRESS, 0), (S.WAITING, 2), (S.IN_PROGRESS, 3)):
            clock.shift(later * HOUR)
            task = services.change_status(task, status, by=None).record
        clock.shift(10 * HOUR)
        process_sla_monitoring()
        yield task


def test_what_the_services_made_differs_nowhere(task):
    assert queries.current_status(ref_to(task)).is_overdue
    assert differences() == (1, [])


def test_a_record_on_hold_differs_nowhere(task):
    services.change_status(InternalTask.objects.get(pk=task.pk), S.WAITING, by=None)

    assert differences() == (1, [])


@pytest.mark.parametrize(
    "planted",
    [
        {"sla_deadline": MONDAY + 8 * HOUR},
        {"reminder_at": MONDAY + HOUR},
        {"escalates_at": MONDAY + 100 * HOUR},
        {"next_stage_at": None},
        {"stage": 4},
        {"status_since": MONDAY + HOUR},
    ],
    ids=lambda planted: next(iter(planted)),
)
def test_whatever_the_log_does_not_say_is_found(task, planted):
    EntityCurrentStatus.objects.filter(entity_id=task.pk).update(**planted)

    _looked_at, [difference] = differences()
    assert difference.record == f"internal_task {task.pk}"


def test_hours_changed_past_the_services_are_found(task):
    StatusPolicy.objects.update(sla_hours=3)

    assert len(differences()[1]) == 1


def test_an_overdue_flag_on_what_is_in_time_is_found(task):
    policy = StatusPolicy.objects.get()
    policy.sla_hours = 100
    services.save_policy(policy, by=None)
    assert differences()[1] == []

    EntityCurrentStatus.objects.filter(entity_id=task.pk).update(is_overdue=True)

    assert len(differences()[1]) == 1


def test_an_overdue_record_washed_clean_on_hold_is_found(task):
    services.change_status(InternalTask.objects.get(pk=task.pk), S.WAITING, by=None)
    EntityCurrentStatus.objects.filter(entity_id=task.pk).update(is_overdue=False)

    assert len(differences()[1]) == 1
