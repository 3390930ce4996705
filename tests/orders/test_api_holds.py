"""The API's contract of holds and the timeline, and who may call it."""

import pytest

from apps.orders.choices import OrderStatus
from apps.orders.models import Order, OrderHold
from tests.factories.orders import OrderFactory
from tests.orders.conftest import Caller, assert_refused, user_with
from tests.orders.test_api import HOLD, NEW_ORDER

pytestmark = pytest.mark.usefixtures("policies", "entity")


def test_hold_resume_and_what_came_of_it(api):
    order = OrderFactory()

    held = api.post(f"orders/{order.order_number}/hold", HOLD)
    again = api.post(f"orders/{order.pk}/hold", HOLD)
    resumed = api.post(f"orders/{order.pk}/resume", {"resolution_notes": "Terug"})
    too_late = api.post(f"orders/{order.pk}/resume", {"resolution_notes": "Terug"})
    holds = api.get(f"orders/{order.pk}/holds").json()["results"]

    assert (held.status_code, held.json()["previous_status"]) == (201, "new_lead")
    assert_refused(again, 409, "invalid_status_transition")
    assert (resumed.status_code, resumed.json()["status"]) == (200, "new_lead")
    assert_refused(too_late, 409, "not_on_hold")
    assert [(hold["is_active"], hold["resolution_notes"]) for hold in holds] == [(False, "Terug")]


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"hold_reason_category": "bored"}, 400, "/hold_reason_category"),
        ({"hold_reason_details": ""}, 400, "/hold_reason_details"),
        ({"notify_customer": "yes"}, 400, "/notify_customer"),
        ({"estimated_resume_date": "2020-01-01"}, 422, "/estimated_resume_date"),
        ({"until": "2020-01-01"}, 400, "/until"),
    ],
)
def test_a_wrong_hold_holds_nothing(api, change, status, pointer):
    order = OrderFactory()

    answer = api.post(f"orders/{order.pk}/hold", HOLD | change)

    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (status, [pointer])
    assert OrderHold.objects.count() == 0
    assert Order.objects.get().status == OrderStatus.NEW_LEAD


def test_many_are_held_with_a_result_for_each(api):
    good, final = OrderFactory(), OrderFactory(done=True)

    answer = api.post("orders/bulk-hold", HOLD | {"order_ids": [str(good.pk), str(final.pk)]})

    told = answer.json()
    assert (answer.status_code, told["held"], told["refused"]) == (200, 1, 1)
    assert [(row["order_id"], row["held"], row["code"]) for row in told["results"]] == [
        (str(good.pk), True, None),
        (str(final.pk), False, "invalid_status_transition"),
    ]


def test_the_timeline_tells_it_all_in_order(api):
    order = api.post("orders", NEW_ORDER).json()
    api.patch(f"orders/{order['id']}", {"version": 1, "notes": "Bel eerst"})
    api.post(f"orders/{order['id']}/hold", HOLD)

    entries = api.get(f"orders/{order['id']}/timeline").json()["results"]

    assert [entry["kind"] for entry in entries if entry["kind"] != "status"] == ["change", "hold"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)


def test_reading_is_not_yet_writing(client):
    order = OrderFactory()
    api = Caller(client, user_with("support.tickets"))

    assert api.get("orders").status_code == 200
    assert_refused(api.post("orders", NEW_ORDER), 403, "permission_denied")
    assert_refused(api.patch(f"orders/{order.pk}", {"version": 1, "notes": "x"}), 403, "permission_denied")
    assert_refused(api.post(f"orders/{order.pk}/hold", HOLD), 403, "permission_denied")
    assert Order.objects.get().version == 1


def test_without_a_right_or_a_name_there_is_nothing(client):
    assert client.get("/api/v1/orders").status_code == 401
    assert_refused(Caller(client, user_with("support.knowledge")).get("orders"), 403, "permission_denied")
