"""The status engine over HTTP."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import issue_access_token
from apps.core import clock
from apps.core.records import ref_to
from apps.workflow import queries, services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import InternalTask
from tests.factories.workflow import StatusPolicyFactory
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db

ENGINE = "/api/v1/status-engine"


class Caller:
    """Somebody with an access token."""

    def __init__(self, user):
        self.client = Client(headers={"authorization": f"Bearer {issue_access_token(user)}", "accept-language": "en"})

    def get(self, path):
        return self.client.get(f"{ENGINE}/{path}")

    def change(self, **body):
        return self.client.post(f"{ENGINE}/change", body, content_type="application/json")


@pytest.fixture
def as_planner(planner):
    return Caller(planner)


@pytest.fixture
def as_colleague(colleague):
    return Caller(colleague)


def address(task):
    return f"internal_task/{task.pk}"


def asked(task, to_status, **more):
    return {"entity_type": "internal_task", "entity_id": str(task.pk), "to_status": to_status, **more}


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()


def moment(hours):
    """So many hours after Monday nine o'clock, as the API writes it: on the Amsterdam clock."""
    return clock.local(MONDAY + timedelta(hours=hours)).isoformat()


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def test_a_change_answers_with_the_step(monday, task, as_planner):
    StatusPolicyFactory(status=S.IN_PROGRESS, sla_hours=8)

    answer = as_planner.change(
        **asked(task, "in_progress", transition_reason="Nu", business_context={"room": 4}, expected_status="open")
    )

    transition = queries.history(ref_to(task)).last()
    assert answer.status_code == 200
    assert answer.json() == {
        "from_status": "open",
        "to_status": "in_progress",
        "transition_id": str(transition.pk),
        "sequence": 2,
        "status_since": moment(0),
        "sla_deadline": moment(8),
    }
    assert (transition.status_since, transition.sla_deadline) == (MONDAY, MONDAY + timedelta(hours=8))
    assert (transition.transition_reason, transition.business_context) == ("Nu", {"room": 4})


@pytest.mark.parametrize(
    ("context", "kept"),
    [
        ({"a": [1, 2.5, {"b": None}], "c": True, "é": "👩"}, {"a": [1, 2.5, {"b": None}], "c": True, "é": "👩"}),
        ({}, {}),
        (None, {}),
    ],
)
def test_a_context_is_kept_as_it_was_given(task, as_planner, context, kept):
    answer = as_planner.change(**asked(task, "in_progress", business_context=context))

    assert answer.status_code == 200
    assert queries.history(ref_to(task)).last().business_context == kept


def test_the_status_shows_the_clock_and_every_way_with_its_reasons(monday, planner, as_planner):
    StatusPolicyFactory(status=S.OPEN, label_en="Waiting for somebody", sla_hours=24)
    StatusPolicyFactory(status=S.CANCELLED, label_en="Cancelled", reason_required=True)
    task = services.create_task(title="Van niemand")
    monday.shift(timedelta(hours=25))
    as_planner = Caller(planner)

    answer = as_planner.get(address(task))

    assert answer.status_code == 200
    body = answer.json()
    assert (body["current_status"], body["label"], body["workflow"]) == ("open", "Waiting for somebody", "default")
    assert (body["is_overdue"], body["severity"]) == (True, "info")
    assert body["allowed_transitions"] == [
        {"to_status": "completed", "label": "Completed", "needs_reason": False, "form_fields": ["completion_notes"]},
        {"to_status": "cancelled", "label": "Cancelled", "needs_reason": True, "form_fields": []},
    ]
    assert body["refused_transitions"] == [
        {
            "to_status": "in_progress",
            "label": "In progress",
            "needs_reason": False,
            "form_fields": [],
            "reasons": [{"code": "nobody_assigned", "detail": "Somebody has to have the task first."}],
        }
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"to_status": "waiting"}, 409, "invalid_status_transition"),
        ({"to_status": "completed", "expected_status": "waiting"}, 409, "status_conflict"),
        ({"to_status": "in_progress"}, 422, "guard_failed"),
        ({"to_status": "cancelled"}, 422, "reason_required"),
        ({"entity_type": "unicorn"}, 404, "unknown_entity_type"),
        ({"entity_id": str(uuid.UUID(int=0))}, 404, "not_found"),
        ({"entity_id": "12"}, 400, "malformed"),
        ({"to_status": None}, 400, "malformed"),
        ({"status": "completed"}, 400, "malformed"),
        ({"business_context": ["x"]}, 400, "malformed"),
        ({"transition_reason": "x" * 2001}, 400, "malformed"),
        ({"business_context": {"completion_notes": "x" * 2001}}, 400, "malformed"),
        ({"business_context": {"story": ["x" * 1000] * 21}}, 400, "malformed"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(as_planner, body, status, code):
    StatusPolicyFactory(status=S.CANCELLED, reason_required=True)
    task = services.create_task(title="Van niemand")

    answer = as_planner.change(**{**asked(task, "completed"), **body})

    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert InternalTask.objects.get(pk=task.pk).status == "open"
    assert queries.history(ref_to(task)).count() == 1


def test_an_impossible_change_says_what_is_possible(task, as_planner):
    refused = problem(as_planner.change(**asked(task, "waiting")))

    assert (refused["current"], refused["requested"]) == ("open", "waiting")
    assert refused["allowed"] == ["in_progress", "completed", "cancelled"]


def test_a_refusal_lists_every_reason(as_planner):
    refused = problem(as_planner.change(**asked(services.create_task(title="Van niemand"), "in_progress")))

    assert refused["reasons"] == [{"code": "nobody_assigned", "detail": "Somebody has to have the task first."}]


def test_what_is_not_theirs_is_not_there(task, as_colleague):
    answers = [
        as_colleague.get(address(task)),
        as_colleague.get(f"{address(task)}/history"),
        as_colleague.change(**asked(task, "completed")),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert InternalTask.objects.get(pk=task.pk).status == "open"


@pytest.mark.parametrize("path", ["overdue", "workflows", f"internal_task/{uuid.UUID(int=1)}"])
def test_without_a_credential_nothing_is_told(client, path):
    assert client.get(f"{ENGINE}/{path}").status_code == 401


@pytest.mark.parametrize("path", [f"unicorn/{uuid.UUID(int=1)}", "internal_task/12", "unicorn/12/history"])
def test_what_is_not_there_is_not_found(as_planner, path):
    assert as_planner.get(path).status_code == 404


def test_the_history_begins_with_the_last_step(monday, planner):
    task = services.create_task(title="Bel terug", created_by=planner)
    monday.shift(timedelta(hours=1))
    services.complete_task(task=task, by=planner)

    page = Caller(planner).get(f"{address(task)}/history?limit=1").json()
    older = Caller(planner).client.get(page["next"]).json()

    steps = [*page["results"], *older["results"]]
    assert [(step["sequence"], step["from_status"], step["to_status"]) for step in steps] == [
        (2, "open", "completed"),
        (1, None, "open"),
    ]
    assert [step["actor_label"] for step in steps] == ["Pien Planner", "Pien Planner"]


def test_overdue_lists_what_is_late(monday, planner):
    StatusPolicyFactory(status=S.OPEN, sla_hours=1)
    late = services.create_task(title="Laat")
    monday.shift(timedelta(hours=80))
    services.create_task(title="Op tijd")
    caller = Caller(planner)

    rows = caller.get("overdue").json()["results"]
    filtered = [caller.get(f"overdue?entity_type={kind}").json()["results"] for kind in ("internal_task", "order")]

    assert [(row["entity_id"], row["is_overdue"], row["severity"]) for row in rows] == [(str(late.pk), True, "critical")]
    assert [len(found) for found in filtered] == [1, 0]


@pytest.mark.parametrize("path", ["overdue?colour=red", "workflows?x=1"])
def test_an_unknown_filter_is_refused(as_planner, path):
    assert as_planner.get(path).status_code == 400


def test_workflows_describe_every_machine(as_planner):
    StatusPolicyFactory(status=S.OPEN, label_en="To do", sla_hours=24)

    described = as_planner.get("workflows").json()["results"]
    tasks = next(workflow for workflow in described if workflow["entity_type"] == "internal_task")

    assert (tasks["workflow"], tasks["initial"]) == ("default", "open")
    labels = [(status["status"], status["label"], status["sla_hours"]) for status in tasks["statuses"]]
    assert labels == [
        ("open", "To do", 24),
        ("in_progress", "In progress", None),
        ("waiting", "Waiting", None),
        ("completed", "Completed", None),
        ("cancelled", "Cancelled", None),
    ]
    assert tasks["transitions"][0] == {
        "name": "start",
        "from_status": "open",
        "to_status": "in_progress",
        "guards": ["nobody_assigned"],
        "permission": "",
    }
    assert tasks["transitions"][-1]["permission"] == "may_cancel"


def test_overdue_costs_the_same_for_every_number_of_rows(monday, planner):
    StatusPolicyFactory(status=S.OPEN, sla_hours=1)
    costs = []
    for rows in (1, 3):
        while InternalTask.objects.count() < rows:
            services.create_task(title="Laat")
        monday.shift(timedelta(hours=3))
        caller = Caller(planner)
        with CaptureQueriesContext(connection) as asked:
            assert len(caller.get("overdue").json()["results"]) == rows
        costs.append(len(asked))

    assert costs[0] == costs[1]
