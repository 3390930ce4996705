"""An order that will not happen: why, in a code that can be counted and in words; and wherever that is told."""

import pytest
from django.urls import reverse

from apps.orders.choices import CancellationCode
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_entity_status, record_creation
from tests.factories.orders import OrderFactory, OrderHoldFactory
from tests.orders.conftest import assert_refused, user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

STAFF = ("view_order", "change_order", "add_order")


def cancel(api, order, **body):
    given = {"entity_type": "order", "entity_id": str(order.pk), "to_status": "cancelled", "transition_reason": "Klant stopt"}
    return api.post("status-engine/change", given | body)


def cancelled(order):
    row = Order.objects.get(pk=order.pk)
    step = StatusTransition.objects.filter(entity_id=order.pk).latest("sequence")
    return row.status, row.cancellation_code, row.cancellation_reason, step.business_context


def test_the_code_stands_on_the_order_and_with_its_step(api):
    order = OrderFactory()

    answer = cancel(api, order, business_context={"cancellation_code": "too_expensive", "competitor": "X"})

    assert answer.status_code == 200, answer.json()
    assert cancelled(order) == (
        S.CANCELLED,
        "too_expensive",
        "Klant stopt",
        {"cancellation_code": "too_expensive", "competitor": "X"},
    )
    told = api.get(f"orders/{order.pk}").json()
    assert (told["cancellation_code"], told["cancellation_reason"]) == ("too_expensive", "Klant stopt")


def test_a_reason_alone_is_enough_and_then_its_code_is_other(api):
    order = OrderFactory()

    cancel(api, order)

    assert cancelled(order) == (S.CANCELLED, "other", "Klant stopt", {"cancellation_code": "other"})


@pytest.mark.parametrize("code", ["because", 5, ["other"], {"a": 1}, True])
def test_a_code_that_does_not_exist_is_refused_and_nothing_changes(api, code):
    order = OrderFactory()

    answer = cancel(api, order, business_context={"cancellation_code": code})

    assert_refused(answer, 400, "malformed", "/business_context/cancellation_code")
    row = Order.objects.get()
    assert (row.status, row.cancellation_code, row.version) == (S.NEW_LEAD, "", 1)


def test_a_held_order_is_cancelled_with_its_code_too(boss):
    hold = OrderHoldFactory()

    change_entity_status(
        entity_type="order",
        entity_id=hold.order_id,
        to_status=S.CANCELLED,
        transition_reason="Geen antwoord",
        business_context={"cancellation_code": "no_response", "tries": 3},
        by=boss,
    )

    status, code, reason, context = cancelled(hold.order)
    assert (status, code, reason) == (S.CANCELLED, "no_response", "Geen antwoord")
    assert context == {"cancellation_code": "no_response", "tries": 3}


def test_what_is_not_cancelled_has_no_code(api):
    order = OrderFactory()

    told = api.get(f"orders/{order.pk}").json()

    assert (told["cancellation_code"], told["cancellation_reason"]) == ("", "")


def test_orders_are_found_by_their_code(api):
    found, other, _open = OrderFactory(), OrderFactory(), OrderFactory()
    cancel(api, found, business_context={"cancellation_code": "duplicate"})
    cancel(api, other)

    results = api.get("orders", cancellation_code="duplicate").json()["results"]

    assert [order["id"] for order in results] == [str(found.pk)]
    assert_refused(api.get("orders", cancellation_code="because"), 400, "malformed", "/cancellation_code")


@pytest.mark.parametrize("code", CancellationCode.values)
def test_the_page_asks_for_a_code_and_shows_it(client, code):
    client.force_login(user_with("sales.orders", models=STAFF))
    order = OrderFactory()
    record_creation(order, by=None)
    act = reverse("admin:orders_order_button", args=[order.pk, "new_lead-cancelled"])

    unanswered = client.post(act, {"reason": "Te duur"})
    client.post(act, {"reason": "Te duur", "cancellation_code": code})

    assert unanswered.context["form"].errors.keys() == {"cancellation_code"}
    assert cancelled(order)[:3] == (S.CANCELLED, code, "Te duur")
    page = client.get(reverse("admin:orders_order_change", args=[order.pk]))
    assert page.context["cancelled"] == CancellationCode(code).label
    shown = client.get(reverse("admin:orders_order_changelist"), {"cancellation_code__exact": code})
    assert [row.pk for row in shown.context["cl"].result_list] == [order.pk]
