"""What stands against a change: each kind of refusal, all reasons at once, and nothing changed."""

import pytest

from apps.core.errors import Conflict, Forbidden, NotFound, Refused
from apps.workflow import services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import InternalTask
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import StatusPolicyFactory
from tests.workflow.reading import stored, unchanged

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("to_status", ["waiting", "open", "unicorn", ""])
def test_a_status_to_which_no_arrow_leads_is_a_conflict(task, to_status):
    with pytest.raises(Conflict) as refused:
        services.change_status(task, to_status, by=None)

    assert refused.value.code == "invalid_status_transition"
    assert refused.value.extra == {
        "current": "open",
        "requested": to_status,
        "allowed": ["in_progress", "completed", "cancelled"],
    }
    assert unchanged(task)


def test_an_expected_status_that_is_not_the_present_one_is_a_conflict(task):
    with pytest.raises(Conflict) as refused:
        services.change_status(task, S.COMPLETED, expected_status="waiting", by=None)

    assert refused.value.code == "status_conflict"
    assert refused.value.extra == {"current": "open", "expected": "waiting"}
    assert unchanged(task)


def test_a_record_that_moved_since_it_was_read_is_a_conflict(task):
    services.change_status(stored(task), S.IN_PROGRESS, by=None)

    with pytest.raises(Conflict) as refused:
        services.change_status(task, S.COMPLETED, by=None)

    assert refused.value.code == "status_conflict"
    assert refused.value.extra == {"current": "in_progress", "expected": "open"}
    assert stored(task).status == "in_progress"


def test_a_record_that_is_gone_is_not_found():
    with pytest.raises(NotFound):
        services.change_status(InternalTask(title="Nooit bewaard"), S.COMPLETED, by=None)


def test_a_guard_refuses_with_its_code_and_words(planner):
    task = services.create_task(title="Van niemand")

    with pytest.raises(Refused) as refused:
        services.change_status(task, S.IN_PROGRESS, by=planner)

    assert refused.value.code == "guard_failed"
    assert [reason["code"] for reason in refused.value.extra["reasons"]] == ["nobody_assigned"]
    assert unchanged(task)


def test_whoever_lacks_the_right_is_forbidden(task, colleague):
    with pytest.raises(Forbidden) as refused:
        services.change_status(task, S.CANCELLED, by=colleague)

    assert refused.value.code == "permission_denied"
    assert unchanged(task)


def test_the_system_passes_permissions(task):
    assert services.change_status(task, S.CANCELLED, by=None).to_status == "cancelled"


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_reason_is_given_where_the_policy_asks_for_one(task, reason):
    StatusPolicyFactory(status=S.CANCELLED, reason_required=True)

    with pytest.raises(Refused) as refused:
        services.change_status(task, S.CANCELLED, reason=reason, by=None)

    assert refused.value.code == "reason_required"
    assert unchanged(task)
    assert services.change_status(task, S.CANCELLED, reason="Dubbel", by=None).transition_reason == "Dubbel"


def test_the_business_entity_s_own_policy_stands_above_the_group_s():
    entity = BusinessEntityFactory()
    StatusPolicyFactory(status=S.CANCELLED, reason_required=False)
    StatusPolicyFactory(status=S.CANCELLED, reason_required=True, business_entity=entity)
    own = services.create_task(title="Van ChargeCars", business_entity=entity)

    services.change_status(services.create_task(title="Van de groep"), S.CANCELLED, by=None)
    with pytest.raises(Refused) as refused:
        services.change_status(own, S.CANCELLED, by=None)

    assert refused.value.code == "reason_required"


def test_a_refusal_names_everything_and_takes_its_code_from_the_gravest(task, colleague, plugs):
    StatusPolicyFactory(status=S.CANCELLED, reason_required=True)
    services.require("internal_task", S.CANCELLED, lambda task, context: False, "weather_bad", "It must be dry.")
    services.require("internal_task", S.CANCELLED, lambda task, context: True, "always_true", "Never seen.")
    codes = ["permission_denied", "reason_required", "weather_bad"]

    refusals = []
    for by, reason in [(colleague, ""), (None, ""), (None, "Omdat")]:
        with pytest.raises((Forbidden, Refused)) as refused:
            services.change_status(task, S.CANCELLED, reason=reason, by=by)
        refusals.append((refused.value.code, [entry["code"] for entry in refused.value.extra["reasons"]]))

    assert refusals == [("permission_denied", codes), ("reason_required", codes[1:]), ("guard_failed", codes[2:])]
    assert unchanged(task)


def test_a_requirement_sees_the_record_and_the_context(task, plugs):
    seen = []
    services.require("internal_task", S.COMPLETED, lambda task, context: seen.append((task, context)) or True, "seen", "Seen.")

    services.change_status(task, S.COMPLETED, context={"weather": "dry"}, by=None)

    assert seen == [(task, {"weather": "dry"})]
