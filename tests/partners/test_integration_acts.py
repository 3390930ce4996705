"""What is done with an integration from its page, for whom it is, and what is refused."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey, User
from apps.accounts.services import recognise_api_key
from apps.audit.models import AuditLog
from apps.core import clock
from apps.gateway.models import ApiUsageLog
from apps.partners import queries
from apps.partners.models import DeliveryAttempt, EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.simulator import Answer
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.factories.partners import (
    DeliveryAttemptFactory,
    EndpointHealthFactory,
    PartnerDeliveryFactory,
    PartnerIntegrationFactory,
)
from tests.partners.conftest import partner_with_key
from tests.partners.desk import as_user, fresh, manager_of, page, press, said, seen

pytestmark = pytest.mark.django_db

SLUGS = (
    *("reopen-endpoint", "resume-integration", "resume-sending", "test-message", "resend-parked", "pause-sending"),
    *("pause-integration", "new-key", "new-webhook-secret", "apply-preset"),
)


# A test message


def test_a_test_message_is_signed_and_its_outcome_shown(manager, endpoint, integration):
    answer = press(manager, integration, "test-message")

    result = answer.context["result"]
    (call,) = endpoint.receiver.calls
    assert (call.problem, call.body["type"], call.webhook_id) == ("", "webhook.test", result.webhook_id)
    assert (result.outcome.status, result.outcome.ok, result.in_words) == (204, True, "")
    assert "The test message arrived" in answer.content.decode()


def test_a_test_message_touches_no_order_and_no_circuit(manager, endpoint, integration, reference):
    endpoint.answers = [Answer(503)]

    answer = press(manager, integration, "test-message")

    log = ApiUsageLog.objects.get(direction="out")
    act = AuditLog.objects.get(action="test")
    assert answer.context["result"].in_words == "Something went wrong on the partner's side (503)."
    assert (PartnerDelivery.objects.count(), DeliveryAttempt.objects.count(), EndpointHealth.objects.count()) == (0, 0, 0)
    assert (log.response_status, log.error_code) == (503, "http_503")
    assert (act.record_id, act.context["error_code"]) == (str(integration.pk), "http_503")


def test_a_test_message_is_never_sent_to_a_private_address(manager, integration, settings):
    settings.OUTBOUND_ALLOW_HOSTS = []
    PartnerIntegration.objects.update(webhook_url="https://router.local/")

    answer = press(manager, integration, "test-message")

    assert answer.context["result"].outcome.error_code == "host_not_public"


def test_an_integration_without_an_address_offers_no_test(manager, integration):
    PartnerIntegration.objects.update(webhook_url="")

    answer = press(manager, integration, "test-message")

    assert said(answer) == ["This is no longer possible: the record has changed meanwhile."]
    assert not AuditLog.objects.filter(action="test").exists()


# Pausing


def test_sending_is_paused_and_resumed(manager, endpoint, integration, reference):
    paused = press(manager, integration, "pause-sending")
    assert (fresh(integration).is_active, fresh(integration).sync_enabled) == (True, False)
    assert said(paused) == ["Sending is paused; what happens meanwhile waits."]

    resumed = press(manager, integration, "resume-sending")
    assert (fresh(integration).is_active, fresh(integration).sync_enabled) == (True, True)
    assert said(resumed) == ["Statuses are sent again, those that waited first."]


def test_all_of_it_is_paused_and_switched_on(manager, integration, canonical):
    partner = partner_with_key(integration)

    press(manager, integration, "pause-integration")
    refused = partner.post(canonical())
    press(manager, integration, "resume-integration")
    taken = partner.post(canonical())

    assert (refused.status_code, refused.json()["code"], taken.status_code) == (422, "integration_not_active", 201)


def test_a_second_integration_of_a_partner_cannot_take_orders_too(manager, integration):
    second = PartnerIntegrationFactory(partner_organization=integration.partner_organization, is_active=False)

    answer = press(manager, second, "resume-integration")

    assert "Another active integration already takes in this partner" in answer.content.decode()
    assert fresh(second).is_active is False


# Keys


def test_a_key_is_made_and_shown_once(manager, integration):
    answer = press(manager, integration, "new-key", name="sandbox", live="")

    key, text = answer.context["result"]
    assert recognise_api_key(text) == key
    assert (key.is_live, key.scopes, key.user.is_service) == (False, ["api.access"], True)
    assert queries.integration_of(partner_id=integration.partner_organization.slug, by=key.user) == integration
    assert text in answer.content.decode()
    assert text not in manager.get(page(integration)).content.decode()


def test_the_next_key_is_of_the_same_user(manager, integration):
    known = partner_with_key(integration).key.user

    press(manager, integration, "new-key", name="production", live="live")

    assert set(ApiKey.objects.values_list("user", "is_live")) == {(known.pk, True)}
    assert User.objects.filter(is_service=True).count() == 1


def test_a_third_key_of_a_kind_is_refused(manager, integration):
    for name in ("one", "two", "three"):
        answer = press(manager, integration, "new-key", name=name, live="live")

    assert "two keys of this kind" in answer.content.decode()
    assert ApiKey.objects.count() == 2


def test_a_partner_without_a_short_name_gets_no_key():
    bare = PartnerIntegrationFactory(partner_organization=OrganizationFactory(partner=True, slug=""))

    answer = press(as_user(manager_of(bare, Scope.ADMIN_INTEGRATIONS)), bare, "new-key", name="x", live="")

    assert "no short name" in answer.content.decode()
    assert (ApiKey.objects.count(), User.objects.filter(is_service=True).count()) == (0, 0)


# A stretch of time, sent again


def stretch(**changes: str) -> dict[str, str]:
    since, until = clock.local(clock.now() - timedelta(hours=1)), clock.local(clock.now() + timedelta(hours=1))
    return {"since": f"{since:%Y-%m-%dT%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}", "scope": "parked"} | changes


def test_a_stretch_is_shown_before_it_is_sent(manager, integration, reference):
    row = PartnerDeliveryFactory(reference=reference, state="parked")

    shown = manager.post(page(integration, "resend"), stretch())
    assert (shown.context["preview"].count, PartnerDelivery.objects.get().state) == (1, "parked")
    assert reference.order.order_number in shown.content.decode()

    answer = manager.post(page(integration, "resend"), stretch(confirmed="yes"), headers={"accept-language": "en"}, follow=True)
    assert said(answer) == ["1 message is sent again."]
    assert PartnerDelivery.objects.get(pk=row.pk).state == "todo"


def test_a_stretch_is_not_sent_to_an_endpoint_that_is_gone(manager, integration, reference):
    PartnerDeliveryFactory(reference=reference, state="parked")
    EndpointHealthFactory(integration=integration, gone_at=clock.now())

    answer = manager.post(page(integration, "resend"), stretch(confirmed="yes"), headers={"accept-language": "en"})

    assert answer.context["form"].non_field_errors() == [
        "This integration sends nothing now: switch it on, or reopen its endpoint."
    ]
    assert PartnerDelivery.objects.get().state == "parked"


# For whom


def test_who_may_only_look_sees_how_it_is_doing_and_can_do_nothing(integration, reference):
    PartnerDeliveryFactory(reference=reference, state="parked")
    looker = as_user(manager_of(integration, Scope.SALES_ORDERS))
    before = PartnerIntegration.objects.values().get()

    context = seen(looker, integration)
    for slug in SLUGS:
        press(looker, integration, slug, name="x", preset="essent", live="")

    assert (context["may_manage"], context["record_buttons"], context["other_buttons"]) == (False, [], [])
    assert looker.get(page(integration, "resend")).status_code == 403
    assert PartnerIntegration.objects.values().get() == before
    assert (ApiKey.objects.count(), PartnerDelivery.objects.get().state) == (0, "parked")
    assert not AuditLog.objects.filter(action="test").exists()


def test_colleagues_of_another_company_find_nothing(integration):
    foreign = UserFactory(staff=True)
    foreign.user_permissions.set(Permission.objects.filter(codename__in=["view_partnerintegration", "scope_admin_integrations"]))
    MembershipFactory(user=foreign, business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    client = as_user(foreign)
    before = PartnerIntegration.objects.values().get()

    pages = [page(integration, "resend"), page(integration, "try"), *(page(integration, "button", slug) for slug in SLUGS)]

    assert {client.get(address).status_code for address in pages} == {404}
    assert {client.post(address, {"name": "x"}).status_code for address in pages} == {404}
    assert [client.get(page(integration, name)).status_code for name in ("change", "settings")] == [404, 404]
    assert PartnerIntegration.objects.values().get() == before


# Deliveries


def test_those_picked_in_the_list_are_sent_again_if_they_failed(manager, integration, reference):
    parked = PartnerDeliveryFactory(reference=reference, state="parked")
    skipped = PartnerDeliveryFactory(reference=reference, state="skipped")

    answer = manager.post(
        reverse("admin:partners_partnerdelivery_changelist"),
        {"action": "resend_selected", "_selected_action": [str(parked.pk), str(skipped.pk)]},
        headers={"accept-language": "en"},
        follow=True,
    )

    assert said(answer) == [
        "1 message is sent again.",
        "1 message was left alone: it did not fail, it is being sent, or nothing is sent to its partner now.",
    ]
    assert {row.state for row in PartnerDelivery.objects.filter(pk=parked.pk)} == {"todo"}


def test_picking_is_for_those_who_may_decide(integration, reference):
    parked = PartnerDeliveryFactory(reference=reference, state="parked")
    looker = as_user(manager_of(integration, Scope.SALES_CUSTOMERS))

    looker.post(
        reverse("admin:partners_partnerdelivery_changelist"),
        {"action": "resend_selected", "_selected_action": [str(parked.pk)]},
    )

    assert PartnerDelivery.objects.get().state == "parked"


def test_the_attempts_of_a_message_are_told_in_words(manager, integration, reference):
    row = PartnerDeliveryFactory(reference=reference, state="parked", last_error_code="timeout")
    DeliveryAttemptFactory(delivery=row, error_code="timeout", response_status=None)

    text = manager.get(
        reverse("admin:partners_partnerdelivery_change", args=[row.pk]), headers={"accept-language": "en"}
    ).content.decode()

    assert "The endpoint gave no answer in time." in text
    assert "no answer" in text
