"""The admin: one's own tasks first, one click to complete; policies that set clocks; a log to read."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.core import clock
from apps.core.contributions import Viewer, contributions
from apps.core.records import ref_to
from apps.workflow import queries, services
from apps.workflow.choices import TaskStatus as S
from apps.workflow.contributions import tiles
from apps.workflow.models import InternalTask, StatusPolicy, StatusTransition
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.workflow import StatusPolicyFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db

TASKS = reverse("admin:workflow_internaltask_changelist")


@pytest.fixture
def browser(client, planner):
    client.force_login(planner, backend="apps.accounts.backends.LoginBackend")
    return client


def page(model, record, name="change"):
    return reverse(f"admin:workflow_{model}_{name}", args=[record.pk])


def press(browser, task, slug, **answers):
    return browser.post(reverse("admin:workflow_internaltask_button", args=[task.pk, slug]), answers)


def test_ones_own_tasks_stand_first_the_most_pressing_on_top(browser, planner, colleague):
    now = clock.now()
    for title, user, due in [
        ("van een ander", colleague, now),
        ("mijn latere", planner, now + timedelta(days=2)),
        ("mijn eerste", planner, now + timedelta(days=1)),
        ("mijn zonder dag", planner, None),
    ]:
        services.create_task(title=title, assigned_to=user, due_at=due)
    services.complete_task(task=services.create_task(title="mijn klare", assigned_to=planner), by=None)

    rows = browser.get(TASKS).context["cl"].result_list

    assert [task.title for task in rows] == [
        "mijn eerste",
        "mijn latere",
        "mijn zonder dag",
        "van een ander",
        "mijn klare",
    ]


@pytest.mark.parametrize(("whose", "titles"), [("mine", ["Bel de klant terug"]), ("nobody", ["Van niemand"])])
def test_tasks_are_filtered_by_whose_they_are(browser, task, whose, titles):
    services.create_task(title="Van niemand")

    rows = browser.get(TASKS, {"whose": whose}).context["cl"].result_list

    assert [found.title for found in rows] == titles


def test_a_task_is_completed_with_one_click(browser, task, planner):
    answer = press(browser, task, "complete-task")

    assert answer.status_code == 302
    assert InternalTask.objects.get(pk=task.pk).status == "completed"
    assert queries.history(ref_to(task)).last().triggered_by == planner


def test_a_task_is_completed_from_the_list_which_comes_back_as_it_was(browser, task):
    assert 'formaction="' + reverse("admin:workflow_internaltask_button", args=[task.pk, "complete-task"]) in (
        browser.get(TASKS).content.decode()
    )
    url = reverse("admin:workflow_internaltask_button", args=[task.pk, "complete-task"])

    answer = browser.post(url, {"back_to": "list"}, headers={"referer": f"http://testserver{TASKS}?whose=mine"})

    assert answer.url == f"{TASKS}?whose=mine"
    assert InternalTask.objects.get(pk=task.pk).status == "completed"


def test_the_list_never_leads_elsewhere(browser, task):
    url = reverse("admin:workflow_internaltask_button", args=[task.pk, "complete-task"])

    answer = browser.post(url, {"back_to": "list"}, headers={"referer": "https://evil.example/?whose=mine"})

    assert answer.url == TASKS


def chosen(browser, act, tasks, **answers):
    """Carry an act out on tasks of the list, from the choice to the last one."""
    page = browser.post(TASKS, {"action": act, "_selected_action": [task.pk for task in tasks]}).url
    browser.get(page)
    return browser.post(page, answers)


def test_many_tasks_are_completed_and_assigned_at_once(browser, planner, colleague):
    tasks = [services.create_task(title=f"Taak {number}") for number in range(3)]
    services.complete_task(task=tasks[0], by=None)

    chosen(browser, "assign", tasks, assigned_to=colleague.pk)
    assert [task.assigned_to for task in InternalTask.objects.order_by("title")] == [None, colleague, colleague]

    chosen(browser, "complete", tasks)
    assert {task.status for task in InternalTask.objects.all()} == {"completed"}


def test_work_is_given_to_colleagues_alone(client):
    entity = BusinessEntityFactory()
    member = user_with(models=["view_internaltask", "change_internaltask"], entity=entity)
    client.force_login(member, backend="apps.accounts.backends.LoginBackend")
    stranger = user_with(entity=BusinessEntityFactory(entity_code="laderthuis"))
    task = services.create_task(title="Bel de klant terug", business_entity=entity)

    page = chosen(client, "assign", [task], assigned_to=stranger.pk)
    assert page.context["form"].errors.keys() == {"assigned_to"}
    assert InternalTask.objects.get().assigned_to is None

    chosen(client, "assign", [task], assigned_to=member.pk)
    assert InternalTask.objects.get().assigned_to == member


def test_a_task_is_completed_with_notes(browser, task):
    press(browser, task, "complete-with-notes", completion_notes="Gebeld")

    assert InternalTask.objects.get(pk=task.pk).completion_notes == "Gebeld"


def test_a_task_is_withdrawn_with_a_reason(browser, task):
    assert press(browser, task, "cancel-task").status_code == 200
    assert InternalTask.objects.get(pk=task.pk).status == "open"

    press(browser, task, "cancel-task", reason="Dubbel")

    assert InternalTask.objects.get(pk=task.pk).status == "cancelled"


def test_a_finished_task_offers_nothing(browser, task):
    services.complete_task(task=task, by=None)

    answer = press(browser, task, "complete-task")

    assert [message.level_tag for message in get_messages(answer.wsgi_request)] == ["warning"]
    assert browser.get(page("internaltask", task)).context["record_buttons"] == []


def test_a_task_made_in_the_admin_has_a_life(browser, planner):
    answer = browser.post(
        reverse("admin:workflow_internaltask_add"),
        {"title": "Nieuw", "description": "", "task_type": "other", "priority": "normal", "assigned_to": str(planner.pk)},
    )

    made = InternalTask.objects.get()
    assert answer.status_code == 302
    assert (made.title, made.assigned_to, made.created_by) == ("Nieuw", planner, planner)
    assert queries.current_status(ref_to(made)).current_status == "open"


def test_a_task_edited_in_the_admin_keeps_its_life(browser, task, colleague):
    answer = browser.post(
        page("internaltask", task),
        {"title": "Anders", "description": "", "task_type": "other", "priority": "high", "assigned_to": str(colleague.pk)},
    )

    edited = InternalTask.objects.get(pk=task.pk)
    assert answer.status_code == 302
    assert (edited.title, edited.priority, edited.status, edited.version) == ("Anders", "high", "open", 2)
    assert queries.current_status(ref_to(task)).assigned_user == colleague


def test_a_policy_saved_in_the_admin_sets_the_clocks(browser, task):
    policy = StatusPolicyFactory(status=S.OPEN, label_nl="Open", label_en="Open")
    before = queries.current_status(ref_to(task))

    answer = browser.post(
        page("statuspolicy", policy),
        {"label_nl": "Open", "label_en": "Open", "colour": "#2563EB", "category": "pending", "order": 1, "sla_hours": 8},
    )

    assert answer.status_code == 302
    assert StatusPolicy.objects.get(pk=policy.pk).sla_hours == 8
    after = queries.current_status(ref_to(task))
    assert after.sla_deadline == before.status_since + timedelta(hours=8)


def test_the_key_of_a_policy_is_fixed_once_it_is_made(browser):
    policy = StatusPolicyFactory(status=S.OPEN)

    form = browser.get(page("statuspolicy", policy)).context["adminform"].form

    assert {"entity_type", "workflow", "status", "business_entity"} & set(form.fields) == set()


def test_the_page_of_a_policy_tells_its_key_in_words(browser):
    policy = StatusPolicyFactory(status=S.OPEN, label_nl="Te doen", label_en="Te doen")

    told = browser.get(page("statuspolicy", policy)).content.decode()

    assert "Te doen (Taak)" in told
    assert "internal_task" not in told


@pytest.mark.parametrize("model", ["statustransition", "entitycurrentstatus"])
def test_the_log_and_the_current_statuses_are_for_reading(browser, task, model):
    standing = queries.current_status(ref_to(task))
    record = standing if model == "entitycurrentstatus" else standing.last_transition

    assert browser.get(page(model, record)).status_code == 200
    assert browser.post(page(model, record), {"to_status": "completed"}).status_code == 403
    assert browser.get(reverse(f"admin:workflow_{model}_add")).status_code == 403


def test_staff_see_the_steps_of_the_records_of_their_company_alone(colleague):
    ours, theirs = (BusinessEntityFactory(entity_code=code) for code in ("chargecars", "laderthuis"))
    MembershipFactory(user=colleague, business_entity=ours)
    own = services.create_task(title="Van ons", business_entity=ours)
    services.create_task(title="Van hen", business_entity=theirs)

    assert list(StatusTransition.objects.visible_to(colleague)) == [queries.current_status(ref_to(own)).last_transition]


@pytest.mark.parametrize(("late", "count"), [("yes", 1), ("no", 1), ("", 2)])
def test_current_statuses_are_filtered_by_being_late(browser, late, count):
    services.create_task(title="Op tijd")
    overdue = queries.current_status(ref_to(services.create_task(title="Laat")))
    overdue.is_overdue = True
    overdue.save()

    answer = browser.get(reverse("admin:workflow_entitycurrentstatus_changelist"), {"late": late} if late else {})

    assert answer.context["cl"].result_count == count


def figures(viewer):
    assert tiles in contributions.tiles
    return [(tile.value, tile.url) for tile in tiles(viewer)]


def test_the_home_page_counts_ones_own_tasks(browser, planner, task):
    found = figures(Viewer(user=planner))

    assert found == [(1, f"{TASKS}?whose=mine")]
    assert [browser.get(url).context["cl"].result_count for _value, url in found] == [1]


def test_the_home_page_of_one_entity_counts_its_rows(browser, planner, task):
    entity = BusinessEntityFactory()
    services.create_task(title="Van ChargeCars", assigned_to=planner, business_entity=entity)
    services.create_task(title="Ook", assigned_to=planner, business_entity=entity)

    ((count, url),) = figures(Viewer(user=planner, business_entity=entity.pk))

    assert count == browser.get(url).context["cl"].result_count == 2


def test_whoever_may_not_see_the_lists_sees_no_figures_of_them(colleague):
    assert figures(Viewer(user=colleague)) == []
