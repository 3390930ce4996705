"""Staff see what failed, and send it on its way again."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.core.contributions import Viewer
from apps.events.choices import DeliveryState
from apps.events.contributions import parked_deliveries
from apps.events.models import EventDelivery
from apps.orders.events import OrderPlaced
from tests.factories.accounts import UserFactory
from tests.factories.events import EventDeliveryFactory, JobRunFactory, OutboxEventFactory
from tests.factories.orders import OrderFactory

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


def test_events_and_who_hears_of_them_are_called_by_words(client, operator, db):
    order = OrderFactory()
    event = OutboxEventFactory(
        name=OrderPlaced.name, payload=OrderPlaced(order_id=order.pk).to_payload(), actor_label="communication.send_due_messages"
    )
    EventDeliveryFactory(event=event, subscriber="orders.confirm_order_to_customer")

    client.cookies["django_language"] = "en"
    events = client.get(reverse("admin:events_outboxevent_changelist")).content.decode()
    event_page = client.get(reverse("admin:events_outboxevent_change", args=[event.pk])).content.decode()
    deliveries = client.get(reverse(LIST)).content.decode()

    assert "Order placed" in events
    assert "Send messages" in events
    assert reverse("admin:orders_order_change", args=[order.pk]) in events
    assert "Confirm the order to the customer" in event_page
    assert "Confirm the order to the customer" in deliveries


def test_an_event_that_the_code_knows_no_more_is_shown_by_its_name(client, operator, db):
    event = OutboxEventFactory(name="orders.order_forgotten", payload={"order_id": "x"})

    page = client.get(reverse("admin:events_outboxevent_change", args=[event.pk]))

    assert "orders.order_forgotten" in page.content.decode()


def test_a_job_and_its_run_are_called_by_the_jobs_words(client, operator, db):
    client.cookies["django_language"] = "en"
    task = PeriodicTask.objects.create(
        name="events-sweep", task="events.sweep", interval=IntervalSchedule.objects.create(every=5, period="seconds")
    )
    run = JobRunFactory(job="events-sweep")

    pages = [
        client.get(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])),
        client.get(reverse("admin:events_jobrun_change", args=[run.pk])),
    ]

    for page in pages:
        assert '<span class="cc-crumb-word">Deliver events</span>' in page.content.decode()
