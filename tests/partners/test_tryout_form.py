"""The try-out's form: what cannot be read, a draft of a mapping, what to begin with, and for whom it is."""

import json

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.choices import Scope
from tests.factories.gateway import ApiUsageLogFactory, RawInboundFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.partners import PartnerIntegrationFactory, PartnerMessageFactory
from tests.partners.desk import address, as_user, manager_of, message
from tests.partners.rows import everything

pytestmark = pytest.mark.django_db


# What cannot be read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 1e5}', "exponent"),
        ("[" * 40 + "]" * 40, "deeply"),
        ('"' + "x" * 262_200 + '"', "too large"),
    ],
    ids=["line and column", "doubled key", "exponent", "deep", "large"],
)
def test_a_text_that_is_no_json_is_refused_with_its_place(attempt, groendus, text, words):
    client = as_user(manager_of(groendus, Scope.ADMIN_INTEGRATIONS))

    answer = client.post(address(groendus), {"payload": text}, headers={"accept-language": "en"})

    (error,) = answer.context["form"].errors["payload"]
    assert words in error
    assert "trial" not in answer.context


def test_a_value_that_is_no_object_is_answered_as_the_api_does(attempt):
    answer = attempt("[1, 2]")

    assert (answer.context["status"], json.loads(answer.context["answer"])["code"]) == (400, "not_an_object")


# With a draft


def test_a_draft_is_tried_and_not_saved(attempt, groendus):
    mapping = groendus.custom_field_mapping | {"customer.phone": "order.customer.landLine"}
    payload = message()
    payload["order"]["customer"]["landLine"] = "0201234567"
    before = everything()

    answer = attempt(payload, use_draft="on", partner_order_id_field="order.reference", custom_field_mapping=json.dumps(mapping))

    fields = {row["target"]: row["value"] for row in answer.context["fields"]}
    assert fields["customer.phone"] == "0201234567"
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("custom_field_mapping", '{"order.status": "x"}'),
        ("custom_field_mapping", '{"customer.name": "a["}'),
        ("custom_field_mapping", '{"customer.name": '),
        ("partner_order_id_field", "a["),
        ("partner_order_id_field", ""),
    ],
)
def test_a_draft_that_cannot_work_is_refused_at_its_field(attempt, groendus, field, value):
    draft = {"partner_order_id_field": "order.reference", "custom_field_mapping": json.dumps(groendus.custom_field_mapping)}

    answer = attempt(message(), use_draft="on", **(draft | {field: value}))

    assert list(answer.context["form"].errors) == [field]
    assert "trial" not in answer.context


# What to begin with


def test_an_earlier_message_a_refused_one_or_an_invented_one_is_a_beginning(groendus):
    manager = manager_of(groendus, Scope.ADMIN_INTEGRATIONS)
    manager.user_permissions.add(Permission.objects.get(codename="view_rawinbound"))
    sent = PartnerMessageFactory(reference__integration=groendus, payload={"order": {"reference": "SENT"}})
    ApiUsageLogFactory(
        integration=groendus.integration_name,
        organization_id=groendus.partner_organization_id,
        request_id="request-7",
        response_status=400,
        error_code="malformed",
    )
    refused = RawInboundFactory(request_id="request-7", body='{"order": "REFUSED"}')
    client = as_user(manager)

    def text(query: str) -> str:
        return client.get(f"{address(groendus)}?{query}").context["form"].initial["payload"]

    assert json.loads(text(f"message={sent.pk}")) == {"order": {"reference": "SENT"}}
    assert text(f"refused={refused.pk}") == '{"order": "REFUSED"}'
    assert json.loads(text("sample=groendus/01-installation")) == message()
    assert text("sample=../../../etc/passwd") == ""
    shown = client.get(address(groendus)).context["beginnings"]
    assert [len(found) for _title, found in shown][:2] == [1, 1]
    assert shown[2][1][0].label.startswith("groendus/")


def test_a_message_of_another_partner_is_no_beginning(groendus):
    foreign = PartnerMessageFactory()
    client = as_user(manager_of(groendus, Scope.ADMIN_INTEGRATIONS))

    answer = client.get(f"{address(groendus)}?message={foreign.pk}")

    assert answer.context["form"].initial["payload"] == ""


def test_a_refused_message_is_for_those_who_may_see_refused_messages(groendus):
    ApiUsageLogFactory(
        integration=groendus.integration_name,
        organization_id=groendus.partner_organization_id,
        request_id="request-7",
        response_status=400,
    )
    refused = RawInboundFactory(request_id="request-7", body='{"order": "REFUSED"}')
    client = as_user(manager_of(groendus, Scope.ADMIN_INTEGRATIONS))

    answer = client.get(f"{address(groendus)}?refused={refused.pk}")

    assert answer.context["form"].initial["payload"] == ""
    assert answer.context["beginnings"][1][1] == []


# For whom


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_for_whoever_manages_integrations(groendus, method):
    client = as_user(manager_of(groendus, Scope.SALES_ORDERS))

    answer = getattr(client, method)(address(groendus), {"payload": json.dumps(message())})

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_integration_of_another_company_is_not_there(groendus, method):
    elsewhere = PartnerIntegrationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    client = as_user(manager_of(elsewhere, Scope.ADMIN_INTEGRATIONS))

    answer = getattr(client, method)(address(groendus), {"payload": json.dumps(message())})

    assert answer.status_code == 404
