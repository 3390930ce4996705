"""The totals are kept current: by whoever writes, at the same moment, and by whatever way the rows were written."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.consistency import checks
from apps.orders.models import Order
from apps.orders.services import order_hold_create, remove_order
from apps.reporting import services
from apps.reporting.figures import FIGURES, Period, Scope
from apps.reporting.figures.reading import Ask, parts_of
from apps.reporting.models import FigureChange, FigureState, FigureTotal
from tests import ground
from tests.factories.accounts import UserFactory
from tests.factories.finance import PaymentFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory


def totals() -> dict[tuple[object, ...], tuple[int, Decimal]]:
    return {(each.measure, each.day, each.entity_id, each.key): (each.count, each.amount) for each in FigureTotal.objects.all()}


def differences(database: str) -> list[str]:
    with ground.owner(database) as connection, connection.transaction():
        (result,) = checks.run(connection, only=["figures"])
    assert result.error == ""
    return [each.record for each in result.examples]


def test_writers_at_the_same_moment_lose_nothing(real_commits, together):
    entity = BusinessEntityFactory()
    services.add_changes()  # the first time works all out anew
    orders = [OrderFactory(business_entity=entity) for _ in range(12)]

    def write(order: Order) -> None:
        PaymentFactory(business_entity=entity, amount=Decimal("10.00"))
        order_hold_create(order=order, hold_reason_category="other", hold_reason_details="Vakantie", by=None)

    together([*(partial(write, order) for order in orders[:8]), *[services.add_changes] * 3, services.rebuild_figures])
    remove_order(order=orders[8], reason="Per abuis", by=None)

    assert differences(real_commits) == []
    scope = Scope(user=UserFactory(is_superuser=True), entities=(entity.pk,))
    period = Period.named("month")
    assert FIGURES["holds_active"].value(scope, period) == 8
    assert FIGURES["orders_new"].value(scope, period) == 11
    services.add_changes()
    assert not FigureChange.objects.exists()
    added = totals()
    services.rebuild_figures()
    assert totals() == added
    assert FIGURES["received"].value(scope, Period.named("month", on=PaymentFactory.build().payment_date)) == 80


def test_verify_finds_a_total_that_is_not_what_the_rows_say(real_commits):
    OrderFactory()
    services.add_changes()
    assert differences(real_commits) == []

    FigureTotal.objects.filter(measure="new_orders").update(count=7)
    FigureTotal.objects.filter(measure="orders").delete()

    assert {record.split()[0] for record in differences(real_commits)} == {"new_orders", "orders"}
    said = StringIO()
    call_command("rebuild_figures", stdout=said)
    assert said.getvalue() == f"{FigureTotal.objects.count()} totals\n"
    assert differences(real_commits) == []


@pytest.mark.django_db
def test_totals_of_other_rules_are_worked_out_anew():
    OrderFactory()
    assert services.add_changes() == FigureTotal.objects.count()
    assert set(FigureTotal.objects.values_list("measure", flat=True)) == {"new_orders", "orders"}
    FigureTotal.objects.update(count=9)

    services.add_changes()
    assert set(FigureTotal.objects.values_list("count", flat=True)) == {9}

    FigureState.objects.update(rules="those of before")
    services.add_changes()
    assert set(FigureTotal.objects.values_list("count", flat=True)) == {1}
    assert FigureState.objects.count() == 1


@pytest.mark.django_db
def test_what_adds_up_to_nothing_is_forgotten():
    order = OrderFactory()
    services.add_changes()

    remove_order(order=order, reason="Per abuis", by=None)
    services.add_changes()

    assert not FigureTotal.objects.exists()


DAYS = st.dates(date(2023, 12, 1), date(2028, 3, 31))


@given(DAYS, DAYS)
@example(date(2028, 2, 1), date(2028, 2, 29))
@example(date(2027, 12, 31), date(2028, 1, 1))
def test_any_stretch_of_days_is_whole_months_and_the_beginnings_of_two(first, last):
    counted = Counter()
    for sign, part in parts_of(Ask("new_orders", first, last)):
        after = part.last + timedelta(days=1)
        assert part.first.day == 1
        assert part.is_month is (after.day == 1)
        assert part.is_month or (part.first.year, part.first.month) == (part.last.year, part.last.month)
        counted.update({part.first + timedelta(days=number): sign for number in range((after - part.first).days)})

    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    assert {day for day, number in counted.items() if number} == days
    assert set(counted.values()) <= {0, 1}


@pytest.mark.django_db
@pytest.mark.parametrize("added", ["before", "between", "never"])
def test_a_period_counts_its_days_whether_they_were_added_up_or_not(added):
    entity = BusinessEntityFactory()
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 14), date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 20)]
    services.add_changes()
    for number, day in enumerate(days):
        PaymentFactory(business_entity=entity, amount=Decimal(1), payment_date=day)
        if added == "between" and number == 2:
            services.add_changes()
    if added == "before":
        services.add_changes()
    scope = Scope(user=UserFactory(is_superuser=True), entities=(entity.pk,))

    def received(first: date, last: date) -> object:
        return FIGURES["received"].value(scope, Period(first, last))

    assert [received(day, day) for day in days] == [1] * 6
    assert received(date(2026, 2, 1), date(2026, 2, 28)) == 3
    assert received(date(2026, 2, 2), date(2026, 2, 27)) == 1
    assert received(date(2026, 2, 15), date(2026, 4, 30)) == 2
    assert received(date(2025, 3, 7), date(2026, 5, 19)) == 5
    assert received(date(2026, 2, 2), date(2026, 2, 13)) == 0
