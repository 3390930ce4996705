"""Many rows in one statement are stored as `save()` stores each."""

from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.bulk import insert_many, update_many
from apps.orders.choices import BillingStatus
from apps.orders.models import LineItem, Order
from apps.workflow.models import StatusTransition
from tests.factories.orders import OrderFactory

pytestmark = pytest.mark.django_db


def line_of(order, number):
    return LineItem(
        order=order, line_order=number, description="Kabel", unit_price_customer=Decimal("1.25"), total=Decimal("1.25")
    )


def columns_of(record):
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def test_many_are_inserted_as_saved_in_one_statement():
    lines = [line_of(OrderFactory(), number) for number in range(1, 4)]

    with CaptureQueriesContext(connection) as asked:
        insert_many(lines)
        insert_many([])

    assert len(asked) == 1
    for line in lines:
        assert line._state.adding is False
        assert columns_of(line) == columns_of(LineItem.objects.get(pk=line.pk))
        assert line.history.get().history_type == "+"


def test_texts_dates_and_json_come_back_as_they_went_in():
    order = OrderFactory(customer_differences={"phone": {"known": "1", "given": "2"}})
    again = Order.objects.get(pk=order.pk)
    again.pk, again.order_number, again.billing_status = type(order.pk)(int=7), "CC-2026-00999", BillingStatus.INVOICED
    bare = Order.objects.get(pk=order.pk)
    bare.pk, bare.order_number, bare.customer_differences = type(order.pk)(int=8), "CC-2026-00998", {}

    insert_many([again, bare])

    assert Order.objects.get(pk=again.pk).customer_differences == {"phone": {"known": "1", "given": "2"}}
    assert columns_of(Order.objects.get(pk=again.pk)) == columns_of(again) | {"billing_status": "invoiced"}
    assert Order.objects.get(pk=bare.pk).customer_differences == {}


def test_one_that_cannot_be_stored_keeps_all_out():
    order = OrderFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many([line_of(order, 1), LineItem(order=order, line_order=2, description="Kabel", total=Decimal(-1))])

    assert not order.line_items.exists()


def test_many_are_updated_with_a_version_of_each():
    first, second, third = (OrderFactory() for _each in range(3))
    first.notes, second.notes = "Bel eerst", "Achterom"
    first.billing_status = second.billing_status = BillingStatus.INVOICED

    with CaptureQueriesContext(connection) as asked:
        update_many([first, second], ["notes", "billing_status"])
        update_many([], ["notes"])

    assert len(asked) == 1
    kept = {order.pk: (order.notes, order.billing_status) for order in Order.objects.all()}
    assert kept[first.pk] == ("Bel eerst", "invoiced")
    assert kept[second.pk] == ("Achterom", "invoiced")
    assert kept[third.pk] == (third.notes, third.billing_status)
    assert [order.history.count() for order in (first, second, third)] == [2, 2, 1]


def test_what_is_too_long_is_refused_and_never_cut_off():
    order = OrderFactory(order_number="CC-2026-00001")
    order.order_number = "9" * 31

    with pytest.raises(DataError), transaction.atomic():
        update_many([order], ["order_number"])

    assert Order.objects.get(pk=order.pk).order_number == "CC-2026-00001"


def test_a_row_that_is_gone_is_told():
    order, gone = OrderFactory(), OrderFactory.build(pk=type(OrderFactory().pk)(int=7))

    with pytest.raises(LookupError, match=r"of 2 rows .* only 1"), transaction.atomic():
        update_many([order, gone], ["notes"])


def test_a_column_of_nothing_alone_keeps_its_type():
    order = OrderFactory()
    steps = [
        StatusTransition(
            entity_type="order",
            entity_id=order.pk,
            sequence=number,
            workflow="default",
            from_status="new",
            to_status="held",
            occurred_at=order.created_at,
            actor_kind="system",
            status_since=order.created_at,
        )
        for number in (8, 9)
    ]

    insert_many(steps)

    kept = StatusTransition.objects.get(pk=steps[0].pk)
    assert (kept.sla_deadline, kept.triggered_by, kept.business_context) == (None, None, {})
