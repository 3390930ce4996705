"""A status told by a call of the partner's own API: worded its way, with proof of who we are, in a line of its own."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.gateway.models import ApiUsageLog
from apps.partners.clients.tokens import tokens
from apps.partners.credentials import read_credentials
from apps.partners.models import DeliveryAttempt, EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.played_api import Answer, ApiCall, api_credentials, api_secret
from apps.partners.presets import PRESETS
from apps.partners.services import queue_statuses, reopen_endpoint, resend_parked, send_due
from apps.partners.simulator import Receiver
from apps.partners.wording import StatusCall, WordingFailed
from apps.workflow.services import change_entity_status
from tests.factories.accounts import UserFactory
from tests.factories.partners import SECRET, PartnerDeliveryFactory, PartnerIntegrationFactory, PartnerOrderReferenceFactory
from tests.partners.test_admin import form_of

pytestmark = pytest.mark.django_db

ESSENT = PRESETS["essent"]


@pytest.fixture
def essent() -> Iterator[Receiver]:
    tokens.forget()
    with Receiver({"essent": SECRET}) as receiver:
        yield receiver


@pytest.fixture
def integration(essent) -> PartnerIntegration:
    """As in the demo: called, and sent a webhook too."""
    return PartnerIntegrationFactory(
        integration_type="api",
        webhook_url=essent.url("essent"),
        status_mapping=ESSENT.status_mapping,
        partner_specific_config=ESSENT.partner_specific_config,
        api_base_url=f"{essent.origin}/essent/api",
        api_version="v2",
        authentication_type="oauth2",
        credentials=json.dumps(api_credentials(essent.origin, SECRET)),
    )


def delivery(reference, sequence: int = 2, **fields: object) -> PartnerDelivery:
    told = {
        "partner_order_id": reference.partner_order_id,
        "status": f"S{sequence}",
        "reason": "Zoë belt.",
        "scheduled_date": None,
        "sequence": sequence,
    }
    body = {"type": "order.status_changed", "timestamp": "2026-03-02T12:00:00+00:00", "data": told}
    return PartnerDeliveryFactory(
        reference=reference, sequence=sequence, **{"channel": "api", "body": json.dumps(body), **fields}
    )


def answers(receiver: Receiver, *given: Answer) -> None:
    left = list(given)
    receiver._answer_api = lambda call: left.pop(0) if left else Answer(200)


def heard(receiver: Receiver) -> list[tuple[int, str]]:
    return [(call.sequence, call.problem) for call in receiver.api_calls]


# Two lines of messages


def test_a_status_goes_both_ways_each_in_the_shape_that_was_agreed(essent, integration):
    reference = PartnerOrderReferenceFactory(integration=integration, partner_order_id="ESS/1 a", queued_status="ontvangen")
    change_entity_status(entity_type="order", entity_id=reference.order_id, to_status="intake_completed")
    queue_statuses(order_id=reference.order_id)

    assert send_due() == 2

    (call,), (webhook,) = essent.api_calls, essent.calls
    assert (call.problem, call.partner_order_id, webhook.problem) == ("", "ESS/1 a", "")
    timestamp = webhook.body["timestamp"]
    assert call.body == {
        "aanvraagnummer": "ESS/1 a",
        "status": "in behandeling",
        "gewijzigd_op": timestamp,
        "toelichting": "",
        "installatiedatum": None,
        "volgnummer": 2,
    }
    rows = PartnerDelivery.objects.order_by("channel")
    assert [(row.channel, row.sequence, row.state) for row in rows] == [("api", 2, "done"), ("webhook", 2, "done")]
    assert call.message_id == rows[0].webhook_id
    assert {attempt.url.removeprefix(essent.origin) for attempt in DeliveryAttempt.objects.all()} == {
        "/essent", "/essent/api/v2/aanvragen/ESS%2F1%20a/status",
    }  # fmt: skip
    assert set(ApiUsageLog.objects.values_list("method", "response_status")) == {("PUT", 200), ("POST", 204)}


def test_each_way_is_a_line_of_its_own_strictly_in_order(essent, integration):
    reference = PartnerOrderReferenceFactory(integration=integration)
    for sequence in (4, 3, 2):
        delivery(reference, sequence)
        delivery(reference, sequence, channel="webhook")
    PartnerDelivery.objects.filter(channel="webhook", sequence=2).update(state="parked")

    send_due()

    assert heard(essent) == [(2, ""), (3, ""), (4, "")]
    assert essent.calls == []


def test_an_endpoint_that_is_gone_stops_its_own_line_alone(essent, integration):
    reference = PartnerOrderReferenceFactory(integration=integration)
    parked = delivery(reference, 2, channel="webhook", state="parked")
    EndpointHealth.objects.create(integration=integration, channel="webhook", gone_at=clock.now())
    delivery(reference, 3)
    send_due()
    assert heard(essent) == [(3, "")]
    assert resend_parked(integration=PartnerIntegration.objects.get(), by=None) == 0
    assert PartnerDelivery.objects.get(pk=parked.pk).state == "parked"

    reopen_endpoint(integration=integration, by=None)
    assert resend_parked(integration=PartnerIntegration.objects.get(), by=None) == 1


@pytest.mark.parametrize(
    ("fields", "channels"),
    [
        ({}, ("webhook", "api")),
        ({"webhook_url": ""}, ("api",)),
        ({"webhook_events": []}, ("api",)),
        ({"api_base_url": ""}, ("webhook",)),
        ({"integration_type": "webhook"}, ("webhook",)),
        ({"integration_type": "form", "webhook_url": ""}, ()),
        ({"sync_enabled": False}, ("webhook", "api")),  # paused: what is queued waits
    ],
)
def test_which_ways_an_integration_uses(integration, fields, channels):
    PartnerIntegration.objects.update(**fields)

    assert PartnerIntegration.objects.get().channels == channels


# Tokens


def test_one_token_serves_many_calls(essent, integration):
    for _ in range(6):
        delivery(PartnerOrderReferenceFactory(integration=integration))

    send_due()

    assert (essent.api.tokens_given, len(essent.api_calls)) == (1, 6)


def test_a_token_that_is_refused_is_replaced_once(essent, integration):
    delivery(PartnerOrderReferenceFactory(integration=integration))
    send_due()
    essent.api.forget_tokens()
    delivery(PartnerOrderReferenceFactory(integration=integration))

    send_due()

    assert [problem for _sequence, problem in heard(essent)] == ["", "no token of ours", ""]
    assert (essent.api.tokens_given, PartnerDelivery.objects.filter(state="done", attempts=1).count()) == (2, 2)


def test_an_api_that_refuses_every_token_is_tried_again_later(essent, integration):
    row = delivery(PartnerOrderReferenceFactory(integration=integration))
    essent._answer_api = lambda call: Answer(401)

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.attempts, row.last_error_code) == ("todo", 1, "http_401")
    assert (len(essent.api_calls), essent.api.tokens_given) == (2, 2)


def test_without_a_token_nothing_is_called(essent, integration):
    integration.credentials = json.dumps(api_credentials(essent.origin, SECRET) | {"client_secret": "wrong"})
    integration.save()
    row = delivery(PartnerOrderReferenceFactory(integration=integration))

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code, essent.api_calls) == ("todo", "token_refused", [])
    assert EndpointHealth.objects.get(channel="api").consecutive_failures == 1


# Answers


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (Answer(204), "done", ""),
        (Answer(404), "todo", "http_404"),
        (Answer(500), "todo", "http_500"),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}), "todo", "redirect"),
        (Answer(410), "parked", "http_410"),
    ],
)
def test_what_comes_of_an_answer(essent, integration, answer, state, code):
    row = delivery(PartnerOrderReferenceFactory(integration=integration))
    answers(essent, answer)

    send_due(limit=1)

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code, len(essent.api_calls)) == (state, code, 1)
    assert not EndpointHealth.objects.exclude(gone_at=None).exists()  # one order may be gone; the door is not


def test_an_api_that_asks_for_patience_gets_it(essent, integration, at):
    row = delivery(PartnerOrderReferenceFactory(integration=integration))
    answers(essent, Answer(429, {"Retry-After": "3600"}))

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert row.next_attempt_at - clock.now() >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"credentials": "not json"}, "credentials_invalid"),
        ({"partner_specific_config": {"status_call": {"body": "nothing.here"}}}, "wording_failed"),
        ({"api_base_url": "ftp://api.example.com"}, "scheme_not_allowed"),
    ],
)
def test_a_call_that_cannot_be_made_is_given_to_a_person_at_once(essent, integration, fields, code):
    for name, value in fields.items():
        setattr(integration, name, value)
    integration.save()
    row = delivery(PartnerOrderReferenceFactory(integration=integration))

    send_due()

    row = PartnerDelivery.objects.get(pk=row.pk)
    assert (row.state, row.last_error_code) == ("parked", code)
    assert essent.api_calls == []


def test_the_other_ways_to_prove_who_we_are_are_headers():
    basic = read_credentials("basic_auth", '{"username": "cc", "password": "p:w"}')
    assert basic.headers == {"Authorization": "Basic Y2M6cDp3"}
    assert read_credentials("bearer_token", '{"token": "abc"}').headers == {"Authorization": "Bearer abc"}
    assert read_credentials("api_key", '{"key": "abc"}').headers == {"X-Api-Key": "abc"}
    assert read_credentials("api_key", '{"key": "abc", "header": "Ocp-Key"}').headers == {"Ocp-Key": "abc"}
    assert read_credentials("", "anything").headers == {}


# Settings


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("api_key", ""),
        ("api_key", "s3cret-value"),
        ("api_key", '["s3cret-value"]'),
        ("api_key", '{"token": "s3cret-value"}'),
        ("api_key", '{"key": "s3cret-value", "more": "x"}'),
        ("api_key", '{"key": 7}'),
        ("api_key", '{"key": "s3cret-value\\n"}'),
        ("api_key", '{"key": "s3cret-value", "header": "Host"}'),
        ("api_key", '{"key": "s3cret-value", "header": "a b"}'),
        ("basic_auth", '{"username": "s3cret-value"}'),
        ("basic_auth", '{"username": "s3cret-value:b", "password": "c"}'),
        ("bearer_token", '{"token": ""}'),
        ("oauth2", '{"client_id": "a", "client_secret": "s3cret-value"}'),
        ("oauth2", '{"token_url": "http://10.0.0.1/", "client_id": "a", "client_secret": "s3cret-value"}'),
    ],
)
def test_credentials_in_another_shape_are_refused_without_telling_them(kind, text):
    with pytest.raises(ValidationError) as refusal:
        read_credentials(kind, text)

    assert "s3cret-value" not in str(refusal.value.messages)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"authentication_type": ""}, "authentication_type"),
        ({"authentication_type": "bearer_token", "credentials": '{"key": "x"}'}, "credentials"),
        ({"api_version": "v2/../x"}, "api_version"),
        ({"partner_specific_config": '{"status_call": {"path": "/orders/{secret}"}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"status_call": {"path": "/{order_id:>9999}"}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"status_call": {"path": "/{order_id"}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"status_call": {"path": "https://elsewhere"}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"status_call": {"method": "DELETE"}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"status_call": {"body": "a["}}'}, "partner_specific_config"),
        ({"partner_specific_config": '{"confidence": {"path": "a[", "least": 1}}'}, "partner_specific_config"),
        ({"status_arrows": '[{"from": "new_lead", "to": "completed"}]'}, "status_arrows"),
        ({"status_arrows": '[{"from": "new_lead"}]'}, "status_arrows"),
        ({"status_arrows": '{"from": "new_lead", "to": "cancelled"}'}, "status_arrows"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_its_field(integration, changes, field):
    client = Client()
    client.force_login(UserFactory(superuser=True))
    form = form_of(integration, api_base_url="https://api.partner.example.com", authentication_type="api_key")

    answer = client.post(
        reverse("admin:partners_partnerintegration_change", args=[integration.pk]),
        form | {"credentials": '{"key": "abc"}', "status_arrows": "[]", **changes},
    )

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert PartnerIntegration.objects.get().authentication_type == "oauth2"


def test_without_a_template_the_call_is_our_own_proposal():
    told = {"partner_order_id": "A/1", "status": "CONFIRMED", "timestamp": "t", "reason": "", "scheduled_date": None, "more": 1}

    call = StatusCall.of({})

    assert call.address("https://api.example.com/", told, api_version="") == "https://api.example.com/orders/A%2F1/status"
    assert json.loads(call.worded(told)) == {name: value for name, value in told.items() if name != "more"}
    with pytest.raises(WordingFailed):
        StatusCall(body="join('-', status)").worded(told)


def test_the_played_api_takes_only_what_was_agreed():
    with Receiver({"essent": SECRET}) as receiver:
        token = json.loads(receiver.api.give_token({"authorization": "Basic x"}, b"").body)
        call: ApiCall = receiver.api.take_status("PUT", "/essent/api/v2/aanvragen/A/status", {}, b"{}")

    assert (token, call.problem) == ({"error": "invalid_client"}, "no token of ours")
    assert api_secret(SECRET) != SECRET
