"""Staff see what failed, and send it on its way again."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.core.contributions import Viewer
from apps.events.choices import DeliveryState
from apps.events.contributions import parked_deliveries
from apps.events.models import EventDelivery
from tests.factories.accounts import UserFactory
from tests.factories.events import EventDeliveryFactory

LIST = "admin:events_eventdelivery_changelist"
PARKED = {"state": DeliveryState.PARKED, "attempts": 11, "last_error": "ValueError: no such thing"}


@pytest.fixture
def parked(db):
    return EventDeliveryFactory(**PARKED)


@pytest.fixture
def operator(client, db):
    operator = UserFactory(superuser=True, first_name="Olga", last_name="")
    client.force_login(operator)
    return operator


def button(delivery):
    return reverse("admin:events_eventdelivery_button", args=[delivery.pk, "try-again"])


def test_a_parked_delivery_shows_why_and_offers_to_try_again(client, operator, parked):
    page = client.get(reverse("admin:events_eventdelivery_change", args=[parked.pk])).content.decode()

    assert "ValueError: no such thing" in page
    assert button(parked) in page


def test_the_button_sends_it_on_its_way(client, operator, parked):
    client.post(button(parked))

    parked.refresh_from_db()
    assert (parked.state, parked.attempts, parked.retried_by) == (DeliveryState.TODO, 0, "Olga")


def test_a_delivery_on_its_way_has_no_such_button(client, operator, db):
    delivery = EventDeliveryFactory(attempts=3)

    assert button(delivery) not in client.get(reverse("admin:events_eventdelivery_change", args=[delivery.pk])).content.decode()
    client.post(button(delivery))
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.retried_by) == (3, "")


def test_many_are_sent_on_their_way_from_the_list(client, operator, db):
    parked = EventDeliveryFactory.create_batch(3, **PARKED)
    done = EventDeliveryFactory(state=DeliveryState.DONE)

    client.post(reverse(LIST), {"action": "try_again_selected", "_selected_action": [row.pk for row in (*parked, done)]})

    assert EventDelivery.objects.filter(state=DeliveryState.TODO, retried_by="Olga").count() == 3
    assert EventDelivery.objects.filter(state=DeliveryState.DONE, retried_by="").count() == 1


def test_who_may_only_look_may_not_try_again(client, parked):
    reader = UserFactory(staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_eventdelivery", "scope_multi_entity"]))
    client.force_login(reader)

    assert client.get(reverse(LIST)).status_code == 200
    client.post(button(parked))
    client.post(reverse(LIST), {"action": "try_again_selected", "_selected_action": [parked.pk]})

    parked.refresh_from_db()
    assert parked.state == DeliveryState.PARKED


def test_an_event_may_be_any_companys_so_staff_of_one_do_not_look(client, parked):
    reader = UserFactory(staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_eventdelivery"))
    client.force_login(reader)

    assert client.get(reverse(LIST)).status_code == 403
    assert parked_deliveries(Viewer(user=reader)) == []


def test_the_home_page_counts_them_for_those_who_may_look(operator, parked):
    (tile,) = parked_deliveries(Viewer(user=operator))

    assert (tile.value, tile.tone) == (1, "danger")
    assert parked_deliveries(Viewer(user=UserFactory(staff=True))) == []


def test_the_tile_opens_the_rows_it_counts(client, operator, parked):
    EventDeliveryFactory(subscriber="tests.healthy")
    (tile,) = parked_deliveries(Viewer(user=operator))

    page = client.get(tile.url).content.decode()

    assert parked.subscriber in page
    assert "tests.healthy" not in page
