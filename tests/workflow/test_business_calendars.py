"""Arranging when a company is at work: the page, what it refuses, and large numbers of clocks."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.core.records import ref_to
from apps.workflow import queries, services
from apps.workflow.choices import LiberationDay
from apps.workflow.choices import TaskStatus as S
from apps.workflow.holidays import holidays_of
from apps.workflow.models import BusinessCalendar, CalendarDay, EntityCurrentStatus, StatusPolicy
from apps.workflow.services import recomputing
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.workflow import BusinessCalendarFactory, StatusPolicyFactory
from tests.workflow.conftest import MONDAY

pytestmark = pytest.mark.django_db
ADD = reverse("admin:workflow_businesscalendar_add")
WEEK = {
    **dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday"], "9:00-17:00"),
    **dict.fromkeys(["saturday", "sunday"], ""),
}
RULES = {"closed_on_holidays": "on", "liberation_day": "lustrum"}


def days(*rows, initial=0):
    """The table of days, as a browser sends it."""
    sent = {"days-TOTAL_FORMS": len(rows), "days-INITIAL_FORMS": initial}
    return sent | {f"days-{place}-{name}": value for place, row in enumerate(rows) for name, value in row.items()}


@pytest.fixture
def browser(client, planner):
    client.force_login(planner, backend="apps.accounts.backends.LoginBackend")
    return client


@pytest.fixture
def entity():
    return BusinessEntityFactory()


@pytest.fixture
def deadline(entity):
    """Of a task of the company that is to be begun within four hours of Monday ten o'clock."""
    StatusPolicyFactory(status=S.OPEN, sla_hours=4)
    with time_machine.travel(MONDAY, tick=False):
        task = services.create_task(title="Bel terug", business_entity=entity)
        yield lambda: queries.current_status(ref_to(task)).sla_deadline


def page(calendar, name="change"):
    return reverse(f"admin:workflow_businesscalendar_{name}", args=[calendar.pk])


def test_a_calendar_is_arranged_with_its_days_on_one_page(browser, entity, deadline):
    closed = {"day": "2026-11-23", "hours": "", "reason": "Brugdag"}

    answer = browser.post(
        ADD, {"business_entity": entity.pk, **WEEK, "monday": "13.00 - 17.00, 09:00-12:30", **RULES, **days(closed)}
    )

    assert answer.status_code == 302
    calendar = BusinessCalendar.objects.get()
    assert (calendar.monday, calendar.tuesday, calendar.sunday) == ("09:00-12:30, 13:00-17:00", "09:00-17:00", "")
    assert deadline().isoformat() == "2026-11-24T12:00:00+00:00"  # Tuesday from nine o'clock in Amsterdam

    day = CalendarDay.objects.get()
    kept = {"id": day.pk, "calendar": calendar.pk, "day": "2026-11-23", "hours": "", "reason": "", "DELETE": "on"}
    answer = browser.post(page(calendar), {**WEEK, **RULES, **days(kept, initial=1)})

    assert answer.status_code == 302
    assert CalendarDay.objects.count() == 0
    assert deadline().isoformat() == "2026-11-23T13:00:00+00:00"


def test_deleting_a_calendar_has_every_hour_count_again(browser, entity, deadline):
    calendar = BusinessCalendarFactory(business_entity=entity, monday="")
    services.save_calendar(calendar, by=None)
    assert deadline().isoformat() == "2026-11-24T12:00:00+00:00"

    browser.post(page(calendar, "delete"), {"post": "yes"})

    assert BusinessCalendar.objects.count() == 0
    assert deadline().isoformat() == "2026-11-23T13:00:00+00:00"


@pytest.mark.parametrize("hours", ["9-17", "17:00-09:00", "09:00-13:00, 12:00-17:00", "09:00-24:30", "09:60-17:00", "altijd"])
def test_hours_that_make_no_sense_are_refused(browser, entity, hours):
    answer = browser.post(ADD, {"business_entity": entity.pk, **WEEK, "monday": hours, **RULES, **days()})

    assert list(answer.context["adminform"].form.errors) == ["monday"]
    assert BusinessCalendar.objects.count() == 0


def test_a_week_without_work_is_refused(browser, entity):
    answer = browser.post(ADD, {"business_entity": entity.pk, **dict.fromkeys(WEEK, ""), **RULES, **days()})

    assert answer.context["adminform"].form.non_field_errors() == ["Een week heeft minstens een uur werk."]
    assert BusinessCalendar.objects.count() == 0


def test_a_day_stands_in_the_list_once(browser, entity):
    twice = {"day": "2026-12-24", "hours": "", "reason": ""}

    browser.post(ADD, {"business_entity": entity.pk, **WEEK, **RULES, **days(twice, twice)})

    assert BusinessCalendar.objects.count() == 0


@pytest.mark.parametrize("fields", [{"monday": "9-17"}, {"liberation_day": "sometimes"}])
def test_the_database_refuses_a_calendar_that_makes_no_sense(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessCalendarFactory(**fields)


def test_the_page_names_the_days_on_which_it_is_closed(browser, entity):
    calendar = BusinessCalendarFactory(business_entity=entity, closed_on_good_friday=True)

    with time_machine.travel(MONDAY, tick=False):
        shown = browser.get(page(calendar)).content.decode()

    assert "Goede vrijdag" in shown
    assert "Bevrijdingsdag" not in shown


@pytest.mark.parametrize(
    ("year", "rule", "kept"),
    [(2030, LiberationDay.LUSTRUM, True), (2030, LiberationDay.NEVER, False), (2027, LiberationDay.LUSTRUM, False),
     (2027, LiberationDay.ALWAYS, True)],
)  # fmt: skip
def test_liberation_day_is_kept_as_agreed(year, rule, kept):
    assert (date(year, 5, 5) in holidays_of(year, good_friday=False, liberation_day=rule)) is kept


def test_the_king_s_birthday_moves_from_a_sunday():
    kept = holidays_of(2031, good_friday=False, liberation_day=LiberationDay.NEVER)

    assert kept[date(2031, 4, 26)] == "Koningsdag"
    assert date(2031, 4, 27) not in kept


def test_a_company_s_policy_is_deleted_on_its_page_and_the_group_s_is_not(browser, entity, deadline):
    group = StatusPolicy.objects.get()
    own = StatusPolicyFactory(status=S.OPEN, sla_hours=1, business_entity=entity)
    services.save_policy(own, by=None)
    assert deadline().hour == MONDAY.hour + 1

    for policy in (own, group):
        browser.post(reverse("admin:workflow_statuspolicy_delete", args=[policy.pk]), {"post": "yes"})

    assert list(StatusPolicy.objects.all()) == [group]
    assert deadline().hour == MONDAY.hour + 4


def test_staff_see_the_calendar_of_their_own_company(entity):
    calendar = BusinessCalendarFactory(business_entity=entity)
    BusinessCalendarFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert list(BusinessCalendar.objects.visible_to(MembershipFactory(business_entity=entity).user)) == [calendar]


def test_a_large_number_of_clocks_is_set_piece_by_piece(monkeypatch, entity, deliver_events):
    monkeypatch.setattr(recomputing, "AT_ONCE", 2)
    policy = StatusPolicyFactory(status=S.OPEN, sla_hours=4)
    with time_machine.travel(MONDAY, tick=False):
        for number in range(5):
            services.create_task(title=f"Taak {number}", business_entity=entity)

    policy.sla_hours = 8
    services.save_policy(policy, by=None)
    assert hours_allowed() == [4, 4, 4, 8, 8]
    deliver_events()

    assert hours_allowed() == [8] * 5


def hours_allowed():
    return sorted((row.sla_deadline - row.status_since).total_seconds() / 3600 for row in EntityCurrentStatus.objects.all())
