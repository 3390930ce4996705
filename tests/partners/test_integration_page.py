"""The page of an integration: how it is doing, and what it still needs."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey
from apps.core import clock
from apps.partners.models import PartnerIntegration
from tests.factories.gateway import ApiUsageLogFactory, RawInboundFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import (
    DeliveryAttemptFactory,
    EndpointHealthFactory,
    PartnerDeliveryFactory,
    PartnerIntegrationFactory,
    PartnerMessageFactory,
    PartnerSkuFactory,
)
from tests.partners.conftest import partner_with_key
from tests.partners.desk import as_user, manager_of, press, seen

pytestmark = pytest.mark.django_db

# How it is doing


def test_the_figures_are_those_of_the_rows_behind_them(manager, integration, reference):
    parked = PartnerDeliveryFactory(reference=reference, state="parked", last_error_code="http_500")
    PartnerDeliveryFactory(reference=reference)
    DeliveryAttemptFactory(delivery=parked, error_code="http_500", response_status=500)
    DeliveryAttemptFactory.create_batch(3, delivery=parked)
    DeliveryAttemptFactory(delivery=parked, started_at=clock.now() - timedelta(hours=25), error_code="timeout")
    PartnerDeliveryFactory(state="parked")

    tiles = {str(tile.title): tile.value for tile in seen(manager, integration)["tiles"]}

    assert tiles == {
        "calls succeeded in 24 hours": "75%",
        "since the last delivery": "–",
        "failed calls in 24 hours": 1,
        "orders today": 1,
        "orders in 7 days": 1,
        "messages waiting": 1,
        "messages parked": 1,
    }


def test_each_figure_opens_a_list(manager, integration):
    tiles = seen(manager, integration)["tiles"]

    assert {manager.get(tile.url).status_code for tile in tiles} == {200}


def test_a_week_of_calls_in_both_directions(manager, integration):
    def call(**fields: Any) -> None:
        ApiUsageLogFactory(
            integration=integration.integration_name, organization_id=integration.partner_organization_id, **fields
        )

    call(direction="in", response_status=201)
    call(direction="in", response_status=400, error_code="malformed")
    call(direction="out", response_status=None, error_code="timeout")
    call(direction="out", response_status=204, occurred_at=clock.now() - timedelta(days=6))
    call(direction="out", response_status=204, occurred_at=clock.now() - timedelta(days=8))
    ApiUsageLogFactory(integration="another")

    week = seen(manager, integration)["week"]

    names = ("in_ok", "in_failed", "out_ok", "out_failed")
    assert [row["day"] for row in week] == [clock.today() - timedelta(days=ago) for ago in range(7)]
    assert [tuple(row[name] for name in names) for row in week] == [(1, 1, 0, 1), *[(0, 0, 0, 0)] * 5, (0, 0, 1, 0)]


def test_what_stands_in_the_way_is_said(manager, integration, at):
    EndpointHealthFactory(integration=integration, consecutive_failures=12, open_until=clock.now() + timedelta(minutes=1))
    PartnerIntegration.objects.update(sync_enabled=False)

    notices = [str(notice) for notice in seen(manager, integration)["notices"]]

    assert notices == [
        "Sending is paused: statuses are queued and wait until it is resumed. Orders still come in.",
        "Webhook: 12 calls failed in a row. One call a minute tries it; the next one is at 13:01.",
    ]


def test_the_last_error_is_told_in_plain_words(manager, integration):
    PartnerIntegration.objects.update(
        last_error_at=clock.now(), last_error_message="http_503 whatever", success_rate=50, error_count=1
    )

    facts = {str(label): str(value) for label, value in seen(manager, integration)["facts"]}

    assert facts["Last error"].endswith("Something went wrong on the partner's side (503).")


def test_refused_messages_and_unread_fields_lead_to_the_try_out(manager, integration, reference):
    message = PartnerMessageFactory(reference=reference, unmapped=["loyalty.card"])
    ApiUsageLogFactory(
        integration=integration.integration_name,
        organization_id=integration.partner_organization_id,
        request_id="request-9",
        response_status=400,
        error_code="malformed",
        error_message="The input is not valid.",
    )
    raw = RawInboundFactory(request_id="request-9")
    colleague = manager_of(integration, Scope.ADMIN_INTEGRATIONS)
    colleague.user_permissions.add(Permission.objects.get(codename="view_rawinbound"))

    context, shown = seen(as_user(colleague), integration), seen(manager, integration)

    assert [(row["code"], row["raw_id"], row["link"]) for row in context["refused"]] == [("malformed", raw.pk, "")]
    assert [(row["code"], row["raw_id"]) for row in shown["refused"]] == [("malformed", "")]
    assert [(field.name, field.times, field.message_id) for field in shown["unread"]] == [("loyalty.card", 1, message.pk)]


def test_the_keys_of_the_partner_are_listed_with_their_use(manager, integration):
    partner = partner_with_key(integration, live=False)
    ApiKey.objects.update(expires_at=clock.now() + timedelta(days=3))
    partner_with_key(PartnerIntegrationFactory())

    (row,) = seen(manager, integration)["keys"]

    assert (row["hint"], row["used"], row["ends_soon"]) == (partner.key.hint, "never used", True)


# What it still needs


def test_a_new_integration_is_told_what_it_needs(at):
    bare = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, slug=""),
        custom_field_mapping={"customer.name": "n", "customer.email": "e", "customer.address.postal_code": "p"},
        webhook_url="",
        is_active=False,
    )

    steps = seen(as_user(manager_of(bare, Scope.ADMIN_INTEGRATIONS)), bare)["steps"]

    assert [(step.is_done, str(step.detail)) for step in steps] == [
        (False, ""),
        (False, "customer.address.street, customer.address.city"),
        (False, "0 article numbers"),
        (False, ""),
        (False, ""),
        (False, ""),
        (False, ""),
        (False, ""),
    ]


def test_one_that_has_all_it_needs_is_ready(manager, integration, reference):
    partner_with_key(integration)
    PartnerSkuFactory(integration=integration)
    press(manager, integration, "test-message")

    context = seen(manager, integration)

    assert [str(step.label) for step in context["steps"] if not step.is_done] == []
    assert context["is_ready"] is True


def test_a_test_of_another_address_does_not_count(manager, integration):
    press(manager, integration, "test-message")
    PartnerIntegration.objects.update(webhook_url="http://127.0.0.1:1/elsewhere")

    steps = {str(step.label): step.is_done for step in seen(manager, integration)["steps"]}

    assert steps["A test message arrived at that address"] is False
