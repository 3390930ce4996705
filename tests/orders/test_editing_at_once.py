"""Two people change one order at the same time: each sees what the other did, and nothing typed is lost."""

import pytest
from django.urls import reverse

from apps.orders.models import LineItem, Order
from apps.workflow.services import change_status
from tests.factories.orders import LineItemFactory, OrderFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

STAFF = ("view_order", "change_order", "add_order")


@pytest.fixture
def staff(client):
    client.force_login(user_with("sales.orders", models=STAFF))
    return client


def edit(client, order, **answers):
    given = {"version": 1, "priority_level": "normal"} | answers
    return client.post(reverse("admin:orders_order_button", args=[order.pk, "edit"]), given)


def test_the_page_says_what_the_other_changed_and_keeps_what_was_typed(staff):
    order = OrderFactory(notes="Oud")
    edit(staff, order, notes="Oud", priority_level="urgent", requested_date="2026-12-24")

    late = edit(staff, order, notes="Mijn lange verhaal")

    html = late.content.decode()
    assert len(late.context["form"].non_field_errors()) == 1
    for words in ("Normaal", "Spoed", "24-12-2026", "Mijn lange verhaal"):
        assert words in html
    assert Order.objects.get().notes == "Oud"


def test_saving_again_keeps_both(staff):
    order = OrderFactory(notes="Oud")
    edit(staff, order, notes="Oud", priority_level="urgent", requested_date="2026-12-24")
    form = edit(staff, order, notes="Mijn lange verhaal").context["form"]

    edit(staff, order, **{name: form[name].value() or "" for name in form.fields})

    stored = Order.objects.get()
    assert (stored.notes, stored.priority_level, str(stored.requested_date)) == ("Mijn lange verhaal", "urgent", "2026-12-24")
    assert stored.version == 3


def test_where_both_typed_mine_stands_and_the_others_is_shown(staff):
    order = OrderFactory(notes="Oud")
    edit(staff, order, notes="Van een ander")

    late = edit(staff, order, notes="Van mij")

    assert late.context["form"]["notes"].value() == "Van mij"
    assert "Van een ander" in late.content.decode()


def test_a_step_taken_meanwhile_is_told_too(staff, boss):
    order = OrderFactory()
    change_status(order, "intake_sent", by=boss)

    late = edit(staff, order, notes="Van mij")

    assert late.context["form"]["version"].value() == "2"
    assert str(Order.objects.get().get_status_display()) in late.content.decode()


def test_a_conflict_over_lines_keeps_the_lines_that_were_typed(staff):
    order = OrderFactory()
    line = LineItemFactory(order=order, description="Laadpunt")
    edit(staff, order, notes="Van een ander")
    lines = {
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 1,
        "lines-0-id": str(line.pk),
        "lines-0-description": "Laadpunt 22 kW",
        "lines-0-quantity": "4",
        "lines-0-unit_price": "599",
        "lines-0-vat_rate": "0.2100",
        "lines-0-billing_responsibility": "customer",
    }
    address = reverse("admin:orders_order_lines", args=[order.pk])

    late = staff.post(address, lines | {"version": 1})
    kept = LineItem.objects.get()
    again = staff.post(address, lines | {"version": late.context["form"]["version"].value()})

    assert "Van een ander" in late.content.decode()
    assert late.context["lines"].forms[0]["quantity"].value() == "4"
    assert (kept.description, kept.quantity) == ("Laadpunt", 1)
    assert (again.status_code, LineItem.objects.get().description) == (302, "Laadpunt 22 kW")
