"""The one way in which a status changes."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import InternalError, connection
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditLog
from apps.core.actor import acting
from apps.core.errors import Malformed, NotFound
from apps.core.records import RecordRef, ref_to
from apps.events.models import OutboxEvent
from apps.workflow import queries, services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatusTransition
from tests.factories.workflow import InternalTaskFactory, StatusPolicyFactory
from tests.workflow.conftest import MONDAY
from tests.workflow.reading import steps, stored, unchanged

pytestmark = pytest.mark.django_db


# What a change leaves behind


def test_a_record_begins_with_its_creation(task, planner):
    transition = queries.history(ref_to(task)).get()

    assert (transition.sequence, transition.from_status, transition.to_status) == (1, None, "open")
    assert transition.triggered_by == planner
    assert queries.current_status(ref_to(task)).current_status == "open"
    assert not OutboxEvent.objects.exists()


@time_machine.travel(MONDAY, tick=False)
def test_a_change_moves_the_record_and_logs_the_step(task, planner):
    transition = services.change_status(task, S.IN_PROGRESS, reason="Nu meteen", by=planner)

    moved = stored(task)
    assert (moved.status, moved.version) == ("in_progress", 2)
    assert transition.record == moved
    assert transition.record.status == "in_progress"
    assert task.status == "open"
    kept = StatusTransition.objects.get(pk=transition.pk)
    assert (kept.sequence, kept.from_status, kept.to_status) == (2, "open", "in_progress")
    assert (kept.transition_reason, kept.workflow, kept.occurred_at) == ("Nu meteen", "default", MONDAY)
    assert (kept.actor_kind, kept.actor_id, kept.actor_label) == ("user", str(planner.pk), "Pien Planner")
    assert kept.triggered_by == planner
    standing = queries.current_status(ref_to(task))
    assert (standing.current_status, standing.status_since) == ("in_progress", MONDAY)
    assert (standing.last_transition, standing.assigned_user) == (kept, planner)


def test_a_change_is_published_with_its_number(task):
    transition = services.change_status(task, S.IN_PROGRESS, by=None)

    event = OutboxEvent.objects.get()
    assert event.name == "workflow.status_changed"
    assert event.payload == {
        "entity_type": "internal_task",
        "entity_id": str(task.pk),
        "transition_id": str(transition.pk),
        "sequence": 2,
        "from_status": "open",
        "to_status": "in_progress",
    }


def test_the_log_names_the_actor_of_the_door(task, planner):
    with acting(kind="api_key", id="k1", label="Webshop", request_id="r-1"):
        transition = services.change_status(task, S.IN_PROGRESS, by=planner)

    assert (transition.actor_kind, transition.actor_id, transition.actor_label) == ("api_key", "k1", "Webshop")
    assert transition.request_id == "r-1"
    assert transition.triggered_by == planner


def test_a_change_stands_in_history_and_audit_log(task):
    services.change_status(task, S.IN_PROGRESS, by=None)

    assert list(task.history.order_by("history_id").values_list("status", flat=True)) == ["open", "in_progress"]
    logged = AuditLog.objects.filter(table_name="internal_task", record_id=str(task.pk), action="update").get()
    assert logged.new_values["status"] == "in_progress"


def test_steps_are_numbered_per_record(task):
    services.change_status(task, S.IN_PROGRESS, by=None)
    services.change_status(stored(task), S.WAITING, by=None)
    services.change_status(stored(task), S.IN_PROGRESS, by=None)
    services.complete_task(task=stored(task), by=None)

    assert steps(task) == [
        (1, None, "open"),
        (2, "open", "in_progress"),
        (3, "in_progress", "waiting"),
        (4, "waiting", "in_progress"),
        (5, "in_progress", "completed"),
    ]


def test_a_record_that_came_in_past_the_engine_moves_all_the_same():
    task = InternalTaskFactory()

    services.complete_task(task=task, by=None)

    assert steps(task) == [(2, "open", "completed")]
    assert queries.current_status(ref_to(task)).current_status == "completed"


def test_a_milestone_is_marked_in_the_log(task):
    StatusPolicyFactory(status=S.COMPLETED, milestone=True)

    services.complete_task(task=task, by=None)

    assert list(queries.history(ref_to(task)).values_list("is_milestone", flat=True)) == [False, True]


def test_few_statements_and_each_for_a_reason(task, planner):
    with CaptureQueriesContext(connection) as captured:
        services.change_status(task, S.IN_PROGRESS, by=planner)

    # What other apps hear of it is theirs: one more statement for all of them together.
    ours = [query["sql"] for query in captured if not re.search("SAVEPOINT|event_?delivery", query["sql"])]
    # Row, policy and clock are read; row, step, clock and event are written. The row's history writes itself.
    assert [statement.split()[0] for statement in ours] == [
        "SELECT",
        "SELECT",
        "SELECT",
        "UPDATE",
        "INSERT",
        "INSERT",
        "INSERT",
    ]


# Context


def test_the_method_takes_from_the_context_what_it_names(task):
    transition = services.change_status(
        task, S.COMPLETED, context={"completion_notes": "Gebeld", "weather": {"rain": True}}, by=None
    )

    assert stored(task).completion_notes == "Gebeld"
    assert transition.business_context == {"completion_notes": "Gebeld", "weather": {"rain": True}}


@time_machine.travel(MONDAY, tick=False)
def test_what_the_engine_gives_cannot_be_brought_in_by_the_context(task):
    services.change_status(task, S.COMPLETED, context={"at": "1999-01-01T00:00:00Z", "to_status": "open"}, by=None)

    assert stored(task).completed_at == MONDAY


def test_a_context_that_does_not_fit_the_row_is_malformed(task):
    with pytest.raises(Malformed) as refused:
        services.change_status(task, S.COMPLETED, context={"completion_notes": "x" * 2001}, by=None)

    assert [(field.pointer, field.code) for field in refused.value.fields] == [
        ("/business_context/completion_notes", "max_length")
    ]
    assert unchanged(task)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"reason": "x" * 2001}, "/transition_reason"),
        ({"context": {"story": "x" * 20_001}}, "/business_context"),
        ({"context": {"story": "é" * 4_000}}, "/business_context"),
    ],
)
def test_what_the_log_cannot_keep_is_malformed(task, given, pointer):
    with pytest.raises(Malformed) as refused:
        services.change_status(task, S.COMPLETED, by=None, **given)

    assert [(field.pointer, field.code) for field in refused.value.fields] == [(pointer, "too_long")]
    assert unchanged(task)


# The generic door


def test_the_generic_door_moves_any_record(task, planner):
    transition = services.change_entity_status(
        entity_type="internal_task",
        entity_id=task.pk,
        to_status="completed",
        transition_reason="Klaar",
        business_context={"completion_notes": "Gebeld"},
        expected_status="open",
        by=planner,
    )

    assert (transition.from_status, transition.to_status, transition.transition_reason) == ("open", "completed", "Klaar")
    assert stored(task).completion_notes == "Gebeld"


@pytest.mark.parametrize("entity_type", ["internal_task", "unicorn", "organization"])
def test_the_generic_door_does_not_know_what_is_not_there(entity_type):
    with pytest.raises(NotFound):
        services.change_entity_status(entity_type=entity_type, entity_id=uuid.uuid4(), to_status="completed")


def test_the_generic_door_does_not_know_what_is_not_theirs(task, colleague):
    with pytest.raises(NotFound):
        services.change_entity_status(entity_type="internal_task", entity_id=task.pk, to_status="completed", by=colleague)

    assert unchanged(task)


def test_an_arrow_that_belongs_to_an_act_is_carried_out_by_it(task, planner, plugs):
    calls = []

    def finish(*, record, context, reason, expected_status, by):
        calls.append((record, context, reason, expected_status, by))
        return services.change_status(record, S.COMPLETED, reason=f"act: {reason}", by=by)

    services.act("internal_task", S.COMPLETED, finish, asks_for=("result",))

    transition = services.change_entity_status(
        entity_type="internal_task",
        entity_id=task.pk,
        to_status="completed",
        transition_reason="klaar",
        business_context={"result": "ok"},
        expected_status="open",
        by=planner,
    )

    assert calls == [(task, {"result": "ok"}, "klaar", "open", planner)]
    assert transition.transition_reason == "act: klaar"


def test_an_act_for_one_arrow_stands_above_an_act_for_its_target(task, plugs):
    def act_named(name):
        def carry_out(*, record, context, reason, expected_status, by):
            return services.change_status(record, S.COMPLETED, reason=name, by=by)

        return carry_out

    services.act("internal_task", S.COMPLETED, act_named("from open"), from_status=S.OPEN)
    services.act("internal_task", S.COMPLETED, act_named("from anywhere"))
    started = services.change_status(services.create_task(title="Tweede", assigned_to=task.assigned_to), S.IN_PROGRESS, by=None)

    reasons = [
        services.change_entity_status(entity_type="internal_task", entity_id=key, to_status="completed").transition_reason
        for key in (task.pk, started.entity_id)
    ]

    assert reasons == ["from open", "from anywhere"]


# Nobody gets past the engine


@pytest.mark.parametrize(
    "write",
    [
        lambda task: setattr(task, "status", S.COMPLETED),
        lambda task: InternalTask.objects.filter(pk=task.pk).update(status=S.COMPLETED),
        lambda task: InternalTask.objects.bulk_update([task], ["status"]),
        lambda task: InternalTask.objects.bulk_create(
            [task], update_conflicts=True, unique_fields=["id"], update_fields=["status"]
        ),
        lambda task: InternalTask.objects.update_or_create(pk=task.pk, defaults={"status": S.COMPLETED}),
        lambda task: task.refresh_from_db(),
    ],
)
def test_a_status_cannot_be_written_directly(task, write):
    with pytest.raises(AttributeError):
        write(task)

    assert unchanged(task)


@pytest.mark.parametrize("statement", ["UPDATE status_transitions SET to_status = 'x'", "DELETE FROM status_transitions"])
def test_the_application_may_not_rewrite_the_log(task, statement):
    with pytest.raises((ProgrammingError, InternalError)), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_fold_of_the_log_is_the_present_status(task, planner):
    with time_machine.travel(MONDAY, tick=False) as clock:
        for status in (S.IN_PROGRESS, S.WAITING, S.IN_PROGRESS, S.COMPLETED):
            clock.shift(timedelta(hours=1))
            services.change_status(stored(task), status, by=planner)

    last = queries.history(RecordRef(entity_type="internal_task", entity_id=task.pk)).last()
    standing = EntityCurrentStatus.objects.get(entity_id=task.pk)
    assert last.to_status == standing.current_status == stored(task).status == "completed"
    assert standing.last_transition == last
