"""Many records at once move as each of them would alone: the same rules, rows and events."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from apps.audit.models import AuditLog
from apps.core.actor import acting
from apps.core.errors import Conflict, DomainError, Malformed, NotFound, Refused
from apps.core.records import ref_to
from apps.events.models import EventDelivery, OutboxEvent
from apps.workflow import queries, services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import EntityCurrentStatus, InternalTask, StatusTransition
from apps.workflow.services import Move
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import InternalTaskFactory, StatusPolicyFactory
from tests.transactions import undone
from tests.workflow.conftest import MONDAY
from tests.workflow.reading import steps, stored, unchanged

pytestmark = pytest.mark.django_db

OF_THEIR_OWN = {"id", "pk", "created_at", "updated_at", "history_id", "history_date", "event_id", "last_transition_id"}


def written():
    """Every row that a move leaves behind, without keys and moments of its own."""
    rows = (
        InternalTask.objects.order_by("pk"),
        InternalTask.history.order_by("id", "history_id"),
        StatusTransition.objects.order_by("entity_id", "sequence"),
        EntityCurrentStatus.objects.order_by("entity_id"),
        OutboxEvent.objects.order_by("payload__entity_id", "payload__sequence"),
        EventDelivery.objects.order_by("event__payload__entity_id", "event__payload__sequence", "subscriber"),
    )
    told = [{name: value for name, value in row.items() if name not in OF_THEIR_OWN} for each in rows for row in each.values()]
    for row in told:
        if "payload" in row:
            row["payload"].pop("transition_id", None)  # of a step; who was given a task is told without one
    logged = AuditLog.objects.filter(table_name="internal_task").order_by("record_id", "id")
    return told, list(logged.values_list("record_id", "action", "actor_label", "root_id"))


def test_each_moves_and_is_answered_in_the_order_in_which_it_was_asked(planner):
    tasks = [services.create_task(title=title, assigned_to=planner, created_by=planner) for title in ("Een", "Twee", "Drie")]
    moves = [
        Move(record=tasks[2], to_status=S.IN_PROGRESS, reason="Nu meteen"),
        Move(record=tasks[0], to_status=S.COMPLETED, context={"completion_notes": "Gebeld"}),
    ]

    first, second = services.change_statuses(moves, by=planner)

    assert (first.record, first.to_status, first.transition_reason) == (stored(tasks[2]), "in_progress", "Nu meteen")
    assert (second.record, second.to_status, second.record.completion_notes) == (stored(tasks[0]), "completed", "Gebeld")
    assert [steps(task) for task in tasks] == [
        [(1, None, "open"), (2, "open", "completed")],
        [(1, None, "open")],
        [(1, None, "open"), (2, "open", "in_progress")],
    ]
    assert [task.status for task in tasks] == ["open"] * 3
    assert queries.current_status(ref_to(tasks[0])).last_transition == second


def test_nothing_to_move_is_nothing():
    assert services.change_statuses([], by=None) == []
    assert not StatusTransition.objects.exists()


def test_many_that_were_made_begin_their_logs_as_one_does(planner):
    StatusPolicyFactory(status=S.OPEN, sla_hours=4)
    StatusPolicyFactory(status=S.OPEN, sla_hours=8, business_entity=(entity := BusinessEntityFactory()))
    tasks = [InternalTaskFactory(business_entity=of) for of in (None, entity, None)]

    def begun(begin):
        with undone():
            begin()
            return written()

    with time_machine.travel(MONDAY, tick=False):
        singly = begun(lambda: [services.record_creation(task, by=planner) for task in tasks])
        together = begun(lambda: services.record_creations(tasks, by=planner))

    assert together == singly
    assert len([row for row in together[0] if row.get("to_status") == "open"]) == 3
    assert services.record_creations([], by=None) == []


class AnyMoves(HypothesisTestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        walks=st.lists(st.lists(st.sampled_from(S.values), max_size=3), min_size=1, max_size=5),
        targets=st.lists(st.sampled_from(S.values), min_size=5, max_size=5),
        own_policy=st.booleans(),
        reason=st.sampled_from(["", "Omdat het moet"]),
    )
    @time_machine.travel(MONDAY, tick=False)
    def test_many_at_once_leave_behind_what_one_after_the_other_does(self, walks, targets, own_policy, reason):
        entity = BusinessEntityFactory()
        planner = UserFactory(superuser=True)
        StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=4, milestone=True)
        StatusPolicyFactory(status=S.WAITING, reason_required=True)
        if own_policy:
            StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8, business_entity=entity)
        tasks = [self._walked(walk, entity if place % 2 else None, planner) for place, walk in enumerate(walks)]
        moves = [Move(record=stored(task), to_status=to, reason=reason) for task, to in zip(tasks, targets, strict=False)]

        with acting(kind="user", id="7", label="Pien"):
            with undone():
                refusal, singly = self._told(lambda: [self._singly(move, planner) for move in moves])
            with undone():
                refusal_of_all, together = self._told(lambda: services.change_statuses(moves, by=planner))

        assert refusal_of_all == refusal
        if refusal is None:
            assert together == singly

    def _walked(self, walk, entity, assigned_to):
        task = services.create_task(title="Bel", business_entity=entity, assigned_to=assigned_to)
        for to_status in walk:
            try:
                services.change_status(stored(task), to_status, reason="Verder", by=None)
            except DomainError:
                break
        return task

    def _singly(self, move, by):
        return services.change_status(move.record, move.to_status, reason=move.reason, context=move.context, by=by)

    def _told(self, act):
        try:
            act()
        except DomainError as refused:
            return (refused.code, str(refused.detail), refused.extra), None
        return None, written()


def test_the_first_that_is_refused_refuses_all(planner):
    free, finished = (services.create_task(title=title, assigned_to=planner, created_by=planner) for title in ("Een", "Twee"))
    services.complete_task(task=finished, by=planner)
    told = OutboxEvent.objects.count()

    with pytest.raises(Conflict) as refused:
        services.change_statuses(
            [Move(record=free, to_status=S.COMPLETED), Move(record=stored(finished), to_status=S.OPEN)], by=planner
        )

    assert refused.value.code == "invalid_status_transition"
    assert stored(free).status == "open"
    assert steps(free) == [(1, None, "open")]
    assert OutboxEvent.objects.count() == told


def test_one_that_moved_since_it_was_read_is_a_conflict(planner):
    task, moved = (services.create_task(title=title, assigned_to=planner, created_by=planner) for title in ("Een", "Twee"))
    services.change_status(moved, S.IN_PROGRESS, by=planner)

    with pytest.raises(Conflict) as refused:
        services.change_statuses([Move(record=each, to_status=S.COMPLETED) for each in (task, moved)], by=planner)

    assert refused.value.code == "status_conflict"
    assert stored(task).status == "open"


@pytest.mark.parametrize(
    ("move", "refusal", "code"),
    [
        ({"expected_status": "waiting"}, Conflict, "status_conflict"),
        ({"reason": "x" * 2_001}, Malformed, "malformed"),
        ({"context": {"completion_notes": "x" * 20_001}}, Malformed, "malformed"),
    ],
)
def test_what_one_alone_is_refused_for_many_are(task, move, refusal, code):
    with pytest.raises(refusal) as refused:
        services.change_statuses([Move(record=task, to_status=S.COMPLETED, **move)], by=None)

    assert refused.value.code == code
    assert unchanged(task)


def test_requirements_of_other_apps_are_asked_of_each(task, plugs):
    services.require("internal_task", S.COMPLETED, lambda record, _context: record.title == "x", "not_x", "Not x.")

    with pytest.raises(Refused) as refused:
        services.change_statuses([Move(record=task, to_status=S.COMPLETED)], by=None)

    assert refused.value.extra["reasons"] == [{"code": "not_x", "detail": "Not x."}]
    assert unchanged(task)


def test_a_record_that_is_gone_is_not_found(task):
    gone = InternalTaskFactory.build()

    with pytest.raises(NotFound):
        services.change_statuses([Move(record=each, to_status=S.COMPLETED) for each in (task, gone)], by=None)

    assert unchanged(task)


def test_a_record_stands_in_it_once(task):
    with pytest.raises(ValueError, match="2 moves of InternalTask"):
        services.change_statuses([Move(record=task, to_status=status) for status in (S.IN_PROGRESS, S.COMPLETED)], by=None)

    assert unchanged(task)


def test_ten_cost_as_many_statements_as_two(planner):
    tasks = [services.create_task(title="Bel", assigned_to=planner, created_by=planner) for _each in range(12)]

    with CaptureQueriesContext(connection) as of_two:
        services.change_statuses([Move(record=task, to_status=S.IN_PROGRESS) for task in tasks[:2]], by=planner)
    with CaptureQueriesContext(connection) as of_ten:
        services.change_statuses([Move(record=task, to_status=S.IN_PROGRESS) for task in tasks[2:]], by=planner)

    assert len(of_ten) == len(of_two)
