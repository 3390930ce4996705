"""Whoever may not hold an order asks somebody who may."""

import pytest
from django.urls import reverse

from apps.core.errors import Conflict, Forbidden
from apps.orders.admin.steps import request_buttons
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.orders.services import order_hold_create, request_hold
from apps.workflow.models import InternalTask
from tests.factories.orders import order_in
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies")


def test_a_technician_asks_for_a_hold_and_places_none(client):
    technician = user_with("technical.installations", models=["view_order", "change_order"])
    owner = user_with("sales.orders")
    order = order_in(S.PLANNING, order_owner=owner)
    client.force_login(technician, backend="apps.accounts.backends.LoginBackend")
    ask = reverse("admin:orders_order_button", args=[order.pk, "request-hold"])

    client.post(ask, {"hold_reason_details": "Groepenkast te klein"})
    again = client.post(ask, {"hold_reason_details": "Nog eens"})

    task = InternalTask.objects.get()
    assert (task.assigned_to, task.description, task.created_by) == (owner, "Groepenkast te klein", technician)
    assert again.status_code == 200  # the form again, with why not
    assert Order.objects.get(pk=order.pk).status == S.PLANNING
    with pytest.raises(Forbidden):
        order_hold_create(
            order=order, hold_reason_category="technical_issue", hold_reason_details="Groepenkast te klein", by=technician
        )


def test_what_cannot_be_held_cannot_be_asked_for_either():
    technician = user_with("technical.installations")

    with pytest.raises(Conflict) as refused:
        request_hold(order=order_in(S.COMPLETED), hold_reason_details="Te laat", by=technician)

    assert refused.value.code == "not_holdable"
    assert InternalTask.objects.count() == 0


def test_who_may_hold_need_not_ask(seller):
    order = order_in(S.PLANNING)

    assert [button.slug for button in request_buttons(seller)] == []
    with pytest.raises(Forbidden):
        request_hold(order=order, hold_reason_details="Zomaar", by=seller)
