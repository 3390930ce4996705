"""A new order after the example of another."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.core.errors import Refused
from apps.orders.models import Order
from apps.orders.services import create_order, duplicate_order
from apps.workflow.models import StatusTransition
from tests.factories.catalog import ArticleFactory
from tests.factories.orders import LineItemFactory, OrderFactory, order_in
from tests.orders.conftest import user_with
from tests.orders.test_placing import order_data

pytestmark = pytest.mark.usefixtures("policies", "entity")

STAFF = ("view_order", "change_order", "add_order")


def original(**fields):
    order = order_in("planning", of_partner=True, partner_reference="P-1", notes="Bel eerst", priority_level="high", **fields)
    article = ArticleFactory(list_price=Decimal(799))
    LineItemFactory(order=order, line_order=2, description="Kabel", unit_price_customer=Decimal(89))
    LineItemFactory(order=order, line_order=1, description="Laadpunt", article=article)
    return order


def duplicate(client, order, **answers):
    return client.post(reverse("admin:orders_order_button", args=[order.pk, "duplicate"]), answers)


@pytest.fixture
def staff(client):
    client.force_login(user_with("sales.orders", models=STAFF))
    return client


def test_a_copy_has_its_own_number_and_life(staff):
    order = original()

    answer = duplicate(staff, order, with_lines="on", with_addresses="on", with_partner="on")

    copy = Order.objects.exclude(pk=order.pk).get()
    assert answer.url == reverse("admin:orders_order_change", args=[copy.pk])
    assert (copy.status, copy.version, copy.duplicated_from) == ("new_lead", 1, order)
    assert copy.order_number != order.order_number
    assert (copy.customer_organization, copy.primary_contact) == (order.customer_organization, order.primary_contact)
    assert (copy.installation_address, copy.partner_organization) == (order.installation_address, order.partner_organization)
    assert (copy.partner_reference, copy.notes, copy.order_owner, copy.planned_start_date) == ("", "", None, None)
    assert (copy.priority_level, copy.source) == ("high", "back_office")
    lines = copy.line_items.order_by("line_order").values_list("description", "unit_price_customer")
    assert list(lines) == [("Laadpunt", Decimal("599.0000")), ("Kabel", Decimal("89.0000"))]
    assert copy.total_excl_vat == Decimal("688.00")
    assert StatusTransition.objects.get(entity_id=copy.pk).from_status is None
    assert Order.objects.get(pk=order.pk).version == 1


def test_only_what_was_chosen_goes_along(staff):
    order = original()

    duplicate(staff, order, with_notes="on")

    copy = Order.objects.exclude(pk=order.pk).get()
    assert (copy.installation_address, copy.partner_organization, copy.line_items.count()) == (None, None, 0)
    assert (copy.notes, copy.total_incl_vat) == ("Bel eerst", Decimal("0.00"))


def test_both_tell_of_each_other(staff):
    order = original()
    duplicate(staff, order)
    copy = Order.objects.exclude(pk=order.pk).get()

    (told,) = [entry for entry in staff.get(page(order)).context["timeline"].entries if entry.kind == "copy"]
    (told_there,) = [entry for entry in staff.get(page(copy)).context["timeline"].entries if entry.kind == "copy"]

    assert (copy.order_number in told.title, told.url) == (True, page(copy))
    assert (order.order_number in told_there.title, told_there.url) == (True, page(order))


def page(order):
    return reverse("admin:orders_order_change", args=[order.pk])


def test_a_line_that_is_no_longer_sold_is_named_and_nothing_is_made(staff, boss):
    order = original()
    article = order.line_items.get(line_order=1).article
    article.is_sellable = False
    article.save()

    with pytest.raises(Refused) as refusal:
        duplicate_order(order=order, by=boss)
    answer = duplicate(staff, order, with_lines="on")

    assert refusal.value.code == "lines_refused"
    assert answer.context["form"].non_field_errors()
    assert Order.objects.count() == 1


def test_a_copy_of_a_test_order_is_one_too(entity, boss):
    order = create_order(data=order_data(entity), by=boss, is_test=True)

    copy = duplicate_order(order=order, by=boss)

    assert (copy.is_test, copy.order_number[:5]) == (True, "TEST-")


def test_who_may_not_take_orders_copies_none(client):
    order = OrderFactory()
    client.force_login(user_with("operations.planning", models=STAFF))

    duplicate(client, order)

    assert Order.objects.count() == 1
