"""One partner_order_id, 64 times at once, with real threads and commits: one order, and everybody gets its answer."""

from collections import Counter

import pytest

from apps.orders.models import Order
from apps.organizations.models import NumberSequence, Organization
from apps.partners.models import PartnerMessage, PartnerOrderReference
from apps.partners.services import intake
from tests.factories.partners import PartnerIntegrationFactory
from tests.partners.conftest import Partner, partner_with_key, sample


@pytest.fixture
def committed_partner(furnished_commits: str) -> Partner:
    return partner_with_key(PartnerIntegrationFactory(rate_limit_config={"requests_per_minute": 60_000}))


def numbers_taken() -> int:
    series = NumberSequence.objects.filter(document_type="order", business_entity__entity_code="chargecars", is_test=False)
    return sum(series.values_list("current_value", flat=True))


def test_64_at_once_make_one_order(committed_partner, together):
    message = sample("canonical.json")

    answers = together([lambda: committed_partner.post(message)] * 64)

    order = Order.objects.get()
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["order_number"] == order.order_number
    assert (PartnerOrderReference.objects.count(), PartnerMessage.objects.count()) == (1, 1)
    assert Organization.objects.customers().count() == 1
    assert numbers_taken() == 1


def test_without_the_lock_they_collide(committed_partner, together, monkeypatch):
    """The negative control: the unique constraint still holds, but others are refused instead of answered."""
    monkeypatch.setattr(intake, "_lock_partner_order", lambda integration, partner_order_id: None)
    message = sample("canonical.json")

    answers = together([lambda: committed_partner.post(message)] * 16)

    assert {answer.status_code for answer in answers} - {200, 201}
    assert (Order.objects.count(), numbers_taken()) == (1, 1)


def test_64_different_orders_at_once_get_64_numbers_without_a_gap(committed_partner, together):
    messages = [sample("canonical.json") | {"partner_order_id": f"ZON-{n}"} for n in range(64)]

    answers = together([lambda message=message: committed_partner.post(message) for message in messages])

    numbers = sorted(answer.json()["order_number"] for answer in answers)
    assert {answer.status_code for answer in answers} == {201}
    assert [int(number.rpartition("-")[2]) for number in numbers] == list(range(1, 65))
    assert Organization.objects.customers().count() == 1
