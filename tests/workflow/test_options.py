"""Where a record may go from here, and everything that stands against every other way."""

import pytest
from django.utils import translation

from apps.core.errors import Forbidden
from apps.workflow import services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.models import InternalTask
from apps.workflow.services import Reason
from tests.factories.accounts import UserFactory
from tests.factories.workflow import StatusPolicyFactory

pytestmark = pytest.mark.django_db


def summary(task, by):
    return [
        (option.to_status, option.allowed, [reason.code for reason in option.reasons])
        for option in services.allowed_transitions(task, by)
    ]


def test_every_arrow_is_listed_with_everything_that_stands_against_it(colleague, plugs):
    task = services.create_task(title="Van niemand")
    services.require("internal_task", S.CANCELLED, lambda task, context: False, "weather_bad", "It must be dry.")

    assert summary(task, colleague) == [
        ("in_progress", False, ["nobody_assigned"]),
        ("completed", True, []),
        ("cancelled", False, ["permission_denied", "weather_bad"]),
    ]


def test_the_system_may_go_wherever_no_guard_stands(task):
    assert summary(task, None) == [("in_progress", True, []), ("completed", True, []), ("cancelled", True, [])]


def test_a_final_status_leads_nowhere(task):
    assert services.allowed_transitions(services.complete_task(task=task, by=None), None) == []


def test_an_option_says_what_to_bring(task, plugs):
    StatusPolicyFactory(status=S.CANCELLED, reason_required=True)
    services.act("internal_task", S.IN_PROGRESS, lambda **given: None, asks_for=("started_by",))

    bring = {option.to_status: (option.needs_reason, option.form_fields) for option in services.allowed_transitions(task, None)}

    assert bring == {
        "in_progress": (False, ("started_by",)),
        "completed": (False, ("completion_notes",)),
        "cancelled": (True, ()),
    }


@pytest.mark.parametrize(("language", "label"), [("nl", "Afgerond"), ("en", "Finished")])
def test_an_option_is_called_as_its_policy_says(task, language, label):
    StatusPolicyFactory(status=S.COMPLETED, label_nl="Afgerond", label_en="Finished")

    with translation.override(language):
        labels = {option.to_status: str(option.label) for option in services.allowed_transitions(task, None)}

    assert labels["completed"] == label


def test_reasons_are_words_for_people(task, colleague):
    cancelled = services.allowed_transitions(task, colleague)[-1]

    assert cancelled.reasons == [Reason("permission_denied", Forbidden.message)]


def test_whoever_asked_for_a_task_may_withdraw_it(colleague):
    task = services.create_task(title="Toch niet", created_by=colleague)

    assert ("cancelled", True, []) in summary(task, colleague)
    assert ("cancelled", False, ["permission_denied"]) in summary(task, UserFactory(staff=True))


def test_listing_costs_one_query_besides_guards_and_permissions(task, planner, django_assert_num_queries):
    record = InternalTask.objects.get(pk=task.pk)

    with django_assert_num_queries(1):
        services.allowed_transitions(record, planner)
