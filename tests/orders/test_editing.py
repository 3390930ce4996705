from decimal import Decimal

import pytest

from apps.core.errors import Conflict, Malformed, Refused
from apps.orders.choices import FINAL_STATUSES, OrderStatus
from apps.orders.models import LineItem, Order
from apps.orders.queries import edits_of
from apps.orders.services import LineData, create_order, remove_order, update_order
from tests.factories.orders import OrderFactory, order_in
from tests.factories.organizations import ContactFactory
from tests.orders.test_placing import order_data


@pytest.fixture
def order(entity):
    lines = (
        LineData(description="Laadpunt", quantity=Decimal(1), unit_price=Decimal(599)),
        LineData(description="Kabel", quantity=Decimal(2), unit_price=Decimal(89)),
    )
    return create_order(data=order_data(entity, lines=lines), by=None)


def assert_unchanged(order):
    fresh = Order.objects.get(pk=order.pk)
    for name in ("version", "notes", "priority_level", "total_incl_vat", "status"):
        assert getattr(fresh, name) == getattr(order, name)


def test_a_change_counts_up_the_version(order, boss):
    changed = update_order(order=order, changes={"notes": "Bel eerst", "priority_level": "high"}, version=1, by=boss)

    stored = Order.objects.get(pk=order.pk)
    assert (stored.notes, stored.priority_level, stored.version) == ("Bel eerst", "high", 2)
    assert changed.version == 2
    (edit,) = edits_of([order.pk])[order.pk]
    assert (edit.before, edit.version) == ({"notes": "", "priority_level": "normal"}, 2)
    assert [(step.old, step.new) for step in edit.changes] == [("Normaal", "Hoog"), ("–", "Bel eerst")]


def test_a_change_of_an_older_version_is_refused(order):
    update_order(order=order, changes={"notes": "Eerst"}, version=1, by=None)

    with pytest.raises(Conflict) as refusal:
        update_order(order=order, changes={"notes": "Later"}, version=1, by=None)

    assert refusal.value.code == "version_conflict"
    assert refusal.value.extra == {"current": 2, "given": 1}
    assert Order.objects.get(pk=order.pk).notes == "Eerst"


@pytest.mark.parametrize("status", [status for status in FINAL_STATUSES if status != OrderStatus.REJECTED])
@pytest.mark.django_db
def test_what_is_finished_is_frozen(status):
    order = order_in(status)

    with pytest.raises(Refused) as refusal:
        update_order(order=order, changes={"notes": "Te laat"}, version=1, by=None)

    assert refusal.value.code == "order_is_final"
    assert_unchanged(order)


@pytest.mark.parametrize("name", ["status", "total_incl_vat", "order_number", "workflow", "held_from", "planned_start_date"])
def test_what_belongs_to_the_engine_is_not_edited(order, name):
    with pytest.raises(Malformed) as refusal:
        update_order(order=order, changes={name: "x"}, version=1, by=None)

    assert [(fault.pointer, fault.code) for fault in refusal.value.fields] == [(f"/{name}", "unknown_field")]
    assert_unchanged(order)


@pytest.mark.parametrize(("name", "value"), [("priority_level", "soon"), ("notes", "x" * 5001), ("requested_date", "tomorrow")])
def test_what_a_column_cannot_hold_is_refused(order, name, value):
    with pytest.raises(Malformed) as refusal:
        update_order(order=order, changes={name: value}, version=1, by=None)

    assert [fault.pointer for fault in refusal.value.fields] == [f"/{name}"]
    assert_unchanged(order)


def test_lines_are_replaced_kept_and_removed_and_the_totals_follow(order):
    charger, _cable = order.line_items.order_by("line_order")

    changed = update_order(
        order=order,
        changes={
            "line_items": (
                LineData(description="Montage", quantity=Decimal(1), unit_price=Decimal(450), vat_rate=Decimal("0.09")),
                LineData(id=charger.pk, description="Laadpunt", quantity=Decimal(3), unit_price=Decimal(599)),
            )
        },
        version=1,
        by=None,
    )

    lines = list(LineItem.objects.filter(order=order).order_by("line_order"))
    assert [(line.description, line.quantity, line.total) for line in lines] == [
        ("Montage", Decimal("1.000"), Decimal("450.00")),
        ("Laadpunt", Decimal("3.000"), Decimal("1797.00")),
    ]
    assert lines[1].pk == charger.pk
    assert (changed.total_excl_vat, changed.total_vat) == (Decimal("2247.00"), Decimal("417.87"))
    assert sorted(LineItem.history.values_list("history_type", flat=True)) == ["+", "+", "+", "-", "~"]


def test_a_line_of_another_order_is_not_taken_over(order):
    other = LineItem.objects.create(
        order=OrderFactory(),
        line_order=1,
        description="Andermans",
        unit_price_customer=Decimal(1),
        total=Decimal(1),
    )

    with pytest.raises(Refused) as refusal:
        update_order(
            order=order,
            changes={"line_items": (LineData(id=other.pk, description="Mijn", unit_price=Decimal(1)),)},
            version=1,
            by=None,
        )

    assert refusal.value.code == "lines_refused"
    assert_unchanged(order)
    assert LineItem.objects.get(pk=other.pk).description == "Andermans"


@pytest.mark.django_db
def test_the_address_of_an_order_that_is_being_planned_stays():
    order = order_in(OrderStatus.PLANNING)

    with pytest.raises(Refused) as refusal:
        update_order(order=order, changes={"installation_address": None}, version=1, by=None)

    assert [fault.code for fault in refusal.value.fields] == ["installation_address_missing"]
    assert Order.objects.get(pk=order.pk).installation_address_id is not None


def test_the_contact_is_one_of_the_customer(order):
    with pytest.raises(Refused) as refusal:
        update_order(order=order, changes={"primary_contact": ContactFactory()}, version=1, by=None)

    assert [fault.code for fault in refusal.value.fields] == ["contact_of_other_organization"]
    assert_unchanged(order)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [OrderStatus.NEW_LEAD, OrderStatus.CANCELLED])
def test_an_order_that_should_not_be_is_removed_and_its_log_stays(status, boss):
    order = order_in(status)

    remove_order(order=order, reason="Dubbel ingevoerd", by=boss)

    assert not Order.objects.kept().exists()
    assert [version.history_change_reason for version in order.history.order_by("history_id")] == ["", "Dubbel ingevoerd"]


@pytest.mark.django_db
def test_an_order_that_is_worked_on_is_not_removed(boss):
    order = order_in(OrderStatus.PLANNING)

    with pytest.raises(Refused) as refusal:
        remove_order(order=order, reason="Weg ermee", by=boss)

    assert refusal.value.code == "order_in_use"
    assert Order.objects.kept().get() == order
