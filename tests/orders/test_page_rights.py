"""What an order's page shows of other apps, each by its own right."""

import pytest
from django.urls import reverse

from tests.factories.orders import OrderFactory
from tests.factories.support import TicketFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

RIGHTS = {
    "Facturen": "view_invoice",
    "Tickets": "view_ticket",
    "Berichten": "view_communicationmessage",
    "Afleveringen": "view_partnerdelivery",
}


@pytest.mark.parametrize("right", RIGHTS.values())
def test_the_page_shows_of_other_apps_what_its_reader_may_see(client, right):
    order = OrderFactory(of_partner=True)
    ticket = TicketFactory(order=order, business_entity=order.business_entity, subject="Knippert rood")
    client.force_login(user_with("sales.orders", models=("view_order", right)))

    shown = client.get(reverse("admin:orders_order_change", args=[order.pk])).context

    assert {name for name in RIGHTS if name in [str(panel.title) for panel in shown["panels"]]} == {
        name for name, needed in RIGHTS.items() if needed == right
    }
    told = [entry.title for entry in shown["timeline"].entries]
    assert any(ticket.ticket_number in title for title in told) is (right == "view_ticket")
