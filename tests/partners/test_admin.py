"""What staff see of partners and may do: pages open, secrets stay secret, a message is sent again or skipped."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.core.contributions import Viewer
from apps.partners.models import EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.pages import deliveries_in_timeline, deliveries_panel, messages_in_timeline, tiles
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.factories.partners import (
    SECRET,
    DeliveryAttemptFactory,
    EndpointHealthFactory,
    PartnerDeliveryFactory,
    PartnerIntegrationFactory,
    PartnerMessageFactory,
    PartnerOrderReferenceFactory,
    PartnerSkuFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(superuser=True))
    return client


def url(page: str, *args: object) -> str:
    return reverse(f"admin:partners_{page}", args=args)


def form_of(integration: PartnerIntegration, **changes: str) -> dict[str, str]:
    return {
        "integration_name": integration.integration_name,
        "partner_organization": str(integration.partner_organization_id),
        "business_entity": str(integration.business_entity_id),
        "integration_type": "api",
        "is_active": "on",
        "takes_orders": "on",
        "rate_limit_config": "{}",
        "partner_specific_config": "{}",
        "partner_order_id_field": "partner_order_id",
        "custom_field_mapping": "{}",
        "status_mapping": "{}",
        "sync_enabled": "on",
        "sync_frequency": "real_time",
        "webhook_url": integration.webhook_url,
        "webhook_events": '["order.status_changed"]',
        "webhook_secret": "",
        "api_base_url": "",
        "api_version": "",
        "authentication_type": "",
        "credentials": "",
        "skus-TOTAL_FORMS": "0",
        "skus-INITIAL_FORMS": "0",
    } | changes


def test_an_integrations_page_opens_and_never_shows_a_secret(staff):
    integration = PartnerIntegrationFactory(credentials="very-secret-password")
    PartnerSkuFactory(integration=integration)
    EndpointHealthFactory(integration=integration, consecutive_failures=4)

    page = staff.get(url("partnerintegration_change", integration.pk)).content.decode()
    settings = staff.get(url("partnerintegration_settings", integration.pk)).content.decode()

    assert SECRET not in page + settings
    assert "very-secret-password" not in page + settings
    assert f"••••{SECRET[-4:]}" in settings


def test_who_may_only_look_at_an_integration_sees_no_secret_either():
    integration = PartnerIntegrationFactory(credentials="very-secret-password")
    planner = UserFactory(staff=True)
    planner.user_permissions.add(Permission.objects.get(codename="view_partnerintegration"))
    MembershipFactory(user=planner, business_entity=integration.business_entity)
    client = Client()
    client.force_login(planner)

    answer = client.get(url("partnerintegration_settings", integration.pk))

    page = answer.content.decode() + client.get(url("partnerintegration_change", integration.pk)).content.decode()
    assert answer.status_code == 200
    assert integration.integration_name in page
    assert "very-secret-password" not in page
    assert integration.webhook_secret not in page


def test_secrets_left_empty_stay_what_they_are(staff):
    integration = PartnerIntegrationFactory(credentials="very-secret-password")

    response = staff.post(url("partnerintegration_change", integration.pk), form_of(integration, integration_name="Zon"))

    saved = PartnerIntegration.objects.get()
    assert response.status_code == 302, response.context["errors"]
    assert (saved.integration_name, saved.webhook_secret, saved.credentials) == ("Zon", SECRET, "very-secret-password")


def test_a_secret_is_in_no_history_and_no_audit_row(staff, as_owner):
    from apps.audit.models import AuditLog

    integration = PartnerIntegrationFactory(credentials="very-secret-password")
    integration.credentials = "another-password"
    integration.save()

    values = str(list(AuditLog.objects.filter(table_name="partner_integration").values_list("old_values", "new_values")))
    version = integration.history.first()
    assert "credentials" in values
    assert not hasattr(version, "credentials")
    assert not any(hasattr(version, name) for name in ("webhook_secret", "previous_webhook_secret"))
    assert "$" not in values.replace("$", "$", 1) or "test$" not in values


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("custom_field_mapping", '{"order.status": "x"}'),
        ("custom_field_mapping", '{"customer.name": "a["}'),
        ("custom_field_mapping", '{"customer.name": {"path": "a", "eval": "x"}}'),
        ("custom_field_mapping", "not json"),
        ("status_mapping", '{"chargecars_to_partner": {"no_status": "X"}}'),
        ("status_mapping", '{"chargecars_to_partner": {"completed": ""}}'),
        ("rate_limit_config", '{"requests_per_minute": 0}'),
        ("rate_limit_config", '{"per_hour": 5}'),
        ("webhook_events", '["order.exploded"]'),
        ("partner_specific_config", '{"order_type": "rocket"}'),
        ("partner_order_id_field", "a["),
        ("webhook_url", "https://169.254.169.254/latest"),
        ("webhook_url", "ftp://partner.example.com/"),
        ("webhook_secret", "whsec_short"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_its_field(staff, field, value):
    integration = PartnerIntegrationFactory()

    response = staff.post(url("partnerintegration_change", integration.pk), form_of(integration, **{field: value}))

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert PartnerIntegration.objects.get().custom_field_mapping == {}


def test_a_partner_has_one_integration_that_takes_orders(staff):
    first = PartnerIntegrationFactory()

    response = staff.post(url("partnerintegration_add"), form_of(first, integration_name="A second one"))

    assert response.status_code == 200
    assert PartnerIntegration.objects.count() == 1


def test_a_new_integration_gets_a_secret_of_its_own(staff):
    template = PartnerIntegrationFactory.build(
        partner_organization=OrganizationFactory(partner=True), business_entity=BusinessEntityFactory()
    )

    staff.post(url("partnerintegration_add"), form_of(template))

    assert PartnerIntegration.objects.get().webhook_secret.startswith("whsec_")


def test_a_preset_fills_in_a_dialect(staff):
    integration = PartnerIntegrationFactory()

    staff.post(url("partnerintegration_button", integration.pk, "apply-preset"), {"preset": "essent"})

    assert PartnerIntegration.objects.get().partner_order_id_field == "aanvraagnummer"


def test_a_new_secret_is_shown_once(staff):
    integration = PartnerIntegrationFactory()

    page = staff.post(url("partnerintegration_button", integration.pk, "new-webhook-secret"))

    new = PartnerIntegration.objects.get()
    assert new.webhook_secret != SECRET
    assert new.signing_secrets() == [new.webhook_secret, SECRET]
    assert new.webhook_secret in page.content.decode()


def test_a_parked_message_is_sent_again_or_skipped_with_a_reason(staff):
    again, skipped = PartnerDeliveryFactory(state="parked"), PartnerDeliveryFactory(state="parked")

    staff.post(url("partnerdelivery_button", again.pk, "resend-delivery"))
    staff.post(url("partnerdelivery_button", skipped.pk, "skip-delivery"), {"reason": "Telefonisch doorgegeven."})

    assert PartnerDelivery.objects.get(pk=again.pk).state == "todo"
    row = PartnerDelivery.objects.get(pk=skipped.pk)
    assert (row.state, row.settled_reason) == ("skipped", "Telefonisch doorgegeven.")


def test_an_endpoint_that_is_gone_is_opened_again(staff):
    integration = PartnerIntegrationFactory()
    EndpointHealthFactory(integration=integration, gone_at=integration.created_at)

    staff.post(url("partnerintegration_button", integration.pk, "reopen-endpoint"))

    assert EndpointHealth.objects.get().gone_at is None


def test_every_list_and_page_opens(staff):
    delivery = PartnerDeliveryFactory()
    DeliveryAttemptFactory(delivery=delivery)
    PartnerMessageFactory(reference=delivery.reference)
    sku = PartnerSkuFactory(integration=delivery.integration)

    pages = [
        url("partnerintegration_changelist"),
        url("partnerintegration_add"),
        url("partnerintegration_change", delivery.integration.pk),
        url("partnerintegration_settings", delivery.integration.pk),
        url("partnerintegration_resend", delivery.integration.pk),
        url("partnerorderreference_changelist"),
        url("partnerorderreference_change", delivery.reference.pk),
        url("partnerdelivery_changelist"),
        url("partnerdelivery_changelist") + f"?reference__order__id__exact={delivery.reference.order_id}",
        url("partnerdelivery_change", delivery.pk),
        url("partnersku_changelist"),
        url("partnersku_change", sku.pk),
        url("partnerintegration_history", delivery.integration.pk),
    ]

    assert {page: staff.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_colleagues_see_the_deliveries_of_their_own_companies(db):
    planner = UserFactory(staff=True)
    MembershipFactory(user=planner, business_entity=BusinessEntityFactory())
    ours = PartnerDeliveryFactory()
    PartnerDeliveryFactory(
        reference=PartnerOrderReferenceFactory(
            integration=PartnerIntegrationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
        )
    )

    assert list(PartnerDelivery.objects.visible_to(planner)) == [ours]


def test_the_home_page_counts_the_deliveries_that_its_links_open(staff):
    parked = PartnerDeliveryFactory(state="parked")
    elsewhere = PartnerIntegrationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    late = PartnerDeliveryFactory(
        reference=PartnerOrderReferenceFactory(integration=elsewhere), queued_at=clock.now() - timedelta(minutes=11)
    )
    PartnerDeliveryFactory(queued_at=clock.now())
    everywhere = Viewer(user=UserFactory(superuser=True))
    there = replace(everywhere, business_entity=elsewhere.business_entity_id)

    def opened(viewer: Viewer) -> list[list[PartnerDelivery]]:
        found = [list(staff.get(tile.url).context["cl"].queryset) for tile in tiles(viewer)]
        assert [len(rows) for rows in found] == [tile.value for tile in tiles(viewer)]
        return found

    assert opened(everywhere) == [[parked], [late]]
    assert opened(there) == [[], [late]]


def test_an_orders_page_shows_its_deliveries_and_its_timeline_what_was_said():
    delivery = PartnerDeliveryFactory(state="parked", last_error_code="http_500")
    message = PartnerMessageFactory(reference=delivery.reference)
    order_id = delivery.reference.order_id

    (told,) = deliveries_in_timeline([order_id])[order_id]
    (received,) = messages_in_timeline([order_id])[order_id]
    panel = deliveries_panel(delivery.reference.order)

    assert (told.at, told.tone, told.kind) == (delivery.queued_at, "danger", "delivery")
    assert received.at == message.received_at
    assert [row[0] for row in panel.rows] == ["CONFIRMED"]
