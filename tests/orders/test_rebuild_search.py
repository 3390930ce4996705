from io import StringIO

from django.core.management import call_command

from apps.orders.models import Order
from tests import ground
from tests.factories.orders import OrderFactory


def test_what_is_found_wrongly_can_be_mended(real_commits):
    order = OrderFactory(notes="Hond los")
    with ground.owner(real_commits) as owner:
        owner.execute("UPDATE order_words SET text = 'x'")
    assert not Order.objects.having("hond").exists()

    call_command("rebuild_search", stdout=(said := StringIO()))

    assert said.getvalue() == "1 orders\n"
    assert list(Order.objects.having("hond")) == [order]
