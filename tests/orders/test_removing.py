"""Orders that should not have been made: out of every list, with who did it and why, and back again."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.core import clock
from apps.core.errors import Conflict
from apps.orders.models import Order
from apps.orders.services import create_order, remove_order, restore_order
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import user_with
from tests.orders.test_placing import order_data

pytestmark = pytest.mark.usefixtures("policies", "entity")

REMOVED = reverse("admin:orders_order_removed")
STAFF = ("view_order", "change_order")


@pytest.fixture
def manager(client):
    user = user_with("admin.settings", models=STAFF)
    client.force_login(user)
    return user


def restore(client, order):
    return client.post(reverse("admin:orders_order_restore", args=[order.pk]))


def listed(client, **query):
    return [order.pk for order in client.get(REMOVED, query).context["page"]]


def test_who_removed_it_and_why_is_shown(client, manager):
    order = OrderFactory()
    client.post(reverse("admin:orders_order_button", args=[order.pk, "remove"]), {"reason": "Dubbel ingevoerd"})

    html = client.get(REMOVED).content.decode()

    stored = Order.objects.get()
    assert (stored.deleted_by, stored.deletion_reason) == (str(manager), "Dubbel ingevoerd")
    for text in (order.order_number, str(manager), "Dubbel ingevoerd"):
        assert text in html


def test_a_removed_order_is_put_back_as_it_was(client, manager):
    order = OrderFactory(notes="Bel eerst")
    remove_order(order=order, reason="Dubbel", by=manager)

    answer = restore(client, order)

    stored = Order.objects.get()
    assert answer.url == reverse("admin:orders_order_change", args=[order.pk])
    assert (stored.deleted_at, stored.deleted_by, stored.deletion_reason) == (None, "", "")
    assert (stored.notes, stored.status, stored.order_number, stored.version) == ("Bel eerst", "new_lead", order.order_number, 3)
    told = [entry for entry in client.get(answer.url).context["timeline"].entries if entry.kind == "change"]
    assert [[(step.old, step.new) for step in entry.changes if "Dubbel" in (step.old, step.new)] for entry in told] == [
        [("Dubbel", "–")],
        [("–", "Dubbel")],
    ] or len(told) == 1  # one transaction of a test is one act


def test_the_number_of_a_removed_order_stays_used(entity, boss):
    removed = create_order(data=order_data(entity), by=boss)
    remove_order(order=removed, reason="Dubbel", by=boss)

    assert create_order(data=order_data(entity), by=boss).order_number == "CC-2026-00002"
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderFactory(order_number=removed.order_number)


def test_what_was_not_removed_cannot_be_put_back(boss):
    order = OrderFactory()

    with pytest.raises(Conflict) as refusal:
        restore_order(order=order, by=boss)

    assert (refusal.value.code, Order.objects.get().version) == ("not_removed", 1)


def test_only_who_may_remove_sees_and_restores(client):
    client.force_login(user_with("sales.orders", models=STAFF))
    order = OrderFactory(deleted_at=clock.now())

    assert client.get(REMOVED).status_code == 403
    assert restore(client, order).status_code == 403
    assert Order.objects.get().deleted_at is not None


def test_orders_of_another_company_stay_out_of_sight(client, manager):
    other = OrderFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"), deleted_at=clock.now())

    assert listed(client) == []
    assert restore(client, other).status_code == 404
    assert Order.objects.get().deleted_at is not None


def test_removed_orders_are_searched_and_paged(client, manager):
    for _ in range(51):
        OrderFactory(deleted_at=clock.now())
    wanted = OrderFactory(deleted_at=clock.now(), customer_organization__name="Bakkerij Korst")
    OrderFactory()

    assert listed(client, q="korst") == [wanted.pk]
    assert listed(client)[0] == wanted.pk
    assert (len(listed(client)), len(listed(client, p="2")), len(listed(client, p="x"))) == (50, 2, 50)


def test_a_restoration_is_asked_for_by_post(client, manager):
    order = OrderFactory(deleted_at=clock.now())

    assert client.get(reverse("admin:orders_order_restore", args=[order.pk])).status_code == 405
    assert Order.objects.get().deleted_at is not None
