"""A partner's statement: its own commissions alone, with all that it needs to do the sum again."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from apps.finance import services
from tests.factories.finance import CommissionRuleFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import PartnerIntegrationFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import Caller, assert_refused, user_with
from tests.partners.conftest import partner_with_key

FIELDS = [
    "id", "business_entity", "order_number", "partner_reference", "invoice_number", "commission_level", "status", "is_due",
    "calculated_on", "calculation_method", "commission_rate", "fixed_amount", "tiers", "orders_in_month", "max_per_order",
    "base_amount", "granted_before", "limit", "commission_amount", "reversed_amount", "paid_amount", "payment_date", "formula",
]  # fmt: skip


@pytest.fixture
def company(db):
    return company_with_books()


@pytest.fixture
def channel(company):
    """A partner with a key, and one above it in the channel with another."""
    above = OrganizationFactory(partner=True)
    below = OrganizationFactory(partner=True, parent_organization=above)
    for organization, level, rate in ((below, 1, "7.50"), (above, 2, "3.00")):
        CommissionRuleFactory(organization=organization, level=level, rate=Decimal(rate), business_entity=company)
    order = completed_order(company, ("1", "599.50", "0.21"), partner_organization=below, partner_reference="GRD-1")
    generated(order)
    services.refresh_commissions(order=order)
    return [
        partner_with_key(PartnerIntegrationFactory(partner_organization=each, business_entity=company)) for each in (below, above)
    ]


def statement(client, partner, query=""):
    path = f"/api/v1/partners/{partner.integration.partner_organization.slug}/commissions{query}"
    return client.get(path, headers={"authorization": f"Bearer {partner.api_key}"})


def test_each_sees_its_own_and_can_do_the_sum_again(client, channel):
    told = [statement(client, partner).json()["results"] for partner in channel]

    assert [[each["commission_amount"] for each in rows] for rows in told] == [["44.96"], ["17.99"]]
    ((row,), (above,)) = told
    assert list(row) == FIELDS
    assert (row["partner_reference"], row["commission_level"], row["status"], row["is_due"]) == ("GRD-1", 1, "pending", False)
    assert (above["commission_level"], above["limit"]) == (2, None)
    again = Decimal(row["base_amount"]) * Decimal(row["commission_rate"]) / 100
    assert str(again.quantize(Decimal("0.01"), ROUND_HALF_UP)) == row["commission_amount"]


def test_it_is_filtered_and_an_unknown_filter_is_refused(client, channel):
    (below, _above) = channel
    assert statement(client, below, "?status=approved,paid").json()["results"] == []
    assert len(statement(client, below, "?status=pending").json()["results"]) == 1
    assert_refused(statement(client, below, "?beneficiary=x"), 400, "malformed", "/beneficiary")


def test_another_partners_statement_is_not_there(client, channel):
    (below, above) = channel
    path = f"/api/v1/partners/{above.integration.partner_organization.slug}/commissions"
    answer = client.get(path, headers={"authorization": f"Bearer {below.api_key}"})
    assert_refused(answer, 404, "not_found")


def test_staff_read_every_level_and_a_right_is_needed(client, channel):
    rows = Caller(client, user_with("finance.reports")).get("commissions").json()["results"]
    assert [(each["commission_level"], each["commission_amount"]) for each in rows] == [(2, "17.99"), (1, "44.96")]
    assert rows[0]["parent_commission_id"] == rows[1]["id"]
    assert_refused(Caller(client, user_with("sales.orders")).get("commissions"), 403, "permission_denied")
