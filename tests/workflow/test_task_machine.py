"""The machine of internal tasks: what is not in the table is refused."""

import itertools

import pytest
from django.core.management import CommandError, call_command
from django_fsm import can_proceed

from apps.workflow.choices import TaskStatus as S
from apps.workflow.machines import ambiguous, arrows, findings
from apps.workflow.models import InternalTask, Workflow
from tests.factories.workflow import StatusPolicyFactory

ALLOWED = {
    ("start", S.OPEN),
    ("start", S.WAITING),
    ("wait", S.IN_PROGRESS),
    ("complete", S.OPEN),
    ("complete", S.IN_PROGRESS),
    ("complete", S.WAITING),
    ("cancel", S.OPEN),
    ("cancel", S.IN_PROGRESS),
    ("cancel", S.WAITING),
}
TARGETS = {"start": S.IN_PROGRESS, "wait": S.WAITING, "complete": S.COMPLETED, "cancel": S.CANCELLED}


def with_statuses(*statuses, initial=S.OPEN, final=(S.COMPLETED, S.CANCELLED)):
    return {"default": Workflow(statuses=statuses, initial=initial, final=frozenset(final))}


@pytest.mark.parametrize(("name", "status"), list(itertools.product(TARGETS, S)))
def test_transition_table(name, status):
    method = getattr(InternalTask(status=status), name)

    assert can_proceed(method, check_conditions=False) is ((name, status) in ALLOWED)


def test_the_engine_reads_the_same_table():
    read = {(arrow.name, arrow.source, arrow.target) for arrow in arrows(InternalTask)}

    assert read == {(name, status.value, TARGETS[name].value) for name, status in ALLOWED}


def test_each_arrow_is_the_only_one_between_its_statuses():
    assert ambiguous(InternalTask) == []


def test_nothing_is_wrong_with_the_machine():
    assert findings(InternalTask) == []


@pytest.mark.parametrize(
    ("workflows", "found"),
    [
        (with_statuses(*S, initial=S.IN_PROGRESS), [("unreachable", S.OPEN)]),
        (with_statuses(*S, final=[S.COMPLETED]), [("dead_end", S.CANCELLED)]),
        (with_statuses(*S, final=[S.COMPLETED, S.CANCELLED, S.OPEN]), [("final_with_a_way_out", S.OPEN)]),
        (with_statuses(S.OPEN, S.WAITING, S.COMPLETED), [("unreachable", S.WAITING)]),
    ],
)
def test_findings_name_what_is_wrong(monkeypatch, workflows, found):
    monkeypatch.setattr(InternalTask, "workflows", workflows)

    assert [(finding.code, finding.status) for finding in findings(InternalTask)] == found


@pytest.mark.django_db
def test_the_machine_is_printed_as_a_table(capsys):
    call_command("print_machines", "internal_task")

    assert capsys.readouterr().out.splitlines()[:6] == [
        "## internal_task (default)",
        "",
        "| from        | to          | transition | act | guards          | permission |",
        "| ----------- | ----------- | ---------- | --- | --------------- | ---------- |",
        "| open        | in_progress | start      |     | nobody_assigned |            |",
        "| open        | completed   | complete   |     |                 |            |",
    ]


@pytest.mark.django_db
def test_the_machine_is_printed_as_a_diagram(capsys):
    for status in S:
        StatusPolicyFactory(status=status, label_nl=f"NL {status}", final=status in {S.COMPLETED, S.CANCELLED})

    call_command("print_machines", "internal_task", format="mermaid")

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["%% internal_task (default)", "stateDiagram-v2"]
    assert "    [*] --> open" in lines
    assert "    open --> in_progress: start" in lines
    assert lines[-2:] == ["    completed --> [*]", "    cancelled --> [*]"]


@pytest.mark.django_db
def test_the_check_names_statuses_without_a_policy():
    for status in (S.OPEN, S.IN_PROGRESS, S.COMPLETED, S.CANCELLED):
        StatusPolicyFactory(status=status)

    with pytest.raises(CommandError) as refused:
        call_command("print_machines", "internal_task", "--check")

    assert str(refused.value) == "internal_task (default): waiting: without policy"


@pytest.mark.django_db
def test_the_check_is_content_with_a_machine_that_is_complete(capsys):
    for status in S:
        StatusPolicyFactory(status=status)

    call_command("print_machines", "internal_task", "--check")

    assert capsys.readouterr().out == "1 machines: nothing wrong\n"


def test_an_unknown_machine_is_refused():
    with pytest.raises(CommandError, match="No machine is called unicorn"):
        call_command("print_machines", "unicorn")
