"""Two at once, with real threads and commits."""

import pytest

from apps.core.errors import Conflict, DomainError
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order, OrderHold
from apps.orders.services import create_order, editing, order_hold_create, update_order
from apps.workflow import queries
from apps.workflow.models import StatusTransition
from apps.workflow.services import change, change_entity_status
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import load
from tests.orders.test_placing import order_data

ROUNDS = 6
pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def new_order(real_commits):
    load("050_status_policies.json")
    entity = BusinessEntityFactory()
    data = order_data(entity)
    return lambda: create_order(data=data, by=None)


def send_intake(order):
    return lambda: change_entity_status(
        entity_type="order", entity_id=order.pk, to_status=S.INTAKE_SENT, expected_status=S.NEW_LEAD
    )


def cancel(order):
    return lambda: change_entity_status(
        entity_type="order",
        entity_id=order.pk,
        to_status=S.CANCELLED,
        transition_reason="Klant stopt",
        expected_status=S.NEW_LEAD,
    )


def steps(order):
    found = StatusTransition.objects.filter(entity_id=order.pk).order_by("sequence")
    return list(found.values_list("sequence", "from_status", "to_status"))


def test_of_two_conflicting_changes_exactly_one_wins(new_order):
    for _round in range(ROUNDS):
        order = new_order()

        results = together([send_intake(order), cancel(order)])

        (winner,) = [result for result in results if isinstance(result, StatusTransition)]
        (loser,) = [result for result in results if isinstance(result, Conflict)]
        assert loser.code == "status_conflict"
        assert Order.objects.get(pk=order.pk).status == winner.to_status
        assert steps(order) == [(1, None, "new_lead"), (2, "new_lead", winner.to_status)]


def test_without_the_lock_both_pass_every_check(new_order, monkeypatch):
    """The negative control: only the unique number of a step is then left to refuse the second."""
    monkeypatch.setattr(change, "_lock", lambda record: type(record)._base_manager.get(pk=record.pk))
    monkeypatch.setattr(change, "find_record", lambda *named, by, lock: queries.find_record(*named, by=by))

    refused_by_the_engine = 0
    for _round in range(ROUNDS):
        order = new_order()
        results = together([send_intake(order), cancel(order)])
        refused_by_the_engine += sum(isinstance(result, DomainError) for result in results)

    assert refused_by_the_engine < ROUNDS


def test_an_order_is_held_once(new_order):
    order = new_order()

    def hold():
        return order_hold_create(order=order, hold_reason_category="other", hold_reason_details="Storing", by=None)

    results = together([hold] * 4)

    assert sum(isinstance(result, OrderHold) for result in results) == 1
    assert [result.code for result in results if isinstance(result, DomainError)] == ["status_conflict"] * 3
    assert OrderHold.objects.filter(order=order).count() == 1


def edit(order, notes):
    return lambda: update_order(order=order, changes={"notes": notes}, version=1, by=None)


def test_of_two_edits_of_one_version_exactly_one_is_kept(new_order):
    order = new_order()

    results = together([edit(order, str(number)) for number in range(4)])

    (winner,) = [result for result in results if isinstance(result, Order)]
    assert [result.code for result in results if isinstance(result, DomainError)] == ["version_conflict"] * 3
    stored = Order.objects.get(pk=order.pk)
    assert (stored.notes, stored.version) == (winner.notes, 2)


def test_without_the_lock_an_edit_is_lost(new_order, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(editing, "lock_order", lambda order: Order.objects.get(pk=order.pk))

    lost = 0
    for _round in range(ROUNDS):
        order = new_order()
        results = together([edit(order, "een"), edit(order, "twee")])
        lost += sum(isinstance(result, Order) for result in results) - 1

    assert lost > 0


def test_edits_and_steps_wait_for_each_other(new_order):
    order = new_order()
    by = UserFactory(superuser=True)

    results = together(
        [
            edit(order, "Bel eerst"),
            lambda: change_entity_status(entity_type="order", entity_id=order.pk, to_status=S.INTAKE_SENT, by=by),
        ]
    )

    stored = Order.objects.get(pk=order.pk)
    assert stored.status == S.INTAKE_SENT
    assert stored.version == 2 if any(isinstance(result, DomainError) for result in results) else 3
