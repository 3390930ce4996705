"""How holds stand as a whole: by API and as a page, each for the companies of whoever asks."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.core.clock import AMSTERDAM
from apps.orders.choices import HoldReason
from tests.factories.orders import OrderFactory, OrderHoldFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import Caller, assert_refused, user_with

NOW = datetime(2026, 11, 27, 12, tzinfo=AMSTERDAM)  # a Friday
pytestmark = pytest.mark.usefixtures("policies", "entity")


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def held(days_ago, *, reason=HoldReason.OTHER, resume_in=None, ended_ago=None, **order):
    resume_on = NOW.date() + timedelta(days=resume_in) if resume_in is not None else None
    ended = {} if ended_ago is None else {"is_active": False, "resolved_at": NOW - timedelta(days=ended_ago)}
    return OrderHoldFactory(
        order=OrderFactory(held=True, **order),
        held_at=NOW - timedelta(days=days_ago),
        hold_reason_category=reason,
        estimated_resume_date=resume_on,
        **ended,
    )


@pytest.fixture
def holds():
    return [
        held(2, reason=HoldReason.SUPPLIER_DELAY, resume_in=7),
        held(5, reason=HoldReason.SUPPLIER_DELAY, resume_in=-1),
        held(8, resume_in=0),
        held(9, resume_in=8),
        held(30, ended_ago=10),
        held(70, ended_ago=60),
        held(3, is_test=True, order_number="TEST-CC-2026-00001"),
        held(4, business_entity=BusinessEntityFactory(entity_code="laderthuis")),
    ]


def test_the_summary_counts_what_is_on_hold(client, holds):
    told = Caller(client, user_with("operations.planning")).get("dashboard/holds-summary").json()

    assert (told["total"], told["overdue"], told["average_days"]) == (4, 1, 6.0)
    assert sorted(told["categories"], key=lambda each: each["category"]) == [
        {"category": "other", "count": 2, "average_days": 8.5},
        {"category": "supplier_delay", "count": 2, "average_days": 3.5},
    ]
    assert [(due["order_number"], due["estimated_resume_date"]) for due in told["resumes_due"]] == [
        (holds[2].order.order_number, "2026-11-27"),
        (holds[0].order.order_number, "2026-12-04"),
    ]
    assert [week["monday"] for week in told["weeks"]] == [f"{date(2026, 10, 5) + timedelta(weeks=week)}" for week in range(8)]
    assert [(week["created"], week["resolved"]) for week in told["weeks"]] == [
        (0, 0), (0, 0), (0, 0), (1, 0), (0, 0), (0, 0), (3, 1), (1, 0),
    ]  # fmt: skip


def test_the_summary_is_of_the_company_that_is_asked_for(client, holds):
    caller = Caller(client, user_with("operations.planning", "multi.entity"))

    totals = [
        caller.get(f"dashboard/holds-summary{asked}").json()["total"]
        for asked in ("", "?business_entity=chargecars", "?business_entity=laderthuis")
    ]

    assert totals == [5, 4, 1]


@pytest.mark.parametrize("code", ["laderthuis", "nobody"])
def test_a_company_that_is_not_theirs_is_refused(client, holds, code):
    answer = Caller(client, user_with("operations.planning")).get(f"dashboard/holds-summary?business_entity={code}")

    assert answer.status_code == 400
    assert [field["code"] for field in answer.json()["errors"]] == ["unknown_business_entity"]


def test_the_week_of_a_hold_is_the_one_of_amsterdam(client):
    """Half past twelve at night on a Monday is still Sunday in UTC."""
    OrderHoldFactory(order=OrderFactory(held=True), held_at=datetime(2026, 11, 23, 0, 30, tzinfo=AMSTERDAM))

    told = Caller(client, user_with("operations.planning")).get("dashboard/holds-summary").json()

    assert [week["created"] for week in told["weeks"]] == [0] * 7 + [1]


def test_without_any_hold_there_are_zeros(client):
    told = Caller(client, user_with("sales.orders")).get("dashboard/holds-summary").json()

    assert (told["total"], told["average_days"], told["categories"], told["resumes_due"]) == (0, 0.0, [], [])


def test_who_may_not_read_orders_reads_no_summary(client):
    assert_refused(Caller(client, user_with("sales.reports")).get("dashboard/holds-summary"), 403, "permission_denied")


def test_the_page_shows_the_same_and_leads_to_the_rows(client, holds):
    client.force_login(user_with(models=["view_orderhold"]), backend="apps.accounts.backends.LoginBackend")

    shown = client.get(reverse("orders-holds-summary")).content.decode()

    assert "?standing=late" in shown
    assert "hold_reason_category__exact=supplier_delay" in shown
    assert holds[0].order.order_number in shown
    assert holds[-1].order.order_number not in shown


def test_the_page_is_for_who_may_see_holds(client):
    client.force_login(user_with("sales.orders"), backend="apps.accounts.backends.LoginBackend")

    assert client.get(reverse("orders-holds-summary")).status_code == 403
