"""What colleagues have to do."""

import re

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.core.contributions import contributions
from apps.core.errors import Conflict, Malformed, Refused
from apps.core.records import RecordRef, ref_to
from apps.workflow import queries, services
from apps.workflow.choices import StatusCategory, TaskPriority, TaskType
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import InternalTask
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.factories.workflow import InternalTaskFactory, StatusPolicyFactory
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db


def test_a_task_is_about_a_record(planner):
    organization = OrganizationFactory()
    about = RecordRef(entity_type="organization", entity_id=organization.pk)

    task = services.create_task(
        title="Adres navragen",
        task_type=TaskType.RESEARCH,
        priority=TaskPriority.HIGH,
        about=about,
        assigned_to=planner,
        due_at=MONDAY,
        created_by=planner,
    )

    kept = InternalTask.objects.get(pk=task.pk)
    assert kept.about == about
    assert (kept.task_type, kept.priority, kept.due_at, kept.status) == ("research", "high", MONDAY, "open")
    assert kept.created_by == planner


def test_a_task_about_nothing_says_so(task):
    assert task.about is None


@time_machine.travel(MONDAY, tick=False)
def test_a_task_is_completed_with_one_act(task, planner):
    done = services.complete_task(task=task, completion_notes="Gebeld", by=planner)

    assert (done.status, done.completed_at, done.completion_notes) == ("completed", MONDAY, "Gebeld")


def test_a_task_is_completed_once(task):
    done = services.complete_task(task=task, by=None)

    with pytest.raises(Conflict) as refused:
        services.complete_task(task=done, by=None)

    assert refused.value.code == "invalid_status_transition"


def test_whoever_takes_a_task_has_it_and_begins(colleague):
    task = services.create_task(title="Van niemand")

    taken = services.take_task(task=task, by=colleague)

    assert (taken.status, taken.assigned_to) == ("in_progress", colleague)
    assert queries.current_status(ref_to(task)).assigned_user == colleague


def test_a_task_that_cannot_be_begun_is_not_taken_either(task, planner, colleague):
    services.take_task(task=task, by=planner)

    with pytest.raises(Conflict):
        services.take_task(task=task, by=colleague)

    assert InternalTask.objects.get(pk=task.pk).assigned_to == planner


def test_assigning_is_seen_in_the_current_status_at_once(task, colleague):
    services.assign_task(task=task, assigned_to=colleague, by=None)

    assert queries.current_status(ref_to(task)).assigned_user == colleague


def test_an_edit_writes_what_was_changed_and_raises_the_version(task):
    edited = services.edit_task(task=task, changes={"title": "Mail de klant"}, by=None)

    assert (edited.title, edited.version) == ("Mail de klant", 2)


@pytest.mark.parametrize("name", ["status", "version", "created_by"])
def test_what_is_not_for_editing_cannot_be_edited(task, name):
    with pytest.raises(Malformed):
        services.edit_task(task=task, changes={name: "completed"}, by=None)

    assert InternalTask.objects.get(pk=task.pk).status == "open"


def test_a_finished_task_is_left_as_it_was(task):
    services.cancel_task(task=task, reason="Dubbel", by=None)

    with pytest.raises(Refused) as refused:
        services.edit_task(task=task, changes={"title": "Anders"}, by=None)

    assert refused.value.code == "task_finished"
    assert InternalTask.objects.get(pk=task.pk).title == "Bel de klant terug"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": S.COMPLETED},
        {"status": S.OPEN, "completed_at": MONDAY},
        {"status": "unicorn"},
        {"about_type": "order"},
        {"priority": "very"},
    ],
)
def test_the_database_refuses_a_task_that_makes_no_sense(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        InternalTaskFactory(**fields)


def test_staff_see_the_tasks_of_their_entities_and_of_the_group():
    chargecars, laderthuis = (BusinessEntityFactory(entity_code=code) for code in ("chargecars", "laderthuis"))
    staff = MembershipFactory(business_entity=chargecars).user
    tasks = [services.create_task(title=name, business_entity=entity) for name, entity in
             [("eigen", chargecars), ("ander", laderthuis), ("groep", None)]]  # fmt: skip

    seen = InternalTask.objects.visible_to(staff)

    assert {task.title for task in seen} == {tasks[0].title, tasks[2].title}
    assert list(InternalTask.objects.visible_to(UserFactory())) == []


def test_the_steps_of_a_record_stand_on_its_timeline(task, planner):
    StatusPolicyFactory(status=S.COMPLETED, label_nl="Afgerond", category=StatusCategory.COMPLETED)
    services.complete_task(task=task, by=planner)

    with translation.override("nl"):
        entries = contributions.timeline_of("internal_task", [task.pk])[task.pk]

    assert [(str(entry.title), entry.kind, entry.by, entry.tone) for entry in entries] == [
        ("Open", "status", "Pien Planner", "info"),
        ("Afgerond", "status", "Pien Planner", "success"),
    ]


def test_what_is_to_be_done_stands_on_the_page_of_its_record(task, colleague):
    about = ref_to(task)
    done = services.create_task(title="Eerst dit", about=about)
    services.complete_task(task=done, by=None)
    services.create_task(title="Dan dat", about=about, assigned_to=colleague, due_at=MONDAY)

    panel = contributions.panels_of("internal_task", task, user=UserFactory(superuser=True))[0]

    names = [re.sub("<.*?>", "", row[0]) for row in panel.rows]
    assert [(name, str(row[2])) for name, row in zip(names, panel.rows, strict=True)] == [
        ("Dan dat", "Bram Bakker"),
        ("Eerst dit", "–"),
    ]


def test_timelines_cost_the_same_for_every_number_of_records(planner, django_assert_num_queries):
    keys = [services.create_task(title=f"Taak {number}").pk for number in range(3)]

    for ids in (keys[:1], keys):
        with django_assert_num_queries(2):
            found = contributions.timeline_of("internal_task", ids)
        assert [len(found[key]) for key in ids] == [1] * len(ids)
