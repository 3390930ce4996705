"""Who may post a partner's orders, and what is noted of each call."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.services import create_api_key, issue_access_token, revoke_api_key
from apps.core import clock
from apps.gateway.models import ApiUsageLog, RawInbound
from apps.orders.models import Order
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import PartnerIntegrationFactory
from tests.partners.conftest import partner_with_key

pytestmark = pytest.mark.django_db


def test_the_partner_is_found_by_its_key_too(partner, canonical):
    path = f"/api/v1/partners/{partner.integration.partner_organization_id}/orders"

    assert partner.post(canonical(), path=path).status_code == 201


def wrong_keys(partner) -> dict[str, str]:
    user = partner.key.user
    expired, expired_text = create_api_key(
        user=user, name="old", live=True, scopes=["api.access"], expires_at=clock.now() + timedelta(hours=1), by=None
    )
    type(expired).objects.filter(pk=expired.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    revoked, revoked_text = create_api_key(user=user, name="gone", live=False, scopes=["api.access"], expires_at=None, by=None)
    revoke_api_key(api_key=revoked, by=None)
    return {
        "none": "",
        "rubbish": "rubbish",
        "of no one": f"cc_live_{'A' * 10}_{'B' * 43}",
        "with another secret": partner.api_key[:-4] + "AAAA",
        "of the other kind": partner.api_key.replace("cc_live_", "cc_test_"),
        "expired": expired_text,
        "revoked": revoked_text,
    }


@pytest.mark.parametrize(
    "which", ["none", "rubbish", "of no one", "with another secret", "of the other kind", "expired", "revoked"]
)
def test_a_key_that_is_not_valid_is_401_and_tells_no_more(partner, canonical, which):
    response = partner.post(canonical(), api_key=wrong_keys(partner)[which])

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert Order.objects.count() == 0


def test_another_partners_door_and_one_that_does_not_exist_look_the_same(partner, canonical):
    other = PartnerIntegrationFactory()
    paths = {
        "another's name": f"/api/v1/partners/{other.partner_organization.slug}/orders",
        "another's key": f"/api/v1/partners/{other.partner_organization_id}/orders",
        "nobody's name": "/api/v1/partners/nobody/orders",
        "nobody's key": "/api/v1/partners/00000000-0000-4000-8000-000000000000/orders",
    }

    answers = {name: partner.post(canonical(), path=path) for name, path in paths.items()}

    problems = {name: answer.json() | {"request_id": ""} for name, answer in answers.items()}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert all(problem == problems["nobody's name"] for problem in problems.values())
    assert Order.objects.count() == 0


def test_the_partner_above_in_the_tree_has_its_own_door_only(partner, canonical):
    below = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, parent_organization=partner.integration.partner_organization)
    )

    response = partner.post(canonical(), path=f"/api/v1/partners/{below.partner_organization.slug}/orders")

    assert response.status_code == 404


def test_a_key_without_the_scope_is_403(canonical):
    partner = partner_with_key(PartnerIntegrationFactory(), scopes=("partner.portal",))

    assert partner.post(canonical()).status_code == 403


def test_staff_do_not_use_the_partners_door(partner, canonical):
    response = partner.post(canonical(), api_key=issue_access_token(UserFactory(superuser=True)))

    assert response.status_code == 404


def test_an_integration_that_is_off_takes_no_orders(canonical):
    partner = partner_with_key(PartnerIntegrationFactory(is_active=False))

    response = partner.post(canonical())

    assert (response.status_code, response.json()["code"]) == (422, "integration_not_active")


def test_only_posting_is_offered(partner):
    response = Client().get(partner.path, headers={"Authorization": f"Bearer {partner.api_key}"})

    assert response.status_code == 405


# What is noted


def test_every_call_is_noted_and_the_body_of_a_refused_one_is_kept_with_its_secrets_masked(partner, canonical):
    partner.post(canonical())
    partner.post(canonical(status="x", partner_order_id="ZON-2"))

    calls = ApiUsageLog.objects.order_by("occurred_at")
    assert [(call.response_status, call.integration, call.error_code) for call in calls] == [
        (201, partner.integration.integration_name, ""),
        (400, partner.integration.integration_name, "malformed"),
    ]
    refused = RawInbound.objects.get()
    assert "Sanne de Wit" in refused.body
    assert partner.api_key not in str(refused.headers) + refused.body


def test_beyond_the_integrations_limit_a_call_has_to_wait(canonical):
    # Without Redis, as here, the limit is half of what it says: stricter, never open.
    partner = partner_with_key(PartnerIntegrationFactory(rate_limit_config={"requests_per_minute": 4}))

    answers = [partner.post(canonical(partner_order_id=f"ZON-{n}")) for n in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2]["Retry-After"]) in range(1, 62)
    assert Order.objects.count() == 2


def test_an_order_costs_few_statements(partner, canonical, django_assert_max_num_queries):
    partner.post(canonical(partner_order_id="ZON-0"))

    with django_assert_max_num_queries(60):
        partner.post(canonical(partner_order_id="ZON-3"))
